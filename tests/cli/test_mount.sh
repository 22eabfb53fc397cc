#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim mount: a view without what is hidden, whose writes stay in the session.
. "${srcdir:-.}/tests/lib.sh"

check_usage mount
need fuse
mkdir ws ws/dir mnt
echo hello >ws/file
echo inner >ws/dir/inner
echo KEY=FAKE-canary >ws/.env
ln -s file ws/link
cp -a ws before

run 0 timeout 30 "$SCRIM" mount ws mnt --name first --rules none --hide .env
[ ! -e mnt/.env ] || fail "the hidden file is there"
ls -A mnt >names
check_file names "dir
file
link"
check_file mnt/file hello
check_file mnt/link hello
[ "$(stat -c '%i %Y %s' mnt/file)" = "$(stat -c '%i %Y %s' ws/file)" ] ||
	fail "attributes differ"

echo more >>mnt/file
mv mnt/dir mnt/moved
echo mine >mnt/.env
rm mnt/link
check_file mnt/file "hello
more"
check_file mnt/moved/inner inner
check_file mnt/.env mine
same_tree ws before

# the same session cannot be mounted twice
mkdir other
run 1 timeout 30 "$SCRIM" mount ws other --rules none --session first
err_is_one_line
run 0 timeout 30 "$SCRIM" umount mnt
run 0 timeout 30 "$SCRIM" mount ws mnt --session first --rules none --hide .env
check_file mnt/file "hello
more"
[ ! -e mnt/link ] || fail "the removed link is back"
# what is changed below an untouched name is seen at once
echo new >ws/new
wait_for 2 test -e mnt/new || fail "a new file of the workspace is not seen"
run 0 timeout 30 "$SCRIM" umount mnt

# refusals: one line, nothing mounted, nothing left
run 1 "$SCRIM" mount nowhere mnt
err_is_one_line
run 1 "$SCRIM" mount ws nowhere
err_is_one_line
mkdir full
touch full/x
run 1 "$SCRIM" mount ws full
err_is_one_line
mkdir ws/inside
run 1 "$SCRIM" mount ws ws/inside
err_is_one_line
echo '[x' >bad.ini
run 1 "$SCRIM" mount ws mnt --rules bad.ini
err_is_one_line
[ -z "$(mounts_below)" ] || fail "something is mounted"
exit 0
