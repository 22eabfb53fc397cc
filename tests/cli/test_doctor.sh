#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage doctor

# What the machine has decides; the form does not, nor the rule of the status.
got=0
"$SCRIM" doctor >out 2>err || got=$?
check_err ""
want=0
grep -q '^missing ' out && want=1
[ "$got" = "$want" ] || fail "status $got, not $want"
[ "$(grep -Ec '^(ok|slow|weak|missing) +[a-z0-9-]+  ' out)" = 13 ] ||
	fail "not thirteen checks: $(cat out)"
grep -Evq -e '^(ok|slow|weak|missing) +[a-z0-9-]+  .' -e '^ {26}# .' out &&
	fail "odd line: $(cat out)"

got=0
"$SCRIM" doctor --json >json 2>err || got=$?
[ "$got" = "$want" ] || fail "status $got with --json"
[ "$(grep -c '"check": ' json)" = 13 ] || fail "not thirteen objects"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(sys.stdin)' <json ||
		fail "no JSON"
fi

# What is missing is said, with what mends it.
mkdir empty
run 1 env PATH="$tmp/empty" "$SCRIM" doctor
out_has '^missing  *bubblewrap '
out_has '^ *# .*bubblewrap$'

# It changes nothing, and looks where the sessions are to be.
run 1 env PATH="$tmp/empty" "$SCRIM" doctor --state-dir="$tmp/deep/er"
[ ! -e deep ] || fail "doctor made a directory"
out_has " state-dir  *${tmp}[: ]"
if [ "$(id -u)" != 0 ]; then
	mkdir closed
	chmod 500 closed
	run 1 "$SCRIM" doctor --state-dir="$tmp/closed"
	out_has "^missing  *state-dir .*cannot be written"
fi

# What holds for the daemon of a view.
"$SCRIM" doctor >out 2>err || :
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	out_has '^ok  *daemon  *no view is mounted now$'
	mkdir ws mnt
	run 0 timeout 60 "$SCRIM" mount ws mnt
	"$SCRIM" doctor >out 2>err || :
	if grep -q '^ok  *landlock ' out; then
		out_has '^ok  *daemon  *1 mounted: landlock, no_new_privs'
	else
		out_has '^weak  *daemon .*not held by: landlock$'
	fi
	run 0 timeout 60 "$SCRIM" umount mnt
fi
