#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A process in the view that wants what is hidden (rows 2-5, 15, 17, 21-31, 39,
# 59, 60 and 70-75 of the list of threats): first on a workspace at rest, of which
# not a byte may change, then while the user works in it. ATTACK_SECONDS is how
# long each race is run; ATTACK_SEED makes the planted secrets.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

attack=$(tool attack)
treedump=$(tool treedump)
seconds=${ATTACK_SECONDS:-3}
seed=${ATTACK_SEED:-$$}
bad=0

begin() {
	fresh "$1" "$1/ws" "$1/mnt"
	$as "$attack" plant "$tmp/$1/ws" "$seed" || fail "cannot plant"
	if [ -z "$as" ] && [ "$(id -u)" = 0 ]; then
		mount -t tmpfs tmpfs "$tmp/$1/ws/other"
		cp "$tmp/$1/ws/.env" "$tmp/$1/ws/other/other.txt"
	fi
	view mount "$tmp/$1/ws" "$tmp/$1/mnt" "$tmp/$1/state" --git none \
		--hide .env --hide '*.hid' --hide secrets/ $view_args
}

end() {
	view umount "$tmp/$1/mnt" "$tmp/$1/state"
	[ ! -e "$tmp/$1/ws/other/other.txt" ] || umount "$tmp/$1/ws/other"
}

attack_it() {
	$as timeout 280 "$attack" view "$tmp/$1/mnt" "$seed" "$seconds" \
		>"$tmp/$1.out" 2>&1 || bad=1
	cat "$tmp/$1.out"
	grep -q '^attacks [1-9][0-9]* leaks 0$' "$tmp/$1.out" || bad=1
}

# What the daemon wrote down must not hold a secret outside the session's data.
no_secret_in_logs() {
	! grep -rqa "CANARY-FAKE" "$tmp/$1/state/said" \
		"$tmp/$1/state"/s/*/audit.jsonl \
		"$tmp/$1/state"/s/*/*/audit.jsonl 2>/dev/null ||
		fail "a secret is in a log"
}

for w in $who; do
	be "$w"
	echo "$w, workspace at rest:"
	begin "$w-rest"
	$as "$treedump" -x "$tmp/$w-rest/ws" >"$tmp/before"
	attack_it "$w-rest"
	$as "$treedump" -x "$tmp/$w-rest/ws" >"$tmp/after"
	diff -U0 "$tmp/before" "$tmp/after" >&2 ||
		fail "the workspace has changed"
	no_secret_in_logs "$w-rest"
	end "$w-rest"

	echo "$w, user at work:"
	begin "$w-busy"
	$as "$attack" host "$tmp/$w-busy/ws" "$seed" $((seconds * 4 + 10)) &
	host=$!
	attack_it "$w-busy"
	kill "$host" 2>/dev/null || :
	wait "$host" || :
	no_secret_in_logs "$w-busy"
	end "$w-busy"
done
exit $bad
