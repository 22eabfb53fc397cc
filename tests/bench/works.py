# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: a table of works, each a function of a view.

A work returns the seconds that the measured part took; what it needs to set up
beforehand is not counted.
"""

import mmap
import os
import random
import shutil
import subprocess
import time

import trees


class Timer:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.seconds = time.perf_counter() - self.start


def timed(argv, cwd, ok=(0,), **kw):
    kw.setdefault("stdout", subprocess.DEVNULL)
    with Timer() as t:
        code = subprocess.run(argv, cwd=cwd, **kw).returncode
    if code not in ok:
        raise RuntimeError("%s ended with %d in %s" % (argv[0], code, cwd))
    return t.seconds


class Works:
    """Inputs of all works, made once, and the works themselves."""

    def __init__(self, cache, tree, options):
        small = options.smoke
        self.tree = tree
        self.big_mb = 64 if small else 512
        self.random_io = 2000 if small else 12800
        self.creates = 1000 if small else 10000
        base = os.path.basename(tree)
        self.unpack = os.path.join(cache, base + ".unpack.tar")
        trees.make_archive(tree, self.unpack, 300 if small else 1500)
        self.changed = trees.files_of(tree, 200 if small else 1000)
        self.many = trees.dirs_of(tree, 500 if small else 5000)
        self.project = trees.make_project(cache, 10 if small else 120)
        self.npm = trees.make_npm(cache, 4 if small else 30)

    # reading

    def find(self, v):
        return timed(["find", ".", "-name", "nothing.at.all"], v.path)

    def status(self, v):
        return timed(["git", "status", "--porcelain"], v.path)

    def rg(self, v):
        return timed(["rg", "-uu", "-g", "!.git", "-g", "!" + trees.BIG,
                      "-c", "no_such_word_at_all"], v.path, ok=(0, 1))

    def tar(self, v):
        # To a pipe: tar reads nothing when it sees that it writes to /dev/null.
        return timed(["sh", "-c", 'tar -cf - "$@" | cat >/dev/null', "sh"] +
                     self.many, v.path)

    def _pread(self, v, size, offsets):
        fd = os.open(os.path.join(v.path, trees.BIG), os.O_RDONLY)
        with Timer() as t:
            for off in offsets:
                os.pread(fd, size, off)
        os.close(fd)
        return t.seconds

    def read_seq(self, v):
        size = os.path.getsize(os.path.join(self.tree, trees.BIG))
        return self._pread(v, 1 << 17, range(0, size, 1 << 17))

    def read_rand(self, v):
        size = os.path.getsize(os.path.join(self.tree, trees.BIG))
        rnd = random.Random(7)
        return self._pread(v, 4096, [rnd.randrange(size // 4096) * 4096
                                     for _ in range(self.random_io)])

    def read_mmap(self, v):
        with open(os.path.join(v.path, trees.BIG), "rb") as f:
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
                with Timer() as t:
                    total = 0
                    for off in range(0, len(m), 4096):
                        total += m[off]
        return t.seconds

    # writing

    def _dir(self, v, name):
        path = os.path.join(v.path, "bench." + name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return path

    def untar(self, v):
        return timed(["tar", "-xf", self.unpack], self._dir(v, "untar"))

    def rm_tree(self, v):
        return timed(["rm", "-rf", "bench.untar"], v.path)

    def create(self, v):
        path = self._dir(v, "many")
        names = "\0".join("f%05d" % i for i in range(self.creates)).encode()
        return timed(["xargs", "-0", "-n", "100000", "touch"], path,
                     input=names)

    def rm_many(self, v):
        return timed(["rm", "-rf", "bench.many"], v.path)

    def chmod(self, v):
        return timed(["xargs", "-0", "-n", "100000", "chmod", "600"], v.path,
                     input="\0".join(self.changed[::2]).encode())

    def sed(self, v):
        return timed(["xargs", "-0", "-n", "100000", "sed", "-i",
                      "1s/^/ /"], v.path,
                     input="\0".join(self.changed[1::2] +
                                     self.changed[::2]).encode())

    def rm_lower(self, v):
        """A directory of the workspace with some hundred files in it."""
        top = self.changed[len(self.changed) // 2].split("/")[0]
        return timed(["rm", "-rf", top], v.path)

    def _write_big(self, v):
        path = os.path.join(self._dir_once(v, "write"), "file")
        chunk = b"\x5a" * (1 << 20)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        with Timer() as t:
            for _ in range(self.big_mb):
                os.write(fd, chunk)
            os.close(fd)
        return t.seconds

    def _dir_once(self, v, name):
        path = os.path.join(v.path, "bench." + name)
        os.makedirs(path, exist_ok=True)
        return path

    def write_seq(self, v):
        self._dir(v, "write")
        return self._write_big(v)

    def rewrite(self, v):
        return self._write_big(v)

    def write_rand(self, v):
        """Every block of a file of a tenth, once, and onto the disk."""
        path = os.path.join(v.path, "bench.write", "random")
        blocks = list(range(self.random_io))
        random.Random(9).shuffle(blocks)
        chunk = b"\xa5" * 4096
        fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        for _ in range(self.random_io >> 8):
            os.write(fd, b"\x5a" * (1 << 20))
        os.fsync(fd)
        with Timer() as t:
            for n in blocks:
                os.pwrite(fd, chunk, n * 4096)
            os.fsync(fd)
        os.close(fd)
        return t.seconds

    def sqlite(self, v):
        path = self._dir(v, "sqlite")
        sql = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);\n" + "".join(
            "BEGIN; INSERT INTO t(b) VALUES('%d'); "
            "INSERT INTO t(b) VALUES('x%d'); COMMIT;\n" % (i, i)
            for i in range(50 if self.big_mb < 512 else 300))
        return timed(["sqlite3", "db"], path, input=sql.encode())

    def compile(self, v):
        path = self._dir(v, "compile")
        trees.run(["tar", "-xf", self.project, "-C", path])
        return timed(["make", "-s", "-j2"], path)

    def npm_ci(self, v):
        path = self._dir(v, "npm")
        trees.run(["tar", "-xf", self.npm, "-C", path])
        return timed(["npm", "ci", "--offline", "--no-audit", "--no-fund",
                      "--silent"], path)


# A work of such a name is done once more before it is measured: the second time
# of all is not like the later ones (access times are asked for, pages get known
# as used more than once).
WARM = ", warm"

"""
name, method; "new" for one on a fresh mount with nothing written and no rules,
"cold" and "warm" for one with all rules, whose verdicts are not or are cached, ""
for one that goes on after the work before it; then the lines: at most so many
times the kernel's overlayfs and fuse-overlayfs (None: only shown).
"""
TABLE = (
    ("find, fresh mount", "find", "new", 4, 0.4),
    ("find, second time", "find", "", None, None),
    ("find, warm", "find", "", 1.05, 0.5),
    ("git status, fresh mount", "status", "new", 4, 0.5),
    ("git status, warm", "status", "", 1.0, 0.9),
    ("rg, fresh mount", "rg", "new", 2, 0.2),
    ("rg, warm", "rg", "", 1.05, 0.5),
    ("tar, fresh mount", "tar", "new", 2, 0.2),
    ("tar, warm", "tar", "", 1.05, 0.5),
    ("find, all rules, cold", "find", "cold", 8, 0.8),
    ("rg, all rules, cold", "rg", "cold", 4, 0.4),
    ("tar, all rules, cold", "tar", "cold", 4, 0.4),
    ("find, all rules, cached", "find", "warm", 4, 0.4),
    ("rg, all rules, cached", "rg", "warm", 2, 0.2),
    ("tar, all rules, cached", "tar", "warm", 2, 0.2),
    ("sequential read, fresh", "read_seq", "new", 2, 0.5),
    ("sequential read, warm", "read_seq", "", 1.1, 1.0),
    ("random read, fresh", "read_rand", "new", 2, 0.5),
    ("random read, warm", "read_rand", "", 1.1, 1.0),
    ("mmap read, fresh", "read_mmap", "new", 2, 0.5),
    ("mmap read, warm", "read_mmap", "", 1.1, 1.0),
    ("untar", "untar", "new", 1.3, 0.35),
    ("rm -rf of it", "rm_tree", "", 2.5, 0.4),
    ("create many files", "create", "", 2.5, 0.4),
    ("rm -rf of them", "rm_many", "", 2.5, 0.4),
    ("chmod (copy-up)", "chmod", "new", 1.5, 0.5),
    ("sed -i (copy-up)", "sed", "", 1.5, 0.5),
    ("rm -rf a workspace directory", "rm_lower", "", None, None),
    ("sequential write", "write_seq", "new", 3, 0.5),
    ("rewrite it", "rewrite", "", 3, 0.5),
    ("4k random write", "write_rand", "", 1.0, 0.6),
    ("sqlite inserts", "sqlite", "", None, None),
    ("make -j2", "compile", "", None, None),
    ("npm ci, offline", "npm_ci", "", None, None),
)

# They tell little that the others do not.
NOT_IN_SMOKE = ("find, all rules, cold", "tar, all rules, cold",
                "find, all rules, cached", "tar, all rules, cached")

"""
Lines that are known to be missed: why (HACKING.md has more), and how much they may
be and --check does not fail. The table marks them like any other.
"""
KNOWN = {
    "rg, fresh mount":
        ("a request for each file, of two switches of threads",
         {"overlayfs": 10, "fuse-overlayfs": 1.5}),
    "tar, fresh mount":
        ("a request for each file, of two switches of threads",
         {"overlayfs": 8, "fuse-overlayfs": 1.5}),
    "rg, all rules, cold":
        ("each file is scanned for secrets, once",
         {"overlayfs": 60, "fuse-overlayfs": 4}),
    "tar, all rules, cold":
        ("each file is scanned for secrets, once",
         {"overlayfs": 60, "fuse-overlayfs": 4}),
    "rg, all rules, cached":
        ("a request for each file, of two switches of threads",
         {"overlayfs": 12, "fuse-overlayfs": 1.5}),
    "tar, all rules, cached":
        ("a request for each file, of two switches of threads",
         {"overlayfs": 10, "fuse-overlayfs": 1.4}),
    "sequential read, fresh":
        ("each byte is copied once more",
         {"overlayfs": 6, "fuse-overlayfs": 1.8}),
    "sequential read, warm":
        ("the kernel keeps what is FUSE's in single pages, what is ext4's in "
         "larger pieces", {"overlayfs": 6, "fuse-overlayfs": 3}),
    "random read, fresh":
        ("a request for each read; nothing may be pushed into the page cache "
         "unasked", {"overlayfs": 40, "fuse-overlayfs": 2}),
    "mmap read, fresh":
        ("each byte is copied, where an overlay maps it",
         {"overlayfs": 9, "fuse-overlayfs": 2}),
    "mmap read, warm":
        ("the kernel maps single pages of FUSE's, larger pieces of ext4's",
         {"overlayfs": 4, "fuse-overlayfs": 3}),
    "sequential write":
        ("the disk alone takes more than half of fuse-overlayfs's time",
         {"overlayfs": 6, "fuse-overlayfs": 1.5}),
    "rewrite it":
        ("each byte is copied three times",
         {"overlayfs": 8, "fuse-overlayfs": 1}),
    "rm -rf of them":
        ("two requests for each file, and a sleeping processor is woken for "
         "each; see --awake", {"overlayfs": 10, "fuse-overlayfs": 0.8}),
    "4k random write":
        ("a request for each write; no writeback cache",
         {"overlayfs": 12, "fuse-overlayfs": 1.2}),
}
