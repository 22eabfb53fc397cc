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
import struct
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
    p.add_argument("--mount-option", action="append", default=[],
                   help="one more argument of scrim mount")
    p.add_argument("--awake", action="store_true",
                   help="keep processors from sleeping (root): waking a "
                   "virtual one can take longer than a request")
    p.add_argument("--smoke", action="store_true",
                   help="small inputs, and only what has a line")
    p.add_argument("--check", action="store_true",
                   help="fail where a ratio is twice its line, also when it "
                   "was measured again")
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
        if why and cls.name == "scrim":
            raise SystemExit("bench: %s" % why)
        if why:
            trees.note("without %s: %s" % (cls.name, why))
        else:
            out.append(v)
    if options.check and len(out) < 2:
        raise SystemExit("bench: there is nothing to compare with")
    return out


def groups(options):
    """The table cut into runs that begin with a fresh mount."""
    out = []
    for w in works.TABLE:
        if w[2]:
            out.append([])
        if not options.smoke or (w[4] is not None and
                                 w[0] not in works.NOT_IN_SMOKE):
            out[-1].append(w)
    wanted = [w for w in options.works.split(",") if w]
    return [g for g in out if g and (not wanted or any(
        x in w[0] for w in g for x in wanted))]


def run_group(view, group, all_works, times):
    kind = group[0][2]
    spent = view.mount(kind)
    try:
        if kind == "warm":
            view.warm_up([getattr(all_works, w[1]) for w in group])
        if kind == "new" and spent is not None:
            times["mount"][view.name].append(spent)
        subprocess.run(["sync", "-f", view.dir], check=True)
        for w in group:
            work = getattr(all_works, w[1])
            if w[0].endswith(works.WARM):
                work(view)
            times[w[0]][view.name].append(work(view))
    finally:
        view.umount()


def run_round(n, todo, chosen, all_works, times):
    """Each view comes first in its turn."""
    k = n % len(chosen)
    for g in todo:
        for v in chosen[k:] + chosen[:k]:
            run_group(v, g, all_works, times)


def lines_of(todo, times, options):
    named = [("mount", "", "", None, None)] + [w for g in todo for w in g]
    return [report.Line(w[0], times[w[0]], report.limits(w, options),
                        works.KNOWN.get(w[0])) for w in named]


def again(options, todo, chosen, all_works, times):
    """One more set of rounds for what missed by far: noise does it once."""
    for attempt in range(2):
        bad = [line.name for line in lines_of(todo, times, options)
               if failures(line)]
        redo = [g for g in todo if any(w[0] in bad for w in g)]
        if not redo:
            return
        trees.note("again: " + ", ".join(bad))
        for w in (w for g in redo for w in g):
            for t in times[w[0]].values():
                t.clear()
        for n in range(options.rounds + 2 * attempt):
            run_round(n, redo, chosen, all_works, times)


def measure(options, tree, chosen):
    all_works = works.Works(options.dir, tree, options)
    todo = groups(options)
    names = ["mount"] + [w[0] for g in todo for w in g]
    times = {name: {v.name: [] for v in chosen} for name in names}
    for n in range(options.rounds):
        run_round(n, todo, chosen, all_works, times)
        trees.note("round %d of %d" % (n + 1, options.rounds))
    if options.check:
        again(options, todo, chosen, all_works, times)
    return lines_of(todo, times, options), times


# What another view is done with sooner cannot be told from noise.
TOO_QUICK = 0.005


def failures(line):
    """Views against which a line is missed by twice, or more than is known."""
    known = line.known[1] if line.known else {}
    return [v for v in report.COMPARED if line.ratio(v) is not None and
            line.lines.get(v) is not None and
            line.median[v] >= TOO_QUICK and
            line.ratio(v) > max(known.get(v, 0), 2 * line.lines[v])]


def keep_awake(options):
    """As long as the file that is returned is open."""
    if not options.awake:
        return None
    try:
        f = open("/dev/cpu_dma_latency", "wb", buffering=0)
        f.write(struct.pack("i", 0))
    except OSError as e:
        raise SystemExit("bench: --awake: %s" % e)
    return f


def write(path, text):
    if path:
        with open(path, "w") as f:
            f.write(text)


def check(lines):
    bad = known = quick = 0
    for line in lines:
        quick += sum(bool(line.verdict(v)) and line.median[v] < TOO_QUICK
                     for v in report.COMPARED)
        for v in failures(line):
            print("FAIL: %s is %.2f times %s, its line %g" %
                  (line.name, line.ratio(v), v, line.lines[v]))
            bad += 1
        for v in line.misses(2.0) if line.known else ():
            print("known: %s is %.2f times %s, its line %g: %s" %
                  (line.name, line.ratio(v), v, line.lines[v], line.known[0]))
            known += 1
    print("%d ratios judged, %d failed; %d were of works too quick to tell" %
          (sum(bool(line.verdict(v)) for line in lines
               for v in report.COMPARED) - quick, bad, quick))
    return 1 if bad else 0


def main(argv):
    options = parse(argv)
    options.dir = os.path.abspath(options.dir)
    options.scrim = os.path.abspath(options.scrim)
    options.load = os.getloadavg()[0]
    tree = trees.prepare(options.dir, options.tree, 64 if options.smoke
                         else 256)
    scratch = os.path.join(options.dir, "run-%d" % os.getpid())
    chosen = choose_views(options, tree, scratch)
    awake = keep_awake(options)
    try:
        lines, times = measure(options, tree, chosen)
    finally:
        for v in chosen:
            v.end()
        if os.path.isdir(scratch):
            os.rmdir(scratch)
        if awake:
            awake.close()
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
