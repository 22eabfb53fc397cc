# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
#
# For tests of the commands on changes: a workspace, and an agent that works in a
# mounted view of it. Sourced after lib.sh.

# agent NAME <<SCRIPT: makes or goes on with the session NAME, runs the script in
# the view, unmounts. The workspace is ws, with the rule that hides secret*.
agent() {
	cat >"$tmp/.script"
	mkdir -p mnt
	run 0 timeout 30 "$SCRIM" mount ws mnt \
		"$(agent_option "$1")$1" --hide 'secret*'
	(cd mnt && sh -eu "$tmp/.script") || fail "the agent failed"
	run 0 timeout 30 "$SCRIM" umount mnt
}

agent_option() {
	if "$SCRIM" list --names | grep -qx "$1"; then
		echo --session=
	else
		echo --name=
	fi
}

# json EXPRESSION: what python3 makes of the last output, as "d".
json() {
	python3 -c "import json,sys; d=json.load(open('$tmp/out')); print($1)"
}
