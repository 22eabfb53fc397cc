#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A warm tree costs no message: reading all of it again sends the daemon no
OPEN, READ or LOOKUP; and yet a change made in the workspace is seen in the view
within a second. Who does not want the time of birth is not made to ask for it.

Exit status: 0 passed, 1 failed, 77 cannot be asked of this machine.
"""

import errno
import os
import subprocess
import sys
import tempfile
import time

import fusetrace
import trees
from mounted import Mounted

FORBIDDEN = ("OPEN", "OPENDIR", "CREATE", "FLUSH", "RELEASE", "READ", "LOOKUP",
             "READDIR", "READDIRPLUS", "READLINK")


def read_all(path):
    for top, dirs, files in os.walk(path):
        for name in files:
            with open(os.path.join(top, name), "rb") as f:
                f.read()


def rg(path):
    code = subprocess.run(["rg", "-uu", "-c", "no_such_word_at_all"], cwd=path,
                          stdout=subprocess.DEVNULL).returncode
    assert code == 1, "rg ended with %d" % code


def warm_sends_nothing(view):
    for name, work in (("rg", rg), ("read", read_all)):
        work(view)
        work(view)
        with fusetrace.Trace(view) as t:
            work(view)
        sent = {k: n for k, n in t.counts.items() if k in FORBIDDEN}
        yield "warm %s sends none of %s: %s" % (
            name, "/".join(FORBIDDEN[:1] + FORBIDDEN[5:7]),
            sent or "nothing"), not sent


def births(view):
    """The time of birth costs who asks for it, and but once."""
    names = [os.path.join(top, n) for top, _, files in os.walk(view)
             for n in files]
    for form, most in (("%s %Y %i", 0), ("%w", len(names)), ("%w", 0)):
        with fusetrace.Trace(view) as t:
            subprocess.run(["xargs", "-0", "stat", "-c", form], check=True,
                           input="\0".join(names).encode(),
                           stdout=subprocess.DEVNULL)
        sent = t.counts.get("STATX", 0)
        yield "stat -c %r of %d files asks for %d births" % (
            form, len(names), sent), sent <= most


def within(seconds, question):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.02)
    return question()


def content(path):
    try:
        with open(path) as f:
            return f.read()
    except FileNotFoundError:
        return None
    except OSError as e:
        # Removed below while the kernel still knew its name: not settled yet.
        if e.errno != errno.ESTALE:
            raise
        return "stale"


def changes_are_seen(workspace, view):
    def both(name):
        return os.path.join(workspace, name), os.path.join(view, name)

    names = sorted(os.listdir(view))
    top = [n for n in names if os.path.isdir(os.path.join(view, n)) and
           n != ".git"][0]
    sub = os.path.join(top, sorted(os.listdir(os.path.join(view, top)))[0])
    inner = [n for n in sorted(os.listdir(os.path.join(view, sub)))][0]
    sub = os.path.join(sub, inner)

    real, seen = both(os.path.join(sub, "new.txt"))
    assert content(seen) is None
    with open(real, "w") as f:
        f.write("one")
    yield "a new file", within(1, lambda: content(seen) == "one")
    with open(real, "w") as f:
        f.write("three")
    yield "a rewritten file", within(1, lambda: content(seen) == "three")
    yield "its size", os.stat(seen).st_size == 5
    with open(real + "~", "w") as f:
        f.write("four")
    os.rename(real + "~", real)
    yield "a replaced file", within(1, lambda: content(seen) == "four")
    os.chmod(real, 0o600)
    yield "a mode", within(1, lambda: os.stat(seen).st_mode & 0o777 == 0o600)
    os.rename(real, real + ".old")
    yield "a renamed file", within(
        1, lambda: content(seen) is None and content(seen + ".old") == "four")
    os.unlink(real + ".old")
    yield "a removed file", within(1, lambda: content(seen + ".old") is None)
    # Each change is told to the kernel twice, the second time a little later.
    time.sleep(1)
    yield "the listing", "new.txt" not in os.listdir(os.path.dirname(seen))


def main():
    why = fusetrace.missing()
    if why:
        print("cannot count requests: " + why)
        return 1 if os.environ.get("CI") else 77
    failed = passed = 0
    with tempfile.TemporaryDirectory() as tmp:
        workspace = os.path.join(tmp, "workspace")
        os.mkdir(workspace)
        trees.generate(workspace, 1000)
        with Mounted(workspace, tmp) as m:
            for test in (births(m.view), warm_sends_nothing(m.view),
                         changes_are_seen(workspace, m.view),
                         warm_sends_nothing(m.view)):
                for name, ok in test:
                    print("%s: %s" % ("ok" if ok else "FAIL", name))
                    passed, failed = passed + ok, failed + (not ok)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
