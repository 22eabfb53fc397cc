#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is refused: one line on stderr that says what to do, the status that the
# manual tells of, and not a file made, changed or touched, anywhere.
# shellcheck disable=SC2086 # options of bwrap
. "${srcdir:-.}/tests/lib.sh"
need bwrap

mkdir -p ws/sub mnt full
echo hello >ws/file
echo x >full/x
PATH=$tmp/bin:$PATH

# All below $tmp but what the test itself writes and the cache, with times; but
# for those of the directory of sessions, in which one may have come and gone.
run 0 "$SCRIM" scan ws
(umask 077 && mkdir -p state/scrim/sessions)
: >state/scrim/sessions/.lock
look() {
	find . \( -path ./bin -o -path ./home/.cache \) -prune -o \
		-path ./closed -prune -printf '%p %m %T@\n' -o \
		-path ./state/scrim/sessions -print -o ! -name . ! -name out \
		! -name err ! -name 'seen.*' -printf '%p %y %m %s %T@ %l\n' | sort
}

# refused STATUS REGEX COMMAND...
refused() {
	refused_status=$1 refused_text=$2
	shift 2
	look >seen.before
	run "$refused_status" timeout 20 "$@"
	look >seen.after
	check_out ""
	err_is_one_line
	err_has "$refused_text"
	diff -u seen.before seen.after >&2 || fail "changed on disk: $*"
}

mount_refused() {
	refused 1 "$1" "$SCRIM" mount "$2" "$3" ${4:+"$4"}
}

# ---------- directories ----------

mount_refused 'workspace none: No such file' none mnt
mount_refused 'workspace ws/file: Not a directory' ws/file mnt
mount_refused 'none does not exist; make it first: mkdir none' ws none
mount_refused 'is not empty; choose an empty directory' ws full
mount_refused 'lies inside the workspace' ws ws/sub
refused 3 'none: No such file' "$SCRIM" scan none
refused 1 'none' "$SCRIM" run -w none -- true
if [ "$(id -u)" != 0 ]; then
	mkdir closed
	chmod 0 closed
	mount_refused 'workspace closed: Permission denied' closed mnt
	mount_refused 'mount point closed: Permission denied' ws closed
	refused 3 'closed: Permission denied' "$SCRIM" scan closed
	rmdir closed
fi

# ---------- where sessions are kept ----------

refused 1 "the state directory $tmp/ws/a/b lies inside the workspace" \
	"$SCRIM" mount --state-dir="$tmp/ws/a/b" ws mnt
if [ "$(id -u)" != 0 ]; then
	mkdir sealed
	chmod 500 sealed
	refused 1 'sealed/a/b (--state-dir chooses another): Permission denied' \
		"$SCRIM" mount --state-dir="$tmp/sealed/a/b" ws mnt
	rmdir sealed
fi

# ---------- rules ----------

printf 'no rule\n' >broken.ini
mount_refused 'broken.ini:1: ' ws mnt --rules=broken.ini
printf '[x]\nkind = content\nseverity = high\nkeywords = ab\npattern = a(b\n' >regex.ini
mount_refused 'regex.ini:[0-9]*: .*' ws mnt --rules=regex.ini
printf '[x]\npath = a\n# %0400d\nseverity = %0400d\n' 0 0 >long.ini
mount_refused 'long.ini:3: line of 402 bytes' ws mnt --rules=long.ini
printf '[x]\nkind = path\ncolour = red\n' >key.ini
mount_refused 'key.ini:3: .*colour' ws mnt --rules=key.ini
printf '[x]\nkind = content\npattern = ab\nkeywords = ab\n' >word.ini
mount_refused "word.ini:4: keywords: 'ab' is not of 3 to 64 bytes" ws mnt \
	--rules=word.ini
mount_refused '/full: not a plain file' ws mnt --rules=full
for f in broken regex long key word; do
	refused 3 "$f.ini:[0-9]*: " "$SCRIM" scan --rules=$f.ini ws
	refused 1 "$f.ini:[0-9]*: " "$SCRIM" rules --rules=$f.ini -w ws
done

# ---------- what the machine lacks ----------

# A machine of one's own, without the device.
bare="bwrap --bind / / --dev /dev --unshare-user-try --"
if $bare true 2>/dev/null; then
	refused 1 'no view without /dev/fuse: .*: modprobe fuse' \
		$bare "$SCRIM" mount ws mnt
	refused 1 '/dev/fuse.*modprobe fuse' $bare "$SCRIM" run -w ws -- true
fi
need fuse
mkdir bin
for program in sh ls cat env timeout; do
	ln -s "$(command -v $program)" bin/$program
done
# root mounts by itself
[ "$(id -u)" = 0 ] || refused 1 'no view without fusermount3: .*: .*fuse3' \
	env PATH="$tmp/bin" "$SCRIM" mount ws mnt
[ "$(id -u)" = 0 ] || grep -qsx user_allow_other /etc/fuse.conf || refused 1 \
	'-o allow_other is for root alone here.* >>/etc/fuse.conf' \
	"$SCRIM" mount -o ro,allow_other ws mnt
# Without a sandbox there is still the view. Nothing was ever made here before.
ln -s "$(command -v fusermount3)" bin/fusermount3
mkdir fresh
refused 1 'bubblewrap.*scrim mount' env PATH="$tmp/bin" \
	XDG_STATE_HOME="$tmp/fresh" "$SCRIM" run -w ws -- true
refused 1 'no-such-source' env XDG_STATE_HOME="$tmp/fresh" \
	"$SCRIM" import -w ws no-such-source
refused 3 'none: No such file' env XDG_CACHE_HOME="$tmp/fresh" \
	"$SCRIM" scan none
# A namespace in which no other may be made.
if bwrap --unshare-user --ro-bind / / true 2>/dev/null; then
	printf 'echo 0 >/proc/sys/user/max_user_namespaces\nexec "$@"\n' >no-userns
	refused 1 'no sandbox .*max_user_namespaces.*scrim mount DIR MOUNTPOINT' \
		unshare --user --map-root-user sh no-userns env \
		XDG_STATE_HOME="$tmp/fresh" "$SCRIM" run -w ws -- true
fi
refused 1 'bubblewrap.*scrim mount' \
	env PATH="$tmp/bin" "$SCRIM" run -w ws -- true

# ---------- sessions ----------

run 0 timeout 20 "$SCRIM" mount --name one ws mnt
echo more >>mnt/file
mkdir mnt2 mnt3
mount_refused 'a view is mounted at .*/mnt; unmount it first: scrim umount' ws mnt
mount_refused 'a view is no workspace' mnt mnt2
mount_refused 'a session is no workspace' state/scrim/sessions/* mnt2
refused 1 'session one is mounted at .*/mnt; unmount it first: scrim umount' \
	"$SCRIM" mount --session one mnt2
refused 1 'this workspace has a session named one' \
	"$SCRIM" mount --name one ws mnt2
run 0 timeout 20 "$SCRIM" umount mnt
sed -i 's/^format = .*/format = 999/' state/scrim/sessions/*/meta.ini
for command in 'mount --session one mnt' 'status --session one' \
	'diff --session one' 'apply --yes --session one' \
	'discard --yes --session one' 'undo --yes --session one'; do
	refused 1 'made by a newer scrim (format 999' "$SCRIM" $command
done
check_file ws/file hello

# ---------- and as an ordinary user ----------

[ "$(id -u)" = 0 ] || exit 0
need setpriv
mkdir user user/src user/src/tests
cp "$SCRIM" "$builddir/scrim-init" user/
cp -R "$SCRIM_RULES" user/rules
cp "$srcdir/tests/lib.sh" user/src/tests/
cp "$srcdir/tests/integration/test_bad_input.sh" user/test.sh
chmod 755 . user
chmod -R a+rX user
as="setpriv --reuid=65534 --regid=65534 --clear-groups"
# fusermount3 asks /etc/mtab what is mounted, and unmounts nothing without it.
refused 1 'without /etc/mtab; as root: ln -s ../proc/self/mounts /etc/mtab' \
	env SCRIM_RULES="$tmp/user/rules" unshare --mount sh -c "
		mount -t tmpfs none /etc
		exec $as '$tmp/user/scrim' mount --state-dir '$tmp/none' ws mnt"
env SCRIM="$tmp/user/scrim" SCRIM_RULES="$tmp/user/rules" TMPDIR=/tmp \
	srcdir="$tmp/user/src" builddir="$tmp/user" HOME=/ \
	$as sh "$tmp/user/test.sh"
