#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What goes wrong easily when it is applied: each is applied right, or nothing is
# changed and one line says why.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse

# ---- names, types, links ----
mkdir -p ws/dir/deep
echo r >ws/README
echo one >ws/one
ln ws/one ws/two
echo f >ws/file
echo d >ws/dir/deep/d
echo l >ws/log
echo s >ws/solo
ln -s solo ws/link
agent kinds <<'END'
mv README readme
echo ONE >>one
rm -r dir
echo now a file >dir
rm file
mkdir file
echo in >file/in
echo L >log
echo t >twin
ln twin twin2
rm link
mkdir link
END
exec 7>>ws/log 8<ws/log 9>>ws/two
cd ws
run 0 "$SCRIM" apply --yes
[ "$(cat readme)" = r ] || fail "the new spelling"
[ ! -e README ] || fail "the old spelling"
check_file one 'one
ONE'
[ "$(stat -c %i one)" = "$(stat -c %i two)" ] || fail "two files by now"
check_file dir 'now a file'
check_file file/in in
[ -d link ] && [ ! -h link ] || fail "link to directory"
[ "$(stat -c %i twin)" = "$(stat -c %i twin2)" ] || fail "not a hard link"
# Who has it open reads on, and what he writes is not lost.
check_file log L
[ "$(cat <&8)" = l ] || fail "the open file changed under its reader"
echo written late >&7
echo late as well >&9
exec 7>&- 8<&- 9>&-
check_file log L
run 0 "$SCRIM" undo --yes
check_file one 'one
late as well'
[ "$(stat -c %i one)" = "$(stat -c %i two)" ] || fail "the link is not back"
check_file log 'l
written late'
check_file README r
check_file dir/deep/d d
[ "$(readlink link)" = solo ] || fail "link is not back"
check_file file f
cd ..

# ---- a directory that may not be written ----
# Root is asked without the powers that make modes mean nothing.
as_anybody() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search,-fowner "$@"
	else
		"$@"
	fi
}
rm -rf ws
mkdir -p ws/open ws/shut
echo o >ws/open/o
echo s >ws/shut/s
agent shut <<'END'
echo O >open/o
echo S >shut/s
echo n >open/new
END
if [ "$(id -u)" = 0 ]; then chown 1 ws/shut; else chmod 555 ws/shut; fi
cp -a ws before
cd ws
run 1 as_anybody "$SCRIM" apply --yes -s shut
err_has '^scrim: shut/s: cannot change its directory: Permission denied$'
err_is_one_line
cd ..
same_tree ws before
[ -z "$(find ws -name '.scrim-*')" ] || fail "leftovers"
chmod 755 ws/shut
run 0 "$SCRIM" apply --yes -s shut --skip-conflicts
check_file ws/shut/s S

# ---- a workspace that is full, or read-only: mounting is root's ----
if [ "$(id -u)" != 0 ]; then
	echo "a full disk is tried as root alone"
	exit 0
fi
mkdir small
mount -t tmpfs -o size=512k none small
mkdir small/ws
echo a >small/ws/a
agent_at() {
	mkdir -p mnt
	run 0 timeout 30 "$SCRIM" mount small/ws mnt --name "$1"
	(cd mnt && sh -eu ../script) || fail "the agent failed"
	run 0 timeout 30 "$SCRIM" umount mnt
}
cat >script <<'END'
echo A >a
head -c 400000 /dev/zero | tr '\0' x >big
head -c 400000 /dev/zero | tr '\0' y >big2
END
agent_at full
cp -a small/ws before2
run 1 "$SCRIM" apply --yes -s full
err_has ': No space left on device$'
err_is_one_line
same_tree small/ws before2
[ -z "$(find small -name '.scrim-*')" ] || fail "leftovers"
run 0 "$SCRIM" apply --yes -s full small/ws/a small/ws/big
run 0 "$SCRIM" undo --yes -s full
same_tree small/ws before2

mount -o remount,ro small
run 1 "$SCRIM" apply --yes -s full small/ws/big2
err_has 'Read-only file system$'
err_is_one_line
mount -o remount,rw small
same_tree small/ws before2
run 0 "$SCRIM" status -s full
out_has '  A  big2$'
exit 0
