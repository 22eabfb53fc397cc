#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How long loading all rules takes: see tests/bench/test_load.py.
. "${srcdir:-.}/tests/lib.sh"
need python3
if grep -qE "__asan_init|__gcov_init" "$SCRIM"; then
	echo "not a figure of a build that is instrumented"
	exit 77
fi
srcdir=$(cd "$srcdir" && pwd)
python3 "$srcdir/tests/bench/test_load.py"
