#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim snapshot: a state to come back to, of a mounted session or not.
. "${srcdir:-.}/tests/lib.sh"

check_usage snapshot
need fuse
mkdir ws mnt
echo one >ws/file
run 0 timeout 30 "$SCRIM" mount ws mnt --name s --git none
echo two >mnt/file
run 0 "$SCRIM" snapshot -s s first
check_out "snapshot first"
run 1 "$SCRIM" snapshot -s s first
err_is_one_line
run 1 "$SCRIM" snapshot -s s ../x
err_is_one_line
run 2 "$SCRIM" snapshot -s s --remove
echo three >mnt/file
run 0 timeout 30 "$SCRIM" umount mnt
run 0 "$SCRIM" snapshot -s s second
run 0 "$SCRIM" snapshot -s s --list
out_has ' first$'
out_has ' second$'
run 0 "$SCRIM" snapshot -s s --list --json
out_has '"name": "first"'
# without a terminal and without --yes nothing is removed
run 1 "$SCRIM" snapshot -s s --remove first
run 0 "$SCRIM" snapshot -s s --remove first --yes
run 0 "$SCRIM" snapshot -s s --list
! grep -q ' first$' out || fail "the snapshot is still there"
run 1 "$SCRIM" snapshot -s s --remove first --yes
exit 0
