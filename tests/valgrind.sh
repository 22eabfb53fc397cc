#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# valgrind.sh PROGRAM...: a unit test under valgrind, with SCRIM_NO_JIT=1 set;
# test_powerloss tries few calls; test_crash and test_commit_mark, which make calls
# fail from outside, are skipped. So is a test that fails for want of a system
# call that valgrind does not know: openat2(2) before 3.20, seccomp(2), Landlock.
export SCRIM_VALGRIND=1
export POWERLOSS_STEP="${POWERLOSS_STEP:-61}"
log=$(mktemp) || exit 99
trap 'rm -f "$log"' EXIT
status=0
valgrind -q --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --show-leak-kinds=definite \
	--child-silent-after-fork=yes "$@" >"$log" 2>&1 || status=$?
unknown=$(sed -n 's/.*unhandled [a-z0-9]*-linux syscall: /syscall /p' "$log" |
	sort -u | xargs)
if [ "$status" != 0 ] && [ "$unknown" ]; then
	echo "SKIP: this valgrind does not know $unknown"
	exit 77
fi
cat "$log"
exit "$status"
