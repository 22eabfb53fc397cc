#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills scrim's processes at random moments under load, and looks what is left.

    kill.py [--seed N] [--rounds N] [--only daemon,command,run]

A writer works in the view and remembers what was closed. Then something is
killed by SIGKILL: the daemon, a command, or scrim run. After each:

  - no call on the view hangs, and the next command takes a dead view away;
  - scrim doctor SESSION finds nothing, or --repair mends it and then it does not;
  - all that was closed before is there, with its content;
  - no temporary file stays, neither in the session nor in the workspace.

SCRIM is the program. Prints what was tried; exits 1 at the first thing lost.
"""
import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from procs import has_ended  # noqa: E402

SCRIM = os.environ.get("SCRIM", "scrim")
LEFT = re.compile(r"(^|/)(log\.new|\.[^/]*\.[0-9a-f]{16}|\.new-[^/]*|seal-[^/]*|"
                  r"\.part-[^/]*|\.scrim[^/]*)$")


class Lost(Exception):
    pass


def scrim(*args, ok=(0,), timeout=60):
    p = subprocess.run([SCRIM, *args], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, errors="replace",
                       timeout=timeout)
    if ok and p.returncode not in ok:
        raise Lost("scrim %s: status %d: %s%s" % (" ".join(args), p.returncode,
                                                 p.stdout, p.stderr))
    return p


class Writer(threading.Thread):
    """Writes files f0..f39 of the view, one version after the other."""

    def __init__(self, world, seed):
        super().__init__(daemon=True)
        self.world, self.random = world, random.Random(seed)
        self.stop = False

    def run(self):
        while not self.stop:
            try:
                self.step()
            except OSError:
                return

    def step(self):
        w, name = self.world, "f%d" % self.random.randrange(40)
        path, what = os.path.join(w.view, name), self.random.randrange(10)
        version = w.begun.get(name, 0) + 1
        if what < 7:
            w.begun[name] = version
            data = content(name, version)
            with open(path, "wb") as f:
                f.write(data)
            w.closed[name] = version
        elif what == 7:
            tmp = path + ".tmp"
            w.begun[name] = version
            with open(tmp, "wb") as f:
                f.write(content(name, version))
            os.rename(tmp, path)
            w.closed[name] = version
        elif what == 8:
            os.makedirs(os.path.join(w.view, "d%d" % version), exist_ok=True)
        elif name in w.closed:
            w.removing.add(name)
            os.unlink(path)
            w.closed.pop(name)
            w.removing.discard(name)


def content(name, version):
    line = b"%s version %d\n" % (name.encode(), version)
    return line * (1 + version * 37 % 400)


class World:
    def __init__(self, top, seed):
        self.random = random.Random(seed)
        self.ws, self.view = top + "/ws", top + "/view"
        self.closed, self.begun, self.removing = {}, {}, set()
        os.makedirs(self.ws)
        os.makedirs(self.view)
        for i in range(20):
            with open("%s/w%d" % (self.ws, i), "w") as f:
                f.write("of the user\n" * i)
        self.mount("--name", "s", self.ws)
        self.dir = next(os.path.join(p, n) for p in
                        [os.environ["XDG_STATE_HOME"] + "/scrim/sessions"]
                        for n in os.listdir(p) if not n.startswith("."))

    def mount(self, *args):
        scrim("mount", "--git", "none", *args, self.view)

    def pid(self):
        with open(self.dir + "/lock") as f:
            return int(f.readline())

    def load(self, seconds):
        w = Writer(self, self.random.random())
        w.start()
        time.sleep(seconds)
        return w

    def end(self, writer):
        writer.stop = True
        writer.join(30)
        if writer.is_alive():
            raise Lost("a call on the view hangs")

    def mend(self):
        p = scrim("doctor", "s", ok=(0, 1))
        if p.returncode:
            scrim("doctor", "s", "--repair")
            scrim("doctor", "s")
        return p.returncode

    def check_left(self):
        for top in (self.dir, self.ws):
            for path, dirs, files in os.walk(top):
                for name in dirs + files:
                    if LEFT.search(name):
                        raise Lost("%s/%s stays" % (path, name))

    def check_view(self):
        for name, version in self.closed.items():
            try:
                with open(os.path.join(self.view, name), "rb") as f:
                    got = f.read()
            except FileNotFoundError:
                if name in self.removing:
                    continue
                raise Lost("%s, which was closed, is gone" % name)
            later = range(version, self.begun[name] + 1)
            # of a version that was begun later, a part may be there
            if len(later) == 1 and got != content(name, version):
                raise Lost("%s is not as it was closed" % name)
        self.closed = {n: v for n, v in self.closed.items()
                       if n not in self.removing and v == self.begun[n]}
        self.removing.clear()

    def again(self):
        if not os.path.ismount(self.view):
            self.mount("--session", "s")
        self.check_view()
        self.check_left()


def kill_daemon(w):
    writer = w.load(w.random.uniform(0.02, 0.3))
    pid = w.pid()
    os.kill(pid, signal.SIGKILL)
    w.end(writer)
    for _ in range(200):
        if has_ended(pid):
            break
        time.sleep(0.05)
    scrim("list", timeout=20)
    if os.path.ismount(w.view):
        raise Lost("the dead view stays mounted")
    mended = w.mend()
    w.again()
    return mended


COMMANDS = [["snapshot", "-s", "s", "--auto"], ["status", "-s", "s"],
            ["apply", "-y", "-s", "s"], ["diff", "-s", "s"],
            ["fork", "-s", "s"], ["snapshot", "-s", "s", "--auto"],
            ["apply", "-y", "-s", "s"], ["log", "-s", "s"]]
UNMOUNTED = [["apply", "-y", "-s", "s"], ["snapshot", "-s", "s"],
             ["mount", "--session", "s", None], ["doctor", "s", "--repair"],
             ["status", "-s", "s"]]


def kill_command(w):
    mounted = w.random.randrange(2)
    writer = w.load(0.05) if mounted else None
    if not mounted:
        scrim("umount", w.view)
    argv = list(w.random.choice(COMMANDS if mounted else UNMOUNTED))
    argv = [w.view if a is None else a for a in argv]
    p = subprocess.Popen([SCRIM, *argv], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True)
    time.sleep(w.random.uniform(0.0, 0.15))
    p.kill()
    p.wait()
    if writer:
        w.end(writer)
    settle(w)
    return check_unmounted(w)


def settle(w):
    """A mount whose command was killed may still come, or not."""
    for _ in range(100):
        busy = scrim("list").stdout
        if " in use " not in busy:
            break
        time.sleep(0.1)
    if os.path.ismount(w.view):
        scrim("umount", w.view)


def check_unmounted(w):
    mended = w.mend()
    scrim("status", "-s", "s")
    for line in scrim("list", "--names").stdout.split():
        if line != "s":
            scrim("discard", "-y", "--forget", "-s", line)
    w.again()
    return mended


def kill_run(w):
    scrim("umount", w.view)
    script = "i=0; while :; do i=$((i+1)); echo $i >run$((i % 50)); done"
    p = subprocess.Popen([SCRIM, "run", "-q", "-w", w.ws, "--session", "s", "--",
                          "sh", "-c", script], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         start_new_session=True)
    time.sleep(w.random.uniform(0.05, 0.8))
    p.kill()
    p.wait()
    for _ in range(200):
        if " idle " in scrim("list").stdout:
            break
        time.sleep(0.1)
    else:
        raise Lost("the session of a killed run is not free")
    return check_unmounted(w)


KINDS = {"daemon": kill_daemon, "command": kill_command, "run": kill_run}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--seed", type=int, default=int(time.time()))
    a.add_argument("--rounds", type=int, default=10)
    a.add_argument("--only", default="daemon,command,run")
    a = a.parse_args()
    top = os.path.realpath(tempfile.mkdtemp(prefix="scrim-kill-"))
    os.environ.update(HOME=top, XDG_STATE_HOME=top + "/state",
                      XDG_CACHE_HOME=top + "/cache",
                      XDG_CONFIG_HOME=top + "/config")
    os.chdir(top)
    tried, mended, status = {}, 0, 0
    print("seed %d" % a.seed, flush=True)
    try:
        w = World(top, a.seed)
        for i in range(a.rounds):
            kind = w.random.choice(a.only.split(","))
            mended += KINDS[kind](w)
            tried[kind] = tried.get(kind, 0) + 1
        scrim("umount", w.view)
        print("killed: %s; doctor mended %d; nothing lost of %d files" % (
            ", ".join("%s %d" % t for t in sorted(tried.items())), mended,
            len(w.closed)))
    except Lost as e:
        print("LOST (--seed %d, after %s): %s" % (a.seed, tried, e))
        status = 1
    finally:
        subprocess.run(["fusermount3", "-uz", top + "/view"],
                       stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["umount", "-l", top + "/view"],
                       stderr=subprocess.DEVNULL, check=False)
        os.chdir("/")
        if not status or not os.environ.get("KEEP"):
            shutil.rmtree(top, ignore_errors=True)
        else:
            print("kept: " + top)
    return status


if __name__ == "__main__":
    sys.exit(main())
