#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# valgrind.sh PROGRAM...: a unit test under valgrind, with SCRIM_NO_JIT=1 set;
# test_powerloss tries few calls; test_crash and test_commit_mark, which make calls
# fail from outside, are skipped. Of openat2(2), valgrind knows from 3.20 on; a
# test that fails for want of it is skipped.
export SCRIM_VALGRIND=1
export POWERLOSS_STEP="${POWERLOSS_STEP:-61}"
log=$(mktemp) || exit 99
trap 'rm -f "$log"' EXIT
status=0
valgrind -q --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --show-leak-kinds=definite \
	--child-silent-after-fork=yes "$@" >"$log" 2>&1 || status=$?
if [ "$status" != 0 ] && grep -q 'unhandled amd64-linux syscall: 437' "$log"
then
	echo "SKIP: this valgrind knows nothing of openat2"
	exit 77
fi
cat "$log"
exit "$status"
