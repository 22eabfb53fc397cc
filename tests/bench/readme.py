#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts the table of make bench into README.md, between its two marks, and the
chart beside it.

	readme.py BENCH.md BENCH.svg SOURCE-DIRECTORY

Exit status: 0 done, 1 failed, 2 usage.
"""

import os
import shutil
import sys

BEGIN, END = "<!-- make bench -->\n", "<!-- end of make bench -->\n"
CHART = "tests/bench/speed.svg"


def main(argv):
    if len(argv) != 4:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    table, chart, top = argv[1:]
    readme = os.path.join(top, "README.md")
    with open(readme) as f:
        text = f.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print("the marks are not in " + readme, file=sys.stderr)
        return 1
    with open(table) as f:
        new = f.read()
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    with open(readme, "w") as f:
        f.write("%s%s\n![the same as bars](%s)\n\n%s\n%s%s" %
                (head, BEGIN, CHART, new.strip(), END, tail))
    shutil.copyfile(chart, os.path.join(top, CHART))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
