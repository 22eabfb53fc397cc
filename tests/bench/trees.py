# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees to measure on: real source from Debian's linux-source, or generated.

Each is made once below the cache directory and is a git repository with all
files committed. Beside the files stand what the works need: bench.big (a large
file), and, outside of the tree, archives to unpack.
"""

import os
import random
import shutil
import subprocess
import sys
import tarfile

SOURCE_PACKAGE = "linux-source-6.1"
SOURCE_DIRS = ("fs", "include", "kernel", "lib", "mm", "net", "tools")
BIG = "bench.big"


def run(argv, **kw):
    kw.setdefault("stdout", subprocess.DEVNULL)
    subprocess.run(argv, check=True, **kw)


def note(text):
    print(text, file=sys.stderr, flush=True)


def unpack_source(cache, tree):
    """Fetches the package as it is named by the system's apt."""
    note("fetching and unpacking " + SOURCE_PACKAGE)
    work = os.path.join(cache, "package")
    os.makedirs(work, exist_ok=True)
    run(["apt-get", "-q", "download", SOURCE_PACKAGE], cwd=work,
        stderr=subprocess.DEVNULL)
    deb = [f for f in os.listdir(work) if f.endswith(".deb")][0]
    run(["dpkg-deb", "-x", deb, "x"], cwd=work)
    archive = os.path.join(work, "x/usr/src", SOURCE_PACKAGE + ".tar.xz")
    os.makedirs(tree)
    run(["tar", "-xJf", archive, "-C", tree, "--strip-components=1"] +
        [SOURCE_PACKAGE + "/" + d for d in SOURCE_DIRS])
    shutil.rmtree(work)


def generate(tree, count):
    """count small files, 20 in a directory, three levels deep."""
    note("generating %d files" % count)
    rnd = random.Random(count)
    words = ["int", "static", "return", "struct", "list", "node", "void",
             "if", "else", "value", "while", "count", "next", "buffer"]
    # a piece of one text is as good as words of its own, and a million need less
    text = " ".join(rnd.choices(words, k=4000)).encode()
    for start in range(0, count, 20):
        n = start // 20
        d = os.path.join(tree, "m%02d" % (n // 400), "d%02d" % (n // 20 % 20),
                         "s%02d" % (n % 20))
        os.makedirs(d, exist_ok=True)
        for i in range(min(20, count - start)):
            at = rnd.randrange(len(text) - 1600)
            body = text[at:at + rnd.randint(100, 1600)]
            fd = os.open(os.path.join(d, "f%02d.c" % i),
                         os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.write(fd, b"/* file %d */\n%s\n" % (start + i, body))
            os.close(fd)


def big_file(path, megabytes):
    chunk = random.Random(1).randbytes(1 << 20)
    with open(path, "wb") as f:
        for _ in range(megabytes):
            f.write(chunk)


def commit(tree):
    git = ["git", "-C", tree, "-c", "user.name=bench",
           "-c", "user.email=bench@example.invalid", "-c", "gc.auto=0"]
    run(["git", "init", "-q", tree])
    with open(os.path.join(tree, ".git/info/exclude"), "a") as f:
        f.write(BIG + "\n")
    run(git + ["add", "-A", "-f", "."])
    run(git + ["rm", "-q", "--cached", "--ignore-unmatch", BIG])
    run(git + ["commit", "-q", "-m", "as it came"])
    # Entries that are as young as the index would be hashed every time.
    run(["sleep", "1.1"])
    run(["git", "-C", tree, "update-index", "-q", "--really-refresh"])
    run(["touch", os.path.join(tree, ".git/index")])


def prepare(cache, kind, big_mb):
    """The path of the tree; kind is "source" or a number of files."""
    tree = os.path.join(cache, "tree-" + kind)
    done = tree + ".done"
    if os.path.exists(done):
        return tree
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(cache, exist_ok=True)
    if kind == "source":
        unpack_source(cache, tree)
    else:
        os.makedirs(tree)
        generate(tree, int(kind))
    big_file(os.path.join(tree, BIG), big_mb)
    commit(tree)
    open(done, "w").close()
    return tree


def files_of(tree, limit):
    """limit regular files of the tree, spread evenly, in a stable order."""
    out = subprocess.run(["git", "-C", tree, "ls-files", "-z"], check=True,
                         stdout=subprocess.PIPE).stdout
    names = [n for n in out.decode().split("\0")
             if n and os.path.isfile(os.path.join(tree, n)) and
             not os.path.islink(os.path.join(tree, n))]
    step = max(1, len(names) // limit)
    return names[::step][:limit]


def dirs_of(tree, limit):
    """Directories at the top that have limit files, or a little more."""
    count = {}
    for name in files_of(tree, 1 << 30):
        top = name.split("/")[0]
        count[top] = count.get(top, 0) + 1
    out, total = [], 0
    for top in sorted(count, key=lambda t: (count[t], t)):
        if total < limit:
            out.append(top)
            total += count[top]
    return out


def make_archive(tree, path, count):
    """A tar of count files of the tree, to unpack."""
    if os.path.exists(path):
        return
    with tarfile.open(path + ".new", "w") as t:
        for name in files_of(tree, count):
            t.add(os.path.join(tree, name), arcname=name)
    os.rename(path + ".new", path)


def make_project(cache, units):
    """A C project of units files for the parallel compile."""
    path = os.path.join(cache, "project-%d.tar" % units)
    if os.path.exists(path):
        return path
    src = path + ".d"
    os.makedirs(src, exist_ok=True)
    for i in range(units):
        with open(os.path.join(src, "u%d.h" % i), "w") as f:
            f.write("int u%d(int a);\n" % i)
        with open(os.path.join(src, "u%d.c" % i), "w") as f:
            f.write("#include <stdio.h>\n#include <string.h>\n")
            for j in range(max(0, i - 10), i + 1):
                f.write('#include "u%d.h"\n' % j)
            f.write("int u%d(int a)\n{\n\treturn a + %d;\n}\n" % (i, i))
    with open(os.path.join(src, "Makefile"), "w") as f:
        f.write("all: $(patsubst %.c,%.o,$(wildcard *.c))\n"
                "%.o: %.c\n\t$(CC) -O1 -c -o $@ $<\n")
    run(["tar", "-cf", path, "-C", src, "."])
    shutil.rmtree(src)
    return path


def make_npm(cache, packages):
    """A project whose dependencies are local tarballs, with its lock file."""
    path = os.path.join(cache, "npm-%d.tar" % packages)
    if os.path.exists(path) or not shutil.which("npm"):
        return path
    src = path + ".d"
    shutil.rmtree(src, ignore_errors=True)
    os.makedirs(src)
    deps = []
    for i in range(packages):
        p = os.path.join(src, "package")
        os.makedirs(os.path.join(p, "lib"))
        with open(os.path.join(p, "package.json"), "w") as f:
            f.write('{"name": "dep%d", "version": "1.0.0"}\n' % i)
        for j in range(40):
            with open(os.path.join(p, "lib", "m%d.js" % j), "w") as f:
                f.write("module.exports = %d;\n" % j * 30)
        run(["tar", "-czf", "dep%d.tgz" % i, "package"], cwd=src)
        shutil.rmtree(p)
        deps.append('"dep%d": "file:dep%d.tgz"' % (i, i))
    with open(os.path.join(src, "package.json"), "w") as f:
        f.write('{"name": "bench", "version": "1.0.0", "dependencies": {%s}}\n'
                % ", ".join(deps))
    run(["npm", "install", "--offline", "--no-audit", "--no-fund",
         "--package-lock-only"], cwd=src)
    run(["tar", "-cf", path, "-C", src, "."])
    shutil.rmtree(src)
    return path
