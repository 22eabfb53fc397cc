#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded by the inner shell
. "${srcdir:-.}/tests/lib.sh"

check_usage mount

mkdir -p ws/sub mnt
echo hello >ws/file
echo "KEY=FAKE-EXAMPLE" >ws/.env
echo inner >ws/sub/inner

# ---------- refused, with one line, and nothing changed on disk ----------

# refuse STATUS TEXT ARGUMENT...: of scrim mount
refuse() {
	refuse_status=$1 refuse_text=$2
	shift 2
	run "$refuse_status" "$SCRIM" mount "$@"
	check_out ""
	err_is_one_line
	grep -q -F -e "$refuse_text" err || fail "$(cat err)
does not say: $refuse_text"
	[ -z "$(find state -type f ! -name .lock ! -path '*/keep/*')" ] ||
		fail "left something: $(find state)"
}

# Usage needs no device.
refuse 2 "an operand is missing: [DIR] MOUNTPOINT; see scrim mount --help"
refuse 2 "an operand is missing: DIR MOUNTPOINT" mnt
refuse 2 "one operand too many: 'x'" ws mnt x
refuse 2 "unknown mount option 'colour'; see scrim mount --help" \
	-o ro,colour ws mnt
refuse 2 "option '--git': 'some' is none of" --git=some ws mnt
refuse 2 "unknown mount option 'norw'" -o norw ws mnt
refuse 2 "'max_read': 'much' is not a size" -o max_read=much ws mnt
refuse 2 "option '--name' needs a value: NAME" ws mnt --name

refuse 1 "workspace nonesuch: No such file" nonesuch mnt
refuse 1 "workspace ws/file: Not a directory" ws/file mnt
refuse 1 "mount point nonesuch does not exist" ws nonesuch
refuse 1 "mount point ws/file: Not a directory" ws ws/file
refuse 1 "lies inside the workspace" ws ws/sub
refuse 1 "lies inside the workspace" ws ws
refuse 1 "lies inside the mount point" ws .
mkdir full
echo x >full/x
refuse 1 "is not empty; choose an empty directory" ws full
refuse 1 "cannot be a session's name" --name ../x ws mnt
refuse 1 "no session 'nonesuch'" --session=nonesuch mnt
refuse 1 "lies inside the workspace; choose one outside" \
	--state-dir=ws/st ws mnt
[ ! -e ws/st ] || fail "state directory made in the workspace"
printf 'not a rule file\n' >broken.ini
refuse 1 "broken.ini:1: " --rules=broken.ini ws mnt
printf '[rule x]\npath = a(\n%0400d = 1\n' 0 >long.ini
refuse 1 "long.ini:3: " --rules=long.ini ws mnt
refuse 1 "nonesuch.ini" --rules=nonesuch.ini ws mnt
if [ "$(id -u)" != 0 ]; then
	mkdir closed
	chmod 0 closed
	refuse 1 "workspace closed: Permission denied" closed mnt
	refuse 1 "mount point closed: Permission denied" ws closed
fi
rmdir mnt
mkdir mnt

# ---------- mounted ----------

need fuse
cp -a ws before

run 0 timeout 20 "$SCRIM" mount --name one ws mnt
check_err "scrim: git: no repository in the workspace"
check_out "session one: $tmp/ws is shown at $tmp/mnt"
[ "$(cat mnt/file)" = hello ] || fail "content"
[ "$(stat -c '%i %Y %s' mnt/file)" = "$(stat -c '%i %Y %s' ws/file)" ] ||
	fail "attributes differ"
[ ! -e mnt/.env ] || fail ".env is there"
! find mnt | grep -q '\.env$' || fail ".env is listed"
echo more >>mnt/file
mkdir mnt/new
echo n >mnt/new/n
mv mnt/sub mnt/moved
check_file mnt/moved/inner inner
same_tree ws before
# What is changed below an untouched name is seen.
echo late >ws/late
wait_for 5 test -e mnt/late || fail "a new file of the workspace is not seen"
rm ws/late

run 0 "$SCRIM" list
out_has "  one  .* mounted  *$tmp/ws at $tmp/mnt$"

# Twice, and what must not be nested.
run 1 timeout 20 "$SCRIM" mount ws mnt
err_is_one_line
err_has "a view is mounted at $tmp/mnt; unmount it first: scrim umount $tmp/mnt"
mkdir mnt2
run 1 timeout 20 "$SCRIM" mount mnt/new mnt2
err_is_one_line
err_has "a view is no workspace"
run 1 timeout 20 "$SCRIM" mount --name one ws mnt2
err_has "this workspace has a session named one"
run 1 timeout 20 "$SCRIM" mount --session one mnt2
err_is_one_line
err_has "session one is mounted at $tmp/mnt; unmount it first: scrim umount $tmp/mnt"
id=$(echo state/scrim/sessions/????????)
run 1 timeout 20 "$SCRIM" mount "$id" mnt2
err_is_one_line
err_has "inside the state directory of scrim; a session is no workspace"

# From within the view the session is found.
run 0 sh -c 'cd mnt/new && "$SCRIM" list'

run 0 timeout 20 "$SCRIM" umount mnt
check_out ""
check_err ""
[ -z "$(ls -A mnt)" ] || fail "still mounted"
run 0 "$SCRIM" list
out_has "  one  .* idle  *$tmp/ws$"

# It goes on.
run 0 timeout 20 "$SCRIM" mount --session one --json mnt
out_has '"name": "one"'
out_has "\"mountpoint\": \"$tmp/mnt\""
check_file mnt/file "hello
more"
run 0 timeout 20 "$SCRIM" umount --session one
run 1 timeout 20 "$SCRIM" mount --session one mnt2 mnt
err_has "is of the workspace $tmp/ws, not of $tmp/mnt2"
run 1 timeout 20 "$SCRIM" mount --session one --name two mnt
err_has "keeps its name"

# It goes on at once where its daemon was killed and is not quite gone.
run 0 timeout 20 "$SCRIM" mount --session one mnt
for i in 1 2 3 4 5 6 7 8 9 10; do
	echo "$i" >"mnt/killed$i"
	kill -9 "$(daemon_of one)"
	run 0 timeout 20 "$SCRIM" mount --session one mnt
	check_file "mnt/killed$i" "$i"
done
run 0 timeout 20 "$SCRIM" umount mnt

# The options of the last mount go on, and can be overridden.
run 0 timeout 20 "$SCRIM" mount --name opt --hide file --git none ws mnt
[ ! -e mnt/file ] || fail "--hide"
run 0 timeout 20 "$SCRIM" umount mnt
run 0 timeout 20 "$SCRIM" mount --session opt mnt
[ ! -e mnt/file ] || fail "--hide was forgotten"
run 0 timeout 20 "$SCRIM" umount mnt

# What the manual names is taken.
for words in ro rw sync async dirsync suid,nosuid dev,nodev exec,noexec \
	atime,noatime,relatime,strictatime,nodiratime max_read=64k,max_threads=1; do
	run 0 timeout 20 "$SCRIM" mount --name words -o "$words" ws mnt
	check_err "scrim: git: no repository in the workspace"
	check_file mnt/file hello
	run 0 timeout 20 "$SCRIM" umount mnt
	run 0 "$SCRIM" discard --yes --session words
done

# -f serves in the foreground.
timeout 60 "$SCRIM" mount -f ws mnt >served 2>&1 &
server=$!
wait_for 10 test -e mnt/file || fail "foreground: $(cat served)"
run 0 timeout 20 "$SCRIM" umount mnt
wait "$server" || fail "foreground ended with $?: $(cat served)"

# A view that nobody can be told of is a view.
for to in '>&-' '>/dev/full' '--json >/dev/full'; do
	[ -e /dev/full ] || break
	run 0 timeout 20 sh -c "\"\$SCRIM\" mount ws mnt $to"
	err_has '^scrim: warning: the view is mounted, though the output cannot'
	check_file mnt/file hello
	run 0 timeout 20 "$SCRIM" umount mnt
done
timeout 20 "$SCRIM" mount ws mnt >&- 2>&- <&- || fail "all streams closed"
run 0 timeout 20 "$SCRIM" umount mnt
# Whoever waits for the end of the pipe is not kept waiting by the daemon.
timeout 20 sh -c 'out=$("$SCRIM" mount ws mnt 2>&1 7>&1) && [ -n "$out" ]' ||
	fail "in a substitution"
run 0 timeout 20 "$SCRIM" umount mnt

# ---------- mount.scrim ----------

ln -s "$SCRIM" mount.scrim
run 1 ./mount.scrim ws
err_has '^usage: mount.scrim '
run 1 ./mount.scrim ws mnt -o colour
err_has "^scrim: unknown mount option 'colour'"
run 32 ./mount.scrim nonesuch mnt
err_is_one_line
err_has '^scrim: workspace nonesuch: '
run 0 ./mount.scrim ws mnt -f -o rw,name=fake
[ -z "$(ls -A mnt)" ] || fail "-f mounted"
run 0 timeout 20 ./mount.scrim ws mnt -s -n -o \
	"colour,defaults,noauto,x-foo=1,nosuid,session=fstab,state_dir=$tmp/st2"
[ "$(cat mnt/file)" = hello ] || fail "mount.scrim: content"
echo kept >mnt/kept
run 0 timeout 20 "$SCRIM" umount --state-dir st2 mnt
run 0 timeout 20 ./mount.scrim ws mnt -o "session=fstab,state_dir=st2"
check_file mnt/kept kept
run 0 timeout 20 "$SCRIM" umount --state-dir st2 mnt
run 0 "$SCRIM" list --state-dir=st2 --names
check_out fstab

# mount(8) itself, where root may put a helper into its place.
if [ "$(id -u)" = 0 ] && [ -n "${CI:-}" ] && [ ! -e /sbin/mount.scrim ]; then
	ln -s "$SCRIM" /sbin/mount.scrim
	got=0
	timeout 20 mount -t scrim "$tmp/ws" "$tmp/mnt" -o \
		"name=eight,state_dir=$tmp/st3" 2>err || got=$?
	rm -f /sbin/mount.scrim
	[ "$got" = 0 ] || fail "mount -t scrim: $got $(cat err)"
	[ "$(cat mnt/file)" = hello ] || fail "mount -t scrim: content"
	run 0 timeout 20 umount "$tmp/mnt"
fi
same_tree ws before
