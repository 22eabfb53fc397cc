#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A view that is mounted inside a user namespace, by one who is root there and
# nobody outside: cases of tests/fs/posix_*.c must see in it what they see in a
# plain directory. Outside of the namespace it is not there. USERNS_CASES names
# the cases; "" is all of them.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

posix=$(tool posix)
treedump=$(tool treedump)

cases=${USERNS_CASES-open_errors open_create_modes open_append_many open_unlinked
open_tmpfile open_trunc data_write data_holes data_copy_range map_writer
perm_self perm_user_modes acl_default acl_access rename_dir rename_over_deleted
dir_emptied dir_links dir_entries lock_posix meta_utimens meta_xattr
meta_identity name_lengths name_links}

# Inside: mounts, and prints what is seen where.
cat >"$tmp/.inside" <<'END'
set -eu
cd "$1"
top=$1
posix=$2
treedump=$3
shift 3
view() {
	timeout 60 sh "$tmp/.view.sh" "$@"
}
for dir in plain/lower plain/up ws/lower ws/up; do
	"$posix" prepare "$dir" "$@"
done
"$posix" touch plain/up "$@"
"$treedump" -x ws >before
view mount "$top/ws" "$top/mnt" "$top/state" --rules none --git full
grep -q "^[^ ]* $top/mnt fuse.scrim " /proc/self/mounts
mkdir mnt/new
"$posix" prepare mnt/new "$@"
"$posix" prepare plain/new "$@"
"$posix" touch mnt/up "$@"
for kind in new lower up; do
	timeout 200 "$posix" run "plain/$kind" "$@" >"plain.$kind" 2>&1
	timeout 200 "$posix" run "mnt/$kind" "$@" >"view.$kind" 2>&1
done
echo agent >mnt/lower/written
view umount "$top/mnt" "$top/state"
view mount "$top/ws" "$top/mnt" "$top/state"
[ "$(cat mnt/lower/written)" = agent ]
view umount "$top/mnt" "$top/state"
"$treedump" -x ws >after
END

OBS_ALONE=1
export OBS_ALONE tmp
bad=0
for w in $who; do
	be "$w"
	$as unshare -Urm true 2>/dev/null || skip "no user namespaces for unshare"
	for d in new lower up; do
		fresh "$w" "$w/plain" "$w/plain/$d" "$w/ws" "$w/mnt"
		[ "$d" = new ] || fresh "$w/ws/$d"
	done
	VIEW_AS='' VIEW_OWNER=''
	# shellcheck disable=SC2086 # words
	$as unshare -Urm sh "$tmp/.inside" "$tmp/$w" "$posix" "$treedump" \
		$cases || fail "$w: inside"
	for kind in new lower up; do
		[ "$(wc -l <"$w/plain.$kind")" -gt 300 ] ||
			fail "$w: few observations"
		if diff -U1 "$w/plain.$kind" "$w/view.$kind" >"$w/diff"; then
			echo "$w, $kind: $(wc -l <"$w/plain.$kind") equal"
			continue
		fi
		bad=1
		echo "$w, $kind: plain (-) and view (+) differ:" >&2
		head -n 40 "$w/diff" >&2
	done
	diff "$w/before" "$w/after" >&2 || fail "$w: the workspace has changed"
	[ -z "$(ls -A "$w/mnt")" ] || fail "$w: it is seen outside"
done
exit $bad
