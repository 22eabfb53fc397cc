#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim umount: takes the view away, keeps the session, says what is wrong.
. "${srcdir:-.}/tests/lib.sh"

check_usage umount
need fuse
mkdir ws mnt plain
echo one >ws/file

run 1 "$SCRIM" umount plain
err_is_one_line
run 0 timeout 30 "$SCRIM" mount ws mnt --rules none
echo two >mnt/file
run 0 timeout 30 "$SCRIM" umount mnt
[ -z "$(ls -A mnt)" ] || fail "something is left at the mount point"
check_file ws/file one
# what was written is still in the session
run 0 timeout 30 "$SCRIM" mount ws mnt --session "$("$SCRIM" list --json |
	sed -n 's/.*"id": *"\([a-z0-9]*\)".*/\1/p' | head -n 1)" --rules none
check_file mnt/file two
run 0 timeout 30 "$SCRIM" umount mnt
exit 0
