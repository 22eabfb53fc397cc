#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each fuzz target for a few seconds, from its seeds; FUZZ_SECONDS for longer, and
# FUZZ_SEED to repeat. What crashes is left beside the log.
# shellcheck disable=SC2154 # builddir
. "${srcdir:-.}/tests/lib.sh"

# CI tries a change, and not its luck: it begins the same way each time
: "${FUZZ_SEED:=${CI:+20261124}}"

for target in hunk import masks rules scan script session; do
	seeds=$srcdir/tests/fuzz/seeds/$target
	[ -d "$seeds" ] || fail "no seeds for $target"
	echo "$target:"
	"$builddir/tests/fuzz/fuzz_$target" -t "${FUZZ_SECONDS:-3}" \
		${FUZZ_SEED:+-s "$FUZZ_SEED"} "$seeds" || {
		cp "fuzz_$target.last" "$builddir/" || :
		fail "fuzz_$target: input in $builddir/fuzz_$target.last"
	}
done
