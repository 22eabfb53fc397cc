#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A process in the view that wants what is hidden (rows 2-5, 15, 17, 21-31, 39,
# 59, 60 and 70-75 of the list of threats): first on a workspace at rest, of which
# not a byte may change, then while the user works in it, then the same inside the
# sandbox of scrim run. ATTACK_SECONDS is how long each race is run (60 is the long
# variant); ATTACK_SEED makes the planted secrets.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

attack=$(tool attack)
treedump=$(tool treedump)
cp "$builddir/scrim-init" "$tmp/"
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
	$as timeout $((seconds * 4 + 200)) "$attack" view "$tmp/$1/mnt" "$seed" "$seconds" \
		>"$tmp/$1.out" 2>&1 || bad=1
	cat "$tmp/$1.out"
	grep -q '^attacks [1-9][0-9]* leaks 0$' "$tmp/$1.out" || bad=1
}

# The user begins when the view is there: of what was hidden before a mount, and
# lost its name, nobody can know.
in_run() {
	in_dir=$tmp/$1
	fresh "$1" "$1/work" "$1/home" "$1/state"
	$as "$attack" plant "$in_dir/work" "$seed" || fail "cannot plant"
	$as cp "$attack" "$in_dir/work/.t-attack"
	mkfifo "$in_dir/in" "$in_dir/out"
	[ -z "$owner" ] || chown "$owner" "$in_dir/in" "$in_dir/out"
	$as env HOME="$in_dir/home" XDG_CACHE_HOME="$in_dir/home" \
		XDG_CONFIG_HOME="$in_dir/home" \
		timeout $((seconds * 4 + 200)) "$SCRIM" run -q --git none \
		--state-dir "$in_dir/state" -w "$in_dir/work" --hide .env \
		--hide '*.hid' --hide secrets/ -- sh -c 'echo up; read -r go
			export ASAN_OPTIONS="$3"
			exec ./.t-attack view . "$1" "$2"' \
		sh "$seed" "$seconds" "$ASAN_OPTIONS" \
		<"$in_dir/in" >"$in_dir/out" 2>&1 &
	in_pid=$!
	exec 5>"$in_dir/in" 6<"$in_dir/out"
	read -r in_up <&6 || :
	[ "$in_up" = up ] || fail "scrim run: $in_up"
	$as "$attack" host "$in_dir/work" "$seed" $((seconds * 4 + 10)) &
	host=$!
	echo go >&5
	cat <&6 >"$tmp/$1.out"
	exec 5>&- 6<&-
	kill "$host" 2>/dev/null || :
	wait "$host" || :
	wait "$in_pid" || :
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

	if bwrap --unshare-user --ro-bind / / true 2>/dev/null; then
		echo "$w, in the sandbox, user at work:"
		in_run "$w-run"
	elif [ -n "${CI:-}" ]; then
		fail "no user namespaces for the sandbox"
	fi
done
exit $bad
