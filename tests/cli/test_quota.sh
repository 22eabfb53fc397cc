#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --max-size and --max-files: the agent is stopped, all else goes on.
. "${srcdir:-.}/tests/lib.sh"

need fuse
mkdir ws mnt
dd if=/dev/zero of=ws/big bs=65536 count=16 2>/dev/null
echo one >ws/small
run 2 "$SCRIM" mount ws mnt --max-size much
err_has "^scrim mount: option 'max_size'"
run 0 timeout 30 "$SCRIM" mount ws mnt --name s --git none --max-size 4M \
	--max-files 20
over() {
	run 1 env LC_ALL=C sh -c "$1"
	err_has 'Disk quota exceeded'
}

# bytes: a write, a copy-up and an allocation beyond are refused, whole or in part
over 'cat /dev/zero >mnt/fill'
[ "$(stat -c %s mnt/fill)" -gt 2000000 ] || fail "stopped too early"
[ "$(stat -c %s mnt/fill)" -lt 5000000 ] || fail "stopped too late"
over 'dd if=ws/small of=mnt/big conv=notrunc oflag=append'
over 'fallocate -l 3M mnt/more'
check_file mnt/small one
# a file without blocks is as large as one likes
truncate -s 1T mnt/fill2 2>err || err_has 'Disk quota exceeded'
# what is there can be written again, read and deleted
dd if=/dev/zero of=mnt/fill bs=65536 count=4 conv=notrunc 2>err ||
	fail "what is there cannot be written again: $(cat err)"
[ "$(df -B1 --output=avail mnt | tail -n 1)" -lt 1000000 ] || fail "df"
run 0 "$SCRIM" status -s s
out_has '^it takes [0-9.]* M of 4.0 M, it has [0-9]* of 20 names$'
run 0 "$SCRIM" status -s s --json
out_has '"max_size": 4194304'
run 0 "$SCRIM" snapshot -s s full
run 0 rm mnt/fill
rm -f mnt/more mnt/fill2 mnt/small2
wait_for 10 sh -c 'echo again >mnt/again 2>/dev/null' ||
	fail "room that was given back cannot be used"
# names
# shellcheck disable=SC2016
over 'for i in 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k; do
	mkdir "mnt/d$i" || exit; done'
over 'ln mnt/again mnt/link'
over 'ln -s again mnt/symlink'
run 0 rm mnt/small
run 0 rmdir mnt/d1 mnt/d2 mnt/d3
wait_for 10 mkdir mnt/d1 || fail "names that were given back cannot be used"
# apply and discard
run 0 "$SCRIM" apply -y -s s again
check_file ws/again again
run 0 "$SCRIM" discard -y -s s d4
[ ! -e mnt/d4 ] || fail "d4 is still there"
run 0 timeout 30 "$SCRIM" umount mnt

# the session keeps its limits; others are given by the next mount
run 0 timeout 30 "$SCRIM" mount mnt --session s
over 'cat /dev/zero >mnt/fill'
run 0 timeout 30 "$SCRIM" umount mnt
run 0 timeout 30 "$SCRIM" mount mnt --session s --max-size 0
run 0 cp mnt/fill mnt/fill2
run 0 timeout 30 "$SCRIM" umount mnt
run 0 "$SCRIM" list
out_has '^ID  *NAME  *AGE  *CHANGES  *SIZE  *STATE  *WORKSPACE$'
out_has '  [0-9.]* M  idle '

# limits for every new session
mkdir -p "$XDG_CONFIG_HOME/scrim"
printf '[session]\nmax-size = 1M\n' >"$XDG_CONFIG_HOME/scrim/session.ini"
run 0 timeout 30 "$SCRIM" mount ws mnt --name t --git none
over 'cat /dev/zero >mnt/fill'
run 0 timeout 30 "$SCRIM" umount mnt
printf '[session]\nmax-sise = 1M\n' >"$XDG_CONFIG_HOME/scrim/session.ini"
run 1 timeout 30 "$SCRIM" mount ws mnt --name u --git none
err_has "unknown key 'max-sise'"
err_is_one_line
exit 0
