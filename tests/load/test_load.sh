#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Many sessions, many operations, many changes, and attacks on resources: small
# here, and with LOAD=long as large as the README says.
. "${srcdir:-.}/tests/lib.sh"

need fuse python3 git
# What was freed is given back at once, with the sanitizers too.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1
export ASAN_OPTIONS
load() {
	timeout 7200 python3 "$srcdir/tests/load/load.py" "$@" || fail "$*"
}
if [ "${LOAD:-short}" = long ]; then
	load sessions 50
	load soak 1000000
	load changes 100000
	load attack 200000
else
	load sessions 8
	load soak 3000
	load changes 3000
	load attack 3000
fi
