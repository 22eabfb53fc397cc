#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What holds the daemon of a mounted view, looked at from outside: the kernel's
# word on the live process (rows 7 and 86 of the list of threats), then doctor's.
# What Landlock refuses is tried in tests/unit/test_confine.c.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

status_of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$daemon/status"
}

check_daemon() {
	[ "$(status_of NoNewPrivs)" = 1 ] || fail "$1: it may gain privileges"
	# not dumpable: its files in /proc are root's, whoever's process it is
	[ "$(stat -c %u "/proc/$daemon/environ")" = 0 ] ||
		fail "$1: it is dumpable"
	[ "$(sed -n 's/^Max core file size *\([0-9a-z]*\) .*/\1/p' \
		"/proc/$daemon/limits")" = 0 ] || fail "$1: it may leave a core"
	[ "$(id -u)" != 0 ] ||
		[ "$(readlink "/proc/$daemon/cwd")" = / ] ||
		fail "$1: its current directory is not /"
}

# As an ordinary user: nothing of it can be read.
check_from_outside() {
	for f in environ mem maps fd root cwd; do
		! $as cat "/proc/$daemon/$f" >/dev/null 2>&1 ||
			fail "user: /proc/PID/$f can be read"
		! $as ls "/proc/$daemon/fd/" >/dev/null 2>&1 ||
			fail "user: its descriptors can be listed"
	done
}

for w in $who; do
	be "$w"
	fresh "$w" "$w/ws" "$w/mnt"
	echo FAKE >"$tmp/$w/ws/.env"
	view mount "$tmp/$w/ws" "$tmp/$w/mnt" "$tmp/$w/state" --git none \
		$view_args
	set -- "$tmp/$w"/state/s/*/meta.ini "$tmp/$w"/state/s/*/*/meta.ini
	[ -e "$1" ] || shift
	dir=$(dirname "$1")
	daemon=$(tr -cd '0-9\n' <"$dir/lock" | head -n 1)
	[ -d "/proc/$daemon" ] || fail "no process id in the lock"
	check_daemon "$w"
	[ "$w" = root ] || check_from_outside
	$as env HOME="$tmp/$w" "$SCRIM" doctor \
		--state-dir "$tmp/$w/state/s" >"$tmp/out" 2>"$tmp/err" || :
	if grep -q '^ok  *landlock ' "$tmp/out"; then
		out_has '^ok  *daemon  *1 mounted: landlock, no_new_privs, no core'
	else
		out_has '^weak  *daemon .*not held by: landlock$'
	fi
	view umount "$tmp/$w/mnt" "$tmp/$w/state"
done
