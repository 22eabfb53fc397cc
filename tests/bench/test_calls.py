#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a change costs in system calls, which no load of the machine changes:
review until its list is on the screen, and apply. Both are counted by strace in a
session of few changes and in one of many; the difference is that of the changes
alone. Half of them are changed files, half new ones.

Before the list is there, no content is read at all.

Exit status: 0 passed, 1 failed, 77 cannot be asked of this machine.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from changes import fill, review, work_as_agent  # noqa: E402
from mounted import Mounted  # noqa: E402

FEW, MANY = 60, 260
REVIEW_LINE = 3.0	# two looks at each file, and one for a name that is new
APPLY_LINE = 42.0
CONTENT = re.compile(r'open(at|at2)?\([0-9A-Z_]+, "[0-9a-f]/[0-9a-f]{16}"')


def trace(where, *argv):
    return ["strace", "-f", "-qq", "-s", "65536", "-o", where, *argv]


def calls_of(where):
    with open(where, errors="replace") as f:
        return [line for line in f if "(" in line]


def until_drawn(calls):
    for i, line in enumerate(calls):
        if " write(1, " in line and " changes, " in line:
            return calls[:i]
    sys.exit("FAIL: the list was never written")


def count(top, files):
    """Calls of review until it is there, and of apply."""
    ws, where = os.path.join(top, "ws"), os.path.join(top, "trace")
    os.makedirs(ws)
    fill(ws, files)
    with Mounted(ws, os.path.join(top, "mnt")) as m:
        work_as_agent(m.view, files)
        state = m.state
    os.chdir(ws)
    scrim = os.path.abspath(m.scrim)
    review(trace(where, scrim, "review", "--state-dir", state))
    drawn = until_drawn(calls_of(where))
    read = [line for line in drawn if CONTENT.search(line)]
    if read:
        sys.exit("FAIL: read before the list was there, %d files: %s" %
                 (len(read), read[0]))
    subprocess.run(trace(where, scrim, "apply", "--yes", "--state-dir",
                         state), check=True, stdout=subprocess.DEVNULL)
    applied = calls_of(where)
    if not any(CONTENT.search(line) for line in applied):
        sys.exit("FAIL: no content is recognised in a trace")
    with open(os.path.join(ws, "d0", "f0")) as f:
        if "agent's" not in f.read():
            sys.exit("FAIL: nothing was applied")
    return len(drawn), len(applied)


def main():
    why = None
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        why = "no access to /dev/fuse"
    elif not shutil.which("strace"):
        why = "no strace"
    if why:
        print(why, file=sys.stderr)
        return 1 if os.environ.get("CI") else 77
    os.environ["SCRIM"] = os.path.abspath(os.environ.get("SCRIM", "./scrim"))
    missed = 0
    with tempfile.TemporaryDirectory(prefix="scrim-calls.") as top:
        few = count(os.path.join(top, "few"), FEW)
        many = count(os.path.join(top, "many"), MANY)
        os.chdir("/")
    for i, (name, line) in enumerate((("review, until it is there", REVIEW_LINE),
                                      ("apply", APPLY_LINE))):
        each = (many[i] - few[i]) / (MANY - FEW)
        print("%-28s %5.1f system calls a change, at most %.0f" %
              (name, each, line))
        if each > line:
            print("FAIL: more than that", file=sys.stderr)
            missed = 1
    return missed


if __name__ == "__main__":
    sys.exit(main())
