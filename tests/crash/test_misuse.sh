#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Odd surroundings: locale, umask, HOME, clock, file systems that lack what others
# have, no room, no terminal, closed descriptors. Each either works or is refused
# in one line, and nothing is lost.
. "${srcdir:-.}/tests/lib.sh"

need fuse
mkdir ws mnt
echo one >ws/file

# round NAME [OPTION...]: a whole session, with a look at all that it left
round() {
	name=$1
	shift
	run 0 timeout 30 "$SCRIM" mount ws mnt --name "$name" --git none "$@"
	echo two >mnt/file
	mkdir mnt/d
	echo new >mnt/d/new
	run 0 timeout 30 "$SCRIM" snapshot -s "$name" kept "$@"
	echo three >mnt/file
	run 0 timeout 30 "$SCRIM" umount mnt "$@"
	run 0 "$SCRIM" doctor "$name" "$@"
	run 0 "$SCRIM" status -s "$name" "$@"
	run 0 "$SCRIM" restore -s "$name" kept "$@"
	run 0 "$SCRIM" apply -y -s "$name" "$@"
	check_file ws/file two
	check_file ws/d/new new
	run 0 "$SCRIM" undo -y -s "$name" "$@"
	check_file ws/file one
	run 0 "$SCRIM" doctor "$name" "$@"
	run 0 "$SCRIM" discard -y --forget -s "$name" "$@"
}

# locale and umask
for locale in xx_NONE.UTF-8 C.UTF-8 POSIX ''; do
	LC_ALL=$locale round "l" || fail "locale $locale"
done
for mask in 0 077 0777; do
	(umask "$mask" && run 0 timeout 30 "$SCRIM" mount ws mnt --name u \
		--git none)
	(umask 022 && echo x >mnt/new)
	[ "$(stat -c %a mnt/new)" = 644 ] || fail "umask $mask is not the agent's"
	dir=$(echo "$XDG_STATE_HOME"/scrim/sessions/*)
	[ "$(stat -c %a "$dir")" = 700 ] || fail "mode of the session"
	[ -z "$(find "$dir" -type f -perm /077)" ] || fail "open to others"
	run 0 timeout 30 "$SCRIM" umount mnt
	run 0 "$SCRIM" doctor u
	run 0 "$SCRIM" discard -y -s u
done

# no HOME
(unset HOME XDG_STATE_HOME XDG_CONFIG_HOME
round h --state-dir "$tmp/elsewhere") || fail "no HOME"

# the clock: a session of the future, snapshots in no order
run 0 timeout 30 "$SCRIM" mount ws mnt --name c --git none
echo two >mnt/file
for s in a b c; do
	echo "$s" >mnt/file
	run 0 "$SCRIM" snapshot -s c "$s"
done
dir=$(echo "$XDG_STATE_HOME"/scrim/sessions/*)
touch -d '2099-01-01' "$dir/snap/a/log"
touch -d '1999-01-01' "$dir/snap/c/log"
touch -d '2099-01-01' mnt/file ws/file
run 0 timeout 30 "$SCRIM" umount mnt
sed -i 's/^created = .*/created = 7000000000.000000000/' "$dir/meta.ini"
run 0 "$SCRIM" list
out_has '^[a-z0-9]*  c  *0s '
run 0 "$SCRIM" log -s c
run 0 "$SCRIM" discard --older-than 1d -y
check_out "dropped 0 sessions"
run 0 "$SCRIM" restore -s c --at 2000-01-01
out_has '^restored c;'
run 0 timeout 30 "$SCRIM" mount mnt --session c
check_file mnt/file c
run 0 timeout 30 "$SCRIM" umount mnt
run 0 "$SCRIM" apply -y -s c
check_file ws/file c
echo one >ws/file
run 0 "$SCRIM" discard -y --forget -s c

# a clock that jumps: years between one command and the next, and while a view is
# mounted (its daemon and all others ask this file what time it is)
if command -v faketime >/dev/null; then
	mkdir jump
	cat >jump/scrim <<END
#!/bin/sh
n=\$(wc -l <"$tmp/jump/count")
echo >>"$tmp/jump/count"
for at in -9y +20y -1s +1s -30y +5y; do
	[ "\$((n % 6))" != 0 ] || { printf '%s' "\$at" >"$tmp/jump/clock"; break; }
	n=\$((n + 5))
done
export FAKETIME_TIMESTAMP_FILE="$tmp/jump/clock" FAKETIME_NO_CACHE=1
exec faketime -f '+0' env -u FAKETIME "$SCRIM" "\$@"
END
	chmod +x jump/scrim
	: >jump/count
	(SCRIM=$tmp/jump/scrim && round j) || fail "a clock that jumps"
	[ "$(wc -l <jump/count)" -ge 10 ] || fail "the clock did not jump"
elif [ -n "${CI:-}" ]; then
	skip "no faketime"
else
	echo "no faketime here" >&2
fi

# who started us takes no news of children
if command -v bwrap >/dev/null && bwrap --ro-bind / / true 2>/dev/null; then
	run 3 timeout -s KILL 60 env --ignore-signal=CHLD "$SCRIM" run -q -w ws \
		-n i -- sh -c 'exit 3'
fi
run 0 timeout -s KILL 60 env --ignore-signal=CHLD "$SCRIM" mount ws mnt --name t
run 0 timeout -s KILL 60 env --ignore-signal=CHLD "$SCRIM" umount mnt
for s in $("$SCRIM" list --names); do
	run 0 "$SCRIM" discard -y --forget -s "$s"
done

# nothing to read from, nothing to write to, the terminal gone
run 0 timeout 30 "$SCRIM" mount ws mnt --name t --git none <&- >&- 2>&-
echo two >mnt/file
run 1 "$SCRIM" discard -s t <&-
run 0 "$SCRIM" status -s t <&-
out_has 'file'
run 0 timeout 30 "$SCRIM" umount mnt <&-
# shellcheck disable=SC2016
setsid sh -c 'trap "" HUP; timeout 30 "$1" mount mnt --session t
	kill -HUP 0' sh "$SCRIM" >"$tmp/out" 2>&1 || :
check_file mnt/file two
kill -TERM "$(head -n 1 "$XDG_STATE_HOME"/scrim/sessions/*/lock)"
wait_for 10 sh -c '! timeout 5 stat -f mnt >/dev/null 2>&1' ||
	fail "SIGTERM does not end the daemon"
# confined as it is it may not unmount; the next command does
# shellcheck disable=SC2016
wait_for 10 sh -c '"$SCRIM" list >/dev/null 2>&1
	! grep -q " $0/mnt " /proc/self/mounts' "$tmp" ||
	fail "the dead view stays"
run 0 "$SCRIM" doctor t
run 0 "$SCRIM" discard -y --forget -s t

if [ "$(id -u)" != 0 ]; then
	echo "the file systems are tried by root alone" >&2
	exit 0
fi

# a state directory without reflink and with little room: what does not fit is
# told to the agent, all else goes on
mkdir small
mount -t tmpfs -o size=3m,mode=700 none small
round f --state-dir "$tmp/small"
run 0 timeout 30 "$SCRIM" mount ws mnt --name f --git none \
	--state-dir "$tmp/small"
echo kept >mnt/kept
run 1 sh -c 'cat /dev/zero >mnt/fill'
err_has 'No space left on device'
check_file mnt/kept kept
rm mnt/fill
wait_for 10 sh -c 'cat ws/file >mnt/again 2>/dev/null' || fail "no room again"
run 0 timeout 30 "$SCRIM" umount mnt --state-dir "$tmp/small"
run 0 "$SCRIM" doctor f --state-dir "$tmp/small"
run 0 "$SCRIM" discard -y --forget -s f --state-dir "$tmp/small"
umount small

# no room at all: one line, and nothing is left
mount -t tmpfs -o size=1m,mode=700 none small
cat /dev/zero >small/fill 2>/dev/null || :
for at in small/s small/a/b/c/s; do
	for how in "mount ws mnt" "run -w ws -- true"; do
		# shellcheck disable=SC2086 # words
		run 1 timeout 30 "$SCRIM" ${how%% *} --state-dir "$tmp/$at" ${how#* }
		err_is_one_line
		err_has 'No space left on device'
		[ "$(ls -A small)" = fill ] || fail "$how leaves $(find small)"
	done
done
umount small

# on NAME: a whole session in a state directory on what is mounted at small, and
# one more that its daemon's death ends.
on() {
	echo "on $1"
	[ "$1" = exfat ] || round v --state-dir "$tmp/small/s"
	run 0 timeout 30 "$SCRIM" mount ws mnt --name w --git none \
		--state-dir "$tmp/small/s"
	echo two >mnt/file
	kill -KILL "$(head -n 1 small/s/*/lock)"
	run 0 timeout 30 "$SCRIM" list --state-dir "$tmp/small/s"
	wait_for 20 sh -c '! grep -q " $0/mnt " /proc/self/mounts' "$tmp" ||
		umount -l mnt
	run 0 timeout 30 "$SCRIM" mount mnt --session w \
		--state-dir "$tmp/small/s"
	check_file mnt/file two
	run 0 timeout 30 "$SCRIM" umount mnt --state-dir "$tmp/small/s"
	run 0 "$SCRIM" doctor w --state-dir "$tmp/small/s"
	run 0 "$SCRIM" discard -y --forget -s w --state-dir "$tmp/small/s"
}

# full NAME: the disk is full to the log's last byte, then somebody makes room.
full() {
	echo "full $1"
	run 0 timeout 30 "$SCRIM" mount ws mnt --name full --git none \
		--state-dir "$tmp/small/s"
	long=$(printf 'x%0199d' 0)
	echo kept >mnt/kept
	cat /dev/zero >mnt/fill 2>/dev/null || :
	made=0
	while mkdir "mnt/$long$made" 2>"$tmp/err"; do
		made=$((made + 1))
	done
	err_has "$2"
	check_file mnt/kept kept
	[ "$made" -gt 0 ] || [ "$1" = quota ] || fail "nothing can be made"
	run 0 "$SCRIM" status -s full --state-dir "$tmp/small/s"
	$3
	rm mnt/fill || fail "$1: no room can be made"
	mkdir mnt/after
	echo x >mnt/after/y
	run 0 timeout 30 "$SCRIM" umount mnt --state-dir "$tmp/small/s"
	run 0 "$SCRIM" doctor full --state-dir "$tmp/small/s"
	run 0 timeout 30 "$SCRIM" mount mnt --session full \
		--state-dir "$tmp/small/s"
	check_file mnt/kept kept
	check_file mnt/after/y x
	[ "$(find mnt -name "$long*" | wc -l)" -ge "$made" ] || fail "$1: names are lost"
	run 0 timeout 30 "$SCRIM" umount mnt --state-dir "$tmp/small/s"
	run 0 "$SCRIM" discard -y --forget -s full --state-dir "$tmp/small/s"
}

# image TOOL...: a file system in a loop device, or 1 where this machine has none.
image() {
	rm -f image
	truncate -s 64M image
	"$@" image >/dev/null 2>&1 || fail "$*"
	loop=$(losetup -f --show image 2>/dev/null) || {
		echo "no loop device here" >&2
		return 1
	}
}

# neither reflinks nor extended attributes, and files without a name only by
# another way
if image mkfs.ext2 -q -F -O ^ext_attr; then
	mount "$loop" small
	losetup -d "$loop"	# with the mount
	on ext2
	full ext2 'No space left on device' :
	umount small
fi

# a user's quota: of btrfs, since more kernels have that than ext4's
if command -v mkfs.btrfs >/dev/null; then
	truncate -s 256M image.btrfs
	if mkfs.btrfs -q image.btrfs >/dev/null && mount -o loop image.btrfs small; then
		btrfs quota enable small
		btrfs subvolume create small/s >/dev/null
		btrfs qgroup limit 8M small/s
		more_quota() {
			btrfs qgroup limit 100M small/s
		}
		full quota 'Disk quota exceeded' more_quota
		umount small
	elif [ -n "${CI:-}" ]; then
		skip "no btrfs here"
	fi
elif [ -n "${CI:-}" ]; then
	skip "no btrfs-progs"
else
	echo "no btrfs-progs here" >&2
fi

# no hard links, no symlinks, no modes, names without case
if command -v mount.exfat-fuse >/dev/null; then
	need mkfs.exfat
	if image mkfs.exfat; then
		mount.exfat-fuse -o umask=077 "$loop" small >/dev/null
		losetup -d "$loop"
		run 1 timeout 30 "$SCRIM" mount ws mnt --git none \
			--checkpoint 5m --state-dir "$tmp/small/s"
		err_is_one_line
		err_has 'no checkpoints can be made: .* has no sockets$'
		[ ! -e small/s ] || fail "a session that was refused stays"
		run 0 timeout 30 "$SCRIM" mount ws mnt --name x --git none \
			--state-dir "$tmp/small/s"
		echo two >mnt/file
		for how in "snapshot -s x kept" "apply -y -s x"; do
			# shellcheck disable=SC2086 # words
			run 1 timeout 30 "$SCRIM" $how --state-dir "$tmp/small/s"
			err_is_one_line
			err_has 'without sockets; unmount the view first$'
			check_file ws/file one
		done
		run 0 timeout 30 "$SCRIM" umount mnt --state-dir "$tmp/small/s"
		run 0 "$SCRIM" apply -y -s x --state-dir "$tmp/small/s"
		check_file ws/file two
		run 0 "$SCRIM" undo -y -s x --state-dir "$tmp/small/s"
		run 0 "$SCRIM" discard -y --forget -s x \
			--state-dir "$tmp/small/s"
		on exfat
		umount small
	fi
elif [ -n "${CI:-}" ]; then
	skip "no exfat-fuse"
else
	echo "no exfat-fuse here" >&2
fi

# of another program, across a network as it were: no reflinks, no O_TMPFILE
mkdir net net/upper net/work net/lower
if command -v fuse-overlayfs >/dev/null; then
	fuse-overlayfs -o lowerdir=net/lower,upperdir=net/upper,workdir=net/work \
		small
	on fuse-overlayfs
	fusermount3 -u small
elif [ -n "${CI:-}" ]; then
	skip "no fuse-overlayfs"
fi

# a view of ours of another directory
run 0 timeout 30 "$SCRIM" mount net small --name outer --git none
on "a view"
run 0 timeout 30 "$SCRIM" umount small
run 0 "$SCRIM" doctor outer
exit 0
