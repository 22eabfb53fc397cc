#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# apply and discard on a session whose view is mounted and in use.
. "${srcdir:-.}/tests/lib.sh"

need fuse
mkdir ws ws/dir mnt
echo one >ws/file
echo two >ws/other
run 0 timeout 30 "$SCRIM" mount ws mnt --name s --git none
echo applied >mnt/file
mv mnt/other mnt/dir/moved
mkdir mnt/new
echo n >mnt/new/n

# a writer that has the file open goes on after the apply
exec 7>>mnt/file
run 0 timeout 30 "$SCRIM" apply -s s --yes
err_has 'the session is mounted'
check_file ws/file applied
check_file ws/dir/moved two
check_file ws/new/n n
run 0 "$SCRIM" status -s s
out_has ': 0 changes'
echo later >&7
exec 7>&-
check_file mnt/file "applied
later"
check_file mnt/dir/moved two
check_file mnt/new/n n
run 0 "$SCRIM" diff -s s
out_has '^+later'
check_file ws/file applied

# what the user does below shows through where nothing is changed
echo user >ws/new/n
wait_for 5 grep -q user mnt/new/n || fail "the view does not follow"

# discard takes it away under the running view
echo gone >mnt/new/x
rm mnt/dir/moved
for refused in discard apply "discard new/x" "apply new/x"; do
	# shellcheck disable=SC2086 # a command with its operands
	run 1 timeout 30 "$SCRIM" $refused -s s </dev/null
	err_is_one_line
	[ ! -e "$(echo "$XDG_STATE_HOME"/scrim/sessions/*/snap)" ] ||
		fail "$refused leaves something"
done
run 0 timeout 30 "$SCRIM" discard -s s --yes
check_file mnt/file applied
check_file mnt/dir/moved two
[ ! -e mnt/new/x ] || fail "a discarded file is still there"
run 1 "$SCRIM" discard -s s --forget --yes
run 0 "$SCRIM" status -s s
out_has ': 0 changes'

# a part is dropped under a program that has the file open
seq 40 >mnt/new/y
run 0 timeout 30 "$SCRIM" apply -s s --yes
sed 's/^2$/two/;s/^30$/thirty/' mnt/new/y >y
cat y >mnt/new/y
exec 7>>mnt/new/y
run 0 timeout 30 "$SCRIM" discard -s s --yes --hunks new/y:1
seq 40 | sed 's/^30$/thirty/' >want
cmp want mnt/new/y || fail "the view shows what was dropped"
echo 41 >&7
exec 7>&-
echo 41 >>want
cmp want mnt/new/y || fail "a write after the drop is lost"
[ -z "$(find "$XDG_STATE_HOME/scrim/sessions" -name rewrite)" ] ||
	fail "a copy is left"
run 0 timeout 30 "$SCRIM" discard -s s --yes

[ ! -e "$(echo "$XDG_STATE_HOME"/scrim/sessions/*/snap)" ] ||
	fail "a seal is left"
run 0 timeout 30 "$SCRIM" umount mnt
exit 0
