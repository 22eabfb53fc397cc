#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scrim run starts at most 60 ms later than plain bubblewrap with the same
namespaces: both in turn, twenty times, and the medians are compared. Root takes a
real-time priority for it, so that what else the machine does counts for neither.
Where that cannot be had, the least of each may do too, since a busy machine only
ever adds; and where the machine is too busy for any figure of that kind, the
medians must have the ratio that they have on a quiet one.

Exit status: 0 passed, 1 failed, 77 cannot be asked of this machine.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LINE_MS = 60.0
RATIO = 15.0  # on a quiet machine ten, and 15 is about 60 ms there
ROUNDS = 20
TRIES = 4

PLAIN = ["bwrap", "--unshare-all", "--new-session", "--die-with-parent",
         "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
         "--tmpfs", "/tmp", "true"]


def took(argv, cwd):
    start = time.perf_counter()
    subprocess.run(argv, cwd=cwd, check=True, stdin=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def alone():
    """Whether we run before all others now, with what we start."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
    except OSError:
        return False
    return True


def measure(scrim, cwd, exact):
    plain, run = [], []
    for _ in range(ROUNDS):
        plain.append(took(PLAIN, cwd))
        run.append(took(scrim, cwd))
    least = min(run) - min(plain)
    usual = statistics.median(run) - statistics.median(plain)
    print("bwrap: least %.1f ms, median %.1f; scrim run: least %.1f, median "
          "%.1f; %.1f ms more, of %d%s" %
          (min(plain), statistics.median(plain), min(run),
           statistics.median(run), usual, len(run),
           "" if exact else ", beside other work"), flush=True)
    if usual <= LINE_MS:
        return True
    return not exact and (least <= LINE_MS or statistics.median(run) <=
                          RATIO * statistics.median(plain))


def usable():
    if not shutil.which("bwrap"):
        return "no bwrap"
    if subprocess.run(PLAIN, stderr=subprocess.DEVNULL).returncode:
        return "no user namespaces for bwrap"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no access to /dev/fuse"
    return None


def main():
    why = usable()
    if why:
        print(why, file=sys.stderr)
        return 1 if os.environ.get("CI") else 77
    exact = alone()
    with tempfile.TemporaryDirectory(prefix="scrim-startup.") as top:
        os.environ["XDG_STATE_HOME"] = top + "/state"
        os.environ["HOME"] = top + "/home"
        os.makedirs(top + "/home")
        os.makedirs(top + "/ws/src")
        with open(top + "/ws/src/f", "w") as f:
            f.write("hello\n")
        scrim = [os.environ.get("SCRIM", "scrim"), "run", "-q", "--", "true"]
        for _ in range(TRIES):
            if measure(scrim, top + "/ws", exact):
                return 0
    print("FAIL: more than %.0f ms" % LINE_MS, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
