#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the commands on changes take with 10,000 of them: half are changed
files, half new ones.

	changes.py [--files N] [--rounds N] [--dir DIR] [--check]

Prints a line for each command, with its median in seconds, the processor time of
that run and the line that it is to stay under. With --check the exit status is 1
where a median is over its line. Exit status 77: no view can be mounted.
"""

import argparse
import fcntl
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

from mounted import Mounted

SCRIM = os.path.abspath(os.environ.get("SCRIM", "./scrim"))
os.environ["SCRIM"] = SCRIM  # it is called from elsewhere, too


def fill(top, files):
    for i in range(files // 2):
        d = os.path.join(top, "d%d" % (i // 50))
        os.makedirs(d, exist_ok=True)
        with open(os.path.join(d, "f%d" % i), "w") as f:
            f.write("".join("line %d\n" % k for k in range(30)))


def work_as_agent(view, files):
    for i in range(files // 2):
        d = os.path.join(view, "d%d" % (i // 50))
        with open(os.path.join(d, "f%d" % i), "a") as f:
            f.write("a line of the agent's\n")
        with open(os.path.join(d, "new%d.c" % i), "w") as f:
            f.write("int new_%d;\n" % i)


class Timed:
    """Wall and processor seconds of one command."""

    def __init__(self, run):
        before = os.times()
        start = time.monotonic()
        wall = run()
        after = os.times()
        self.wall = wall or time.monotonic() - start
        self.cpu = (after.children_user - before.children_user +
                    after.children_system - before.children_system)


def command(state, *args):
    def run():
        subprocess.run([SCRIM, *args, "--state-dir", state], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return run


def review(argv):
    """A review on a terminal, until its list is on the screen; then Q ends it.
    Returns how many seconds the list took."""
    start = time.monotonic()
    pid, fd = pty.fork()
    if not pid:
        os.environ.update(TERM="xterm", LC_ALL="C.UTF-8")
        os.execvp(argv[0], argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen, wall = b"", None
    try:
        while wall is None and select.select([fd], [], [], 60)[0]:
            seen += os.read(fd, 65536)
            if b" changes, " in seen:
                wall = time.monotonic() - start
                os.write(fd, b"Q")
        while wall and os.read(fd, 65536):
            pass
    except OSError:
        pass
    os.close(fd)
    if os.waitpid(pid, 0)[1] or wall is None:
        sys.exit("FAIL: the review failed: %r" % seen)
    return wall


def measure(name, rounds, run, limit):
    return show(name, [Timed(run) for _ in range(rounds)], limit)


def show(name, times, limit):
    wall = statistics.median(t.wall for t in times)
    cpu = statistics.median(t.cpu for t in times)
    over = limit is not None and wall > limit
    print("%-28s %8.3f s  %8.3f s cpu  %s" % (
        name, wall, cpu, "" if limit is None else "under %.2f%s" %
        (limit, "  MISSED" if over else "")), flush=True)
    return wall, over


def main():
    p = argparse.ArgumentParser(description="commands on many changes")
    p.add_argument("--files", type=int, default=10000)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--dir", default=None)
    p.add_argument("--check", action="store_true")
    o = p.parse_args()
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        print("changes: no access to /dev/fuse", file=sys.stderr)
        return 1 if os.environ.get("CI") else 77
    top = tempfile.mkdtemp(prefix="scrim-changes.", dir=o.dir)
    try:
        return run_all(top, o)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def settle(top):
    """What was written before is on disk, and not written in another's time."""
    subprocess.run(["sync", "-f", top], check=True)


def copy(ws):
    subprocess.run(["cp", "-a", ws, ws + ".copy"], check=True)


def apply(top, files, rounds):
    """Against cp -a of the files that it makes, in turn with it: each time a
    session of its own is applied to a workspace of its own. Nothing is removed
    meanwhile: for some minutes ext4 looks at each inode that was freed before it
    takes another, and a copy after a removed one takes ten times as long. All
    begin with all written and all in memory."""
    applied, undone, copies, synced = [], [], [], []
    for n in range(rounds):
        ws, state = prepare(top, "%d-%d" % (files, n), files)
        os.chdir(ws)
        settle(top)
        applied.append(Timed(command(state, "apply", "--yes")))
        settle(top)
        copies.append(Timed(lambda: copy(ws)))
        flushed = Timed(lambda: settle(top))
        flushed.wall += copies[n].wall
        flushed.cpu += copies[n].cpu
        synced.append(flushed)
        undone.append(Timed(command(state, "undo", "--yes")))
    show("cp -a of %d files" % files, copies, None)
    show("the same, and sync", synced, None)
    show("undo, which syncs", undone, None)
    return show("apply, which syncs", applied,
                2 * statistics.median(t.wall for t in copies))[1]


def prepare(top, name, files):
    """A workspace and the state directory of a session with its changes."""
    ws = os.path.join(top, "ws" + name)
    os.mkdir(ws)
    fill(ws, files)
    with Mounted(ws, os.path.join(top, "mnt" + name)) as m:
        work_as_agent(m.view, files)
        return ws, m.state


def run_all(top, o):
    ws, state = prepare(top, "", o.files)
    os.chdir(ws)
    missed = 0
    for name, run, limit in (
            ("status", command(state, "status"), 0.5),
            ("status --json", command(state, "status", "--json"), 0.5),
            ("diff --stat", command(state, "diff", "--stat"), 2.0),
            ("diff --json", command(state, "diff", "--json"), 2.0),
            ("review, until it is there", lambda: review(
                [SCRIM, "review", "--state-dir", state]), 0.1)):
        missed += measure(name, o.rounds, run, limit)[1]
    missed += apply(top, o.files, o.rounds)
    missed += apply(top, o.files // 10, o.rounds)
    return 1 if o.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
