#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a change costs review and apply: see tests/bench/test_calls.py.
. "${srcdir:-.}/tests/lib.sh"
need fuse strace python3
srcdir=$(cd "$srcdir" && pwd)
PYTHONDONTWRITEBYTECODE=1 python3 "$srcdir/tests/bench/test_calls.py"
