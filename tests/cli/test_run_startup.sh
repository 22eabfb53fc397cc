#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How much later than bubblewrap scrim run starts: see tests/bench/test_startup.py.
. "${srcdir:-.}/tests/lib.sh"
need fuse userns python3
srcdir=$(cd "$srcdir" && pwd)
python3 "$srcdir/tests/bench/test_startup.py"
