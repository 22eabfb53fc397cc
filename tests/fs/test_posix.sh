#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The cases of tests/fs/posix_*.c on a plain directory and in a view, as root and
# as an ordinary user: on objects made in the view, on objects of the workspace
# as they are, and on such as were copied up before. All lines must be the same.
# Names of cases as arguments: only those.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

posix=$(tool posix)
treedump=$(tool treedump)
bad=0

prepare() {
	fresh "$1/plain/new" "$1/plain/lower" "$1/plain/up" "$1/ws" \
		"$1/ws/lower" "$1/ws/up" "$1/mnt"
	for dir in plain/new plain/lower plain/up ws/lower ws/up; do
		$as "$posix" prepare "$tmp/$1/$dir" $cases
	done
	$as "$posix" touch "$tmp/$1/plain/up" $cases
	$as "$treedump" -x "$tmp/$1/ws" >"$tmp/$1/before"
}

compare() {
	$as timeout 240 "$posix" run "$tmp/$1/plain/$2" $cases \
		>"$tmp/$1/plain.$2" 2>&1 || fail "the cases cannot be run"
	$as timeout 240 "$posix" run "$tmp/$1/mnt/$2" $cases \
		>"$tmp/$1/view.$2" 2>&1 || bad=1
	[ "$(wc -l <"$tmp/$1/plain.$2")" -gt 0 ] || fail "no observations"
	if diff -U1 "$tmp/$1/plain.$2" "$tmp/$1/view.$2" >"$tmp/$1/diff.$2"; then
		echo "$1, $2: $(wc -l <"$tmp/$1/plain.$2") observations are equal"
		return
	fi
	bad=1
	echo "$1, objects of kind '$2': plain (-) and view (+) differ:" >&2
	head -n "${POSIX_LINES:-60}" "$tmp/$1/diff.$2" | tail -n +3 >&2
}

cases=$*
for w in $who; do
	be "$w"
	prepare "$w"
	view mount "$tmp/$w/ws" "$tmp/$w/mnt" "$tmp/$w/state" --rules none \
		--git full $view_args
	$as mkdir "$tmp/$w/mnt/new"
	$as "$posix" prepare "$tmp/$w/mnt/new" $cases
	$as "$posix" touch "$tmp/$w/mnt/up" $cases
	for kind in new lower up; do
		compare "$w" "$kind"
	done
	view umount "$tmp/$w/mnt" "$tmp/$w/state"
	$as "$treedump" -x "$tmp/$w/ws" >"$tmp/$w/after"
	diff -U0 "$tmp/$w/before" "$tmp/$w/after" >&2 ||
		fail "the workspace has changed"
done
exit $bad
