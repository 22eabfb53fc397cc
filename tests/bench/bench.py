#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same work on the native directory, the kernel's overlayfs,
fuse-overlayfs and scrim, in turn, several rounds; prints medians and ratios and
marks each figure that misses its line.

Exit status: 0 done (with --check: every ratio within twice its line), 1 failed
or missed, 2 usage.
"""

import argparse
import json
import os
import subprocess
import sys

import report
import trees
import views
import works


def parse(argv):
    home = os.environ.get("XDG_CACHE_HOME",
                          os.path.expanduser("~/.cache"))
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--scrim", default=os.environ.get("SCRIM", "./scrim"),
                   help="the program to measure")
    p.add_argument("--dir", default=os.path.join(home, "scrim-bench"),
                   help="where trees and scratch files go")
    p.add_argument("--tree", default="source",
                   help="source (linux-source), or a number of generated files")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--works", default="",
                   help="only works whose name holds one of these words "
                        "(comma-separated)")
    p.add_argument("--views", default="native,overlayfs,fuse-overlayfs,scrim")
    p.add_argument("--no-uring", action="store_true",
                   help="scrim over /dev/fuse only")
    p.add_argument("--masks", choices=("cold", "warm"), default=None,
                   help="with all rules on, and the verdict cache cold or warm")
    p.add_argument("--mount-option", action="append", default=[],
                   help="one more argument of scrim mount")
    p.add_argument("--smoke", action="store_true",
                   help="small inputs")
    p.add_argument("--check", action="store_true",
                   help="fail where a ratio is twice its line")
    p.add_argument("--markdown", help="write the table to this file too")
    p.add_argument("--svg", help="write a chart to this file")
    p.add_argument("--json", help="write all times to this file")
    return p.parse_args(argv)


def choose_views(options, tree, scratch):
    out = []
    for cls in views.VIEWS:
        if cls.name not in options.views.split(","):
            continue
        v = cls(tree, scratch, options)
        why = v.missing()
        if why and (cls.name == "scrim" or os.environ.get("CI")):
            raise SystemExit("bench: %s" % why)
        if why:
            trees.note("without %s: %s" % (cls.name, why))
        else:
            out.append(v)
    return out


def groups(words):
    """The table cut into runs that begin with a fresh mount."""
    out = []
    for w in works.TABLE:
        if w[2] == "new":
            out.append([])
        out[-1].append(w)
    wanted = [w for w in words.split(",") if w]
    return [g for g in out if not wanted or
            any(x in w[0] for w in g for x in wanted)]


def run_group(view, group, all_works, times):
    view.mount()
    try:
        subprocess.run(["sync", "-f", view.dir], check=True)
        for w in group:
            spent = getattr(all_works, w[1])(view)
            times[w[0]][view.name].append(spent)
    finally:
        view.umount()


def measure(options, tree, chosen):
    all_works = works.Works(options.dir, tree, options)
    todo = groups(options.works)
    times = {w[0]: {v.name: [] for v in chosen} for g in todo for w in g}
    for n in range(options.rounds):
        for g in todo:
            # Each view comes first in its turn.
            k = n % len(chosen)
            for v in chosen[k:] + chosen[:k]:
                run_group(v, g, all_works, times)
        trees.note("round %d of %d" % (n + 1, options.rounds))
    return [report.Line(w[0], times[w[0]], report.limits(w, options))
            for g in todo for w in g], times


def write(path, text):
    if path:
        with open(path, "w") as f:
            f.write(text)


def check(lines):
    bad = [(line, v) for line in lines
           for v in ("overlayfs", "fuse-overlayfs")
           if line.verdict(v, 2.0) == "MISS"]
    known = [(line, v) for line, v in bad if line.name in works.KNOWN]
    bad = [b for b in bad if b not in known]
    for line, v in known:
        print("known: %s is %.2f times %s, its line %g: %s" %
              (line.name, line.ratio(v), v, line.lines[v],
               works.KNOWN[line.name]))
    for line, v in bad:
        print("FAIL: %s is %.2f times %s, more than twice its line of %g" %
              (line.name, line.ratio(v), v, line.lines[v]))
    print("%d passed, %d failed" %
          (sum(line.verdict(v, 2.0) == "ok" for line in lines
               for v in ("overlayfs", "fuse-overlayfs")), len(bad)))
    return 1 if bad else 0


def main(argv):
    options = parse(argv)
    options.dir = os.path.abspath(options.dir)
    options.scrim = os.path.abspath(options.scrim)
    tree = trees.prepare(options.dir, options.tree, 64 if options.smoke
                         else 256)
    scratch = os.path.join(options.dir, "run-%d" % os.getpid())
    chosen = choose_views(options, tree, scratch)
    try:
        lines, times = measure(options, tree, chosen)
    finally:
        for v in chosen:
            v.umount()
            v.clear()
        if os.path.isdir(scratch):
            os.rmdir(scratch)
    count = len(trees.files_of(tree, 1 << 30))
    about = report.about(options, options.rounds, count)
    names = [v.name for v in chosen]
    table = report.markdown(lines, names, about)
    print(table)
    write(options.markdown, table)
    write(options.svg, report.svg(lines, names, about))
    write(options.json, json.dumps({"about": about, "seconds": times}) + "\n")
    return check(lines) if options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
