#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A random sequence of operations on a view and on a plain copy of its workspace:
# each must return the same, and at each remount and at the end the trees must be
# the same; each second remount comes after a kill -9 of the daemon, which may
# lose nothing. The workspace may not change by one byte or time. The seed is
# printed;
#
#	MODEL_SEED=N MODEL_OPS=N tests/fs/test_model.sh [root|user]
#
# does the same again. MODEL_SKIP names a file of operations to leave out; with
# MODEL_SHRINK=1 a failing sequence is made shorter by leaving out what is not
# needed, and printed.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

model=$(tool model)
mkws=$(tool mkws)
treedump=$(tool treedump)
# CI tries a change, and not its luck: the same operations each time
seed=${MODEL_SEED:-${CI:+20261124}}
seed=${seed:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
ops=${MODEL_OPS:-50000}
every=${MODEL_EVERY:-5000}

# model_run DIR SKIP: one whole run in $tmp/DIR; its status. Both trees lie in a
# directory of the same file system, into which links may lead.
model_run() {
	fresh "$1" "$1/ws" "$1/ws/t" "$1/p" "$1/p/t" "$1/v"
	$as "$mkws" "$seed" "$tmp/$1/ws/t"
	$as "$mkws" "$seed" "$tmp/$1/p/t"
	$as "$treedump" -x "$tmp/$1/ws" >"$tmp/$1.before"
	view mount "$tmp/$1/ws" "$tmp/$1/v" "$tmp/$1/state" --rules none \
		--git full $view_args
	remount="sh '$tmp/.view.sh' bounce '$tmp/$1/ws' \
		'$tmp/$1/v' '$tmp/$1/state' --rules none --git full $view_args"
	VIEW_AS='' run_status=0
	export VIEW_AS
	$as timeout "${MODEL_SECONDS:-900}" "$model" -S "$seed" -n "$ops" \
		-e "$every" -r "$remount" ${2:+-k "$2"} "$tmp/$1/p/t" \
		"$tmp/$1/v/t" || run_status=$?
	VIEW_AS=$as
	view umount "$tmp/$1/v" "$tmp/$1/state"
	$as "$treedump" -x "$tmp/$1/ws" >"$tmp/$1.after"
	diff -U0 "$tmp/$1.before" "$tmp/$1.after" >&2 || {
		echo "the workspace has changed" >&2
		run_status=1
	}
	return $run_status
}

forget() {
	rm -f "$tmp/$1.before" "$tmp/$1.after"
	chmod -R u+rwX "$tmp/$1" && rm -rf "${tmp:?}/$1"
}

# Leaves out ever smaller pieces as long as the rest still fails.
shrink() {
	: >"$tmp/skip"
	ops=$(sed -n 's/^operation \([0-9]*\) differs.*/\1/p' "$tmp/trace")
	[ -n "$ops" ] || fail "no single operation differs; nothing to shrink"
	ops=$((ops + 1))
	piece=$((ops / 2))
	while [ "$piece" -ge 1 ]; do
		from=0
		while [ "$from" -lt $((ops - 1)) ]; do
			to=$((from + piece - 1))
			[ "$to" -lt $((ops - 1)) ] || to=$((ops - 2))
			{ cat "$tmp/skip"; seq "$from" "$to"; } >"$tmp/try"
			if ! model_run try "$tmp/try" >/dev/null 2>"$tmp/trace2" &&
				grep -q "^operation $((ops - 1)) differs" \
					"$tmp/trace2"; then
				cp "$tmp/try" "$tmp/skip"
				cp "$tmp/trace2" "$tmp/trace"
			fi
			forget try
			from=$((to + 1))
		done
		piece=$((piece / 2))
	done
	sed 's/^/  /' "$tmp/trace" >&2
}

for w in ${1:-$who}; do
	be "$w"
	echo "$w: seed $seed"
	if ! model_run "$w" "${MODEL_SKIP:-}" 2>"$tmp/trace"; then
		cat "$tmp/trace" >&2
		forget "$w"
		[ -z "${MODEL_SHRINK:-}" ] || shrink
		fail "replay: MODEL_SEED=$seed MODEL_OPS=$ops $0 $w"
	fi
	forget "$w"
done
