#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim restore: back to a snapshot, and forth again.
. "${srcdir:-.}/tests/lib.sh"

check_usage restore
need fuse
mkdir ws mnt
echo one >ws/file
mount_it() {
	run 0 timeout 30 "$SCRIM" mount ws mnt --session s
}
run 0 timeout 30 "$SCRIM" mount ws mnt --name s --git none
echo two >mnt/file
echo new >mnt/new
run 0 "$SCRIM" snapshot -s s first
echo three >mnt/file
rm mnt/new
run 1 "$SCRIM" restore -s s first
err_is_one_line
run 0 timeout 30 "$SCRIM" umount mnt
run 1 "$SCRIM" restore -s s none
err_has 'no snapshot none'
run 0 "$SCRIM" restore -s s first
before=$(sed -n 's/.*snapshot \(before-[0-9-]*\)$/\1/p' out)
mount_it
check_file mnt/file two
check_file mnt/new new
echo four >mnt/file
run 0 timeout 30 "$SCRIM" umount mnt
run 0 "$SCRIM" restore -s s "$before"
mount_it
check_file mnt/file three
[ ! -e mnt/new ] || fail "the removed file is back"
run 0 timeout 30 "$SCRIM" umount mnt

# one that was cut short is finished by whoever writes next, and not read before
dir=$(echo "$XDG_STATE_HOME"/scrim/sessions/*)
printf first >"$dir/restoring"
run 1 "$SCRIM" status -s s
err_has 'a restore of the session was cut short'
mount_it
check_file mnt/file two
[ ! -e "$dir/restoring" ] || fail "the mark is still there"
run 0 timeout 30 "$SCRIM" umount mnt
check_file ws/file one
exit 0
