#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a view costs while it stands: the daemon's memory for each file that the
kernel knows, given back when the kernel forgets; descriptors under
ulimit -n 1024; that mounting costs the same whatever the tree's size; no
wake-up while nothing is asked.

	test_memory.py [FILES [DIR]]

Exit status: 0 passed, 1 failed, 77 cannot be asked of this machine.
"""

import os
import resource
import sys
import tempfile
import time

import trees
from mounted import Mounted

PER_FILE = 400		# bytes
MOUNT_RATIO = 2.0	# processor time of a mount, against that of ten files
BASE = 1 << 20		# what the daemon may hold whatever the tree


class Stopwatch:
    """Tells what each step took, on standard error: a million files take long."""

    def __init__(self):
        self.last = time.monotonic()

    def tell(self, what):
        now = time.monotonic()
        trees.note("%s: %.0f s" % (what, now - self.last))
        self.last = now


def walk(path):
    n = 0
    for top, dirs, files in os.walk(path):
        for name in files + dirs:
            os.lstat(os.path.join(top, name))
            n += 1
    return n


def drop_caches():
    """Makes the kernel forget what is not in use."""
    for _ in range(2):
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("2")
        time.sleep(0.5)


def memory_tests(m, count, watch):
    before = m.memory()
    known = walk(m.view)
    watch.tell("walk of %d entries" % known)
    walk(m.view)
    watch.tell("the same again")
    full = m.memory()
    each = (full - before) / known
    yield "all %d entries are seen (%d)" % (count, known), known >= count
    yield "%d bytes for each known file, at most %d" % (each, PER_FILE), \
        each <= PER_FILE
    yield "%d descriptors, below 1024" % m.descriptors(), \
        m.descriptors() < 1024
    drop_caches()
    deadline = time.monotonic() + 30
    while m.memory() - before > BASE + (full - before) / 10 and \
            time.monotonic() < deadline:
        time.sleep(0.5)
    watch.tell("forgetting them")
    left = m.memory() - before
    yield "%d of %d KiB stay after the kernel forgot" % (
        left >> 10, (full - before) >> 10), \
        left <= BASE + (full - before) / 10


def mount_test(workspace, tmp):
    """In turn with a tree of ten files; both are git repositories."""
    small = os.path.join(tmp, "small")
    os.mkdir(small)
    trees.generate(small, 10)
    for path in workspace, small:
        trees.run(["git", "init", "-q", path])
    time.sleep(4)	# what is younger is looked at anew by each mount
    spent = {workspace: [], small: []}
    shown = []
    for n in range(6):
        for path, each in spent.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            with Mounted(path, tmp) as m:
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                if path == workspace:
                    shown.append(m.seconds)
            if n:	# the first one looks for repositories
                each.append(after.ru_utime + after.ru_stime -
                            before.ru_utime - before.ru_stime)
    big, ten = min(spent[workspace]), min(spent[small])
    return ("mounting takes %.1f ms of a processor, %.1f for ten files "
            "(%.0f ms passed)" % (big * 1000, ten * 1000, min(shown) * 1000),
            big <= ten * MOUNT_RATIO)


def idle_tests(m):
    """A timer would show in each; what the kernel still forgets does not."""
    for _ in range(10):
        before = m.wakeups()
        time.sleep(3)
        n = m.wakeups() - before
        if not n:
            break
    yield "%d wake-ups in 3 s of idleness" % n, n == 0


def main(argv):
    count = int(argv[1]) if len(argv) > 1 else 20000
    base = argv[2] if len(argv) > 2 else None
    if os.getuid() != 0:
        print("making the kernel forget needs root")
        return 1 if os.environ.get("CI") else 77
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, min(hard, 1024)))
    results = []
    with tempfile.TemporaryDirectory(dir=base) as tmp:
        workspace = os.path.join(tmp, "workspace")
        os.mkdir(workspace)
        watch = Stopwatch()
        trees.generate(workspace, count)
        watch.tell("making them")
        results.append(mount_test(workspace, tmp))
        watch.tell("mounts")
        with Mounted(workspace, tmp) as m:
            if m.pid is None:
                results.append(("the daemon is found", False))
            else:
                results += list(memory_tests(m, count, watch))
                results += list(idle_tests(m))
                watch.tell("idleness")
        for name, ok in results:
            print("%s: %s" % ("ok" if ok else "FAIL", name), flush=True)
    watch.tell("removing them")
    bad = sum(not ok for _, ok in results)
    print("%d passed, %d failed" % (len(results) - bad, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
