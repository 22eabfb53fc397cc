#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim export: what the view shows, no more, and the same bytes each time.
. "${srcdir:-.}/tests/lib.sh"

ws=$tmp/ws
mkdir -p "$ws/sub"
cd "$ws"
echo hello >f
ln f hard
ln -s f link
echo 'KEY=FAKE-EXAMPLE-0123456789' >.env
echo tool >'sub/a b'
chmod 755 'sub/a b'
head -c 300000 /dev/zero | tr '\0' z >big
touch -d @1700000000 f big 'sub/a b' sub .

check_usage export

# ---------- an archive has what the view has ----------

run 0 "$SCRIM" export -w . -n first -o ../1.tar
err_has '^scrim: session first: [0-9]* entries$'
mkdir ../got
tar -C ../got -xf ../1.tar
[ ! -e ../got/.env ] || fail "a secret is in the archive"
rm .env
same_tree . ../got
[ "$(stat -c %i ../got/f)" = "$(stat -c %i ../got/hard)" ] || fail "hard link"
[ "$(stat -c %Y ../got/f)" = 1700000000 ] || fail "times"
echo 'KEY=FAKE-EXAMPLE-0123456789' >.env
touch -d @1700000000 .
! grep -q FAKE-EXAMPLE ../1.tar || fail "a secret's bytes are in the archive"
echo "ok tar"

# ---------- the same bytes, whatever the form ----------

for form in tar tar.gz oci ext4 erofs; do
	case $form in
	ext4) command -v mke2fs >/dev/null || [ -x /sbin/mke2fs ] ||
		skip "no mke2fs (e2fsprogs)" ;;
	erofs) need mkfs.erofs ;;
	esac
	SOURCE_DATE_EPOCH=1700000100 run 0 "$SCRIM" export -s first -F $form \
		-o ../a
	sleep 1.1
	SOURCE_DATE_EPOCH=1700000100 run 0 "$SCRIM" export -s first -F $form \
		-o ../b
	cmp ../a ../b || fail "$form: two exports differ"
	echo "ok $form is reproducible"
done
run 0 "$SCRIM" export -s first
cmp "$tmp/out" ../1.tar || fail "the standard output is another archive"

# ---------- owners ----------

run 0 "$SCRIM" export -s first --owner 7:8 -o ../owned.tar
tar --numeric-owner -tvf ../owned.tar | awk '{ print $2 }' | sort -u >../owners
check_file ../owners 7/8

# ---------- an image is a file system ----------

run 0 "$SCRIM" export -s first -F ext4 --owner 0:0 -o ../disk
PATH=$PATH:/usr/sbin:/sbin
e2fsck -fn ../disk >../fsck 2>&1 || fail "$(cat ../fsck)"
debugfs -R 'cat /f' ../disk 2>/dev/null | cmp - f || fail "ext4: content"
! debugfs -R 'stat /.env' ../disk 2>&1 | grep -q Inode || fail "ext4: secret"
run 1 "$SCRIM" export -s first -F ext4 --size 64k -o ../small
err_is_one_line
[ ! -e ../small ] || fail "a failed export left a file"
ls ../small.* 2>/dev/null && fail "a failed export left a part"
echo "ok images"

# ---------- what is wrong ----------

run 2 "$SCRIM" export -s first -w .
run 2 "$SCRIM" export -s first -F ext4
err_is_one_line
run 2 "$SCRIM" export -s first --owner root -o ../x
run 1 "$SCRIM" export -s nothere -o ../x
err_is_one_line
run 1 "$SCRIM" export -s first -o inside.tar
err_is_one_line
[ ! -e inside.tar ] || fail "written into the workspace"
run 1 "$SCRIM" export -s first -o ../nowhere/x
err_is_one_line
[ ! -e ../x ] || fail "a failed export left a file"
