#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Daemon, commands and run are killed at random moments: nothing is lost.
# KILL_ROUNDS and KILL_SEED repeat what failed; make soak does many.
. "${srcdir:-.}/tests/lib.sh"

need fuse python3
# CI tries a change, and not its luck: the same kills at the same moments
: "${KILL_SEED:=${CI:+20261124}}"
kinds=daemon,command
if command -v bwrap >/dev/null && bwrap --ro-bind / / true 2>/dev/null; then
	kinds=$kinds,run
fi
timeout 1200 python3 "$srcdir/tests/crash/kill.py" --only "$kinds" \
	--rounds "${KILL_ROUNDS:-9}" ${KILL_SEED:+--seed "$KILL_SEED"}
