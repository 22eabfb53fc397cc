#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines that tests reach, by layer: what "make coverage" runs in its build folder.
# Builds in coverage/ with gcov, runs the tests (COVERAGE_TESTS: which; all by
# default), and prints a line for each layer and the files below 75 %. Fails where
# util, scan, session or review is below 85 %.
set -eu
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
srcdir=$(cd "$srcdir" && pwd)
mkdir -p coverage
cd coverage
[ -f Makefile ] || "$srcdir/configure" -q "$@" CFLAGS='-O0 -g --coverage' \
	LDFLAGS=--coverage
make -s
find . -name '*.gcda' -exec rm {} +
# a view's daemon is confined and may not write counts: src/fs shows as unreached
make -s check ${COVERAGE_TESTS:+TESTS="$COVERAGE_TESTS"} >check.out 2>&1 ||
	echo "some tests failed, see coverage/check.out; what they reached counts"
find . -name '*.gcda' | while IFS= read -r f; do
	gcov -n "$f" 2>/dev/null
done | awk -v root="$srcdir/" '
	/^File / {
		file = substr($0, 7, length($0) - 7)
		sub(/^.*\/src\//, "src/", file)
		next
	}
	/^Lines executed:/ && file ~ /^src\/[a-z]+\// {
		split($0, a, /[:% ]+/)
		n = $NF; hit = a[3] * n / 100
		# a file that several programs are made of: what reached most
		if (!(file in lines) || hit > hits[file]) hits[file] = hit
		lines[file] = n; file = ""
	}
	END {
		for (f in lines) {
			split(f, p, "/")
			sum[p[2]] += lines[f]; got[p[2]] += hits[f]
			if (lines[f] > 10 && hits[f] < 0.75 * lines[f])
				printf "  %5.1f %% of %4d  %s\n",
					100 * hits[f] / lines[f], lines[f], f | "sort -n"
		}
		close("sort -n")
		for (l in sum) {
			part = 100 * got[l] / sum[l]
			printf "%-8s %5.1f %% of %d lines\n", l, part, sum[l]
			if (l ~ /^(util|scan|session|review)$/ && part < 85) bad = 1
		}
		exit bad
	}'
