#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The screens of scrim review as text, as they stand in man/review-screens.txt:
#
#	sh contrib/screenshots.sh [SCRIM] >man/review-screens.txt
#
# A session is made in a directory of its own, and the review is shown in a real
# terminal (tmux) of 80x24 and of 200x60. tests/cli/test_screenshots.sh fails
# where the file is not what this prints.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
scrim=${1:-scrim}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/scrim-screens.XXXXXX")
number=0
tmux="tmux -u -S $tmp/tmux.0 -f /dev/null"
cleanup() {
	$tmux kill-server 2>/dev/null || :
	fusermount3 -u -z "$tmp/mnt" 2>/dev/null ||
		umount -l "$tmp/mnt" 2>/dev/null || :
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

HOME=$tmp/home
XDG_STATE_HOME=$tmp/state
export HOME XDG_STATE_HOME
unset XDG_CONFIG_HOME XDG_CACHE_HOME NO_COLOR SCRIM_STATE || :
umask 022
mkdir -p "$HOME" "$tmp/ws/src" "$tmp/mnt"
cd "$tmp/ws"
cat >src/main.c <<'END'
#include "greet.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	printf("hello %s\n", argv[1]);
	return 0;
}
END
seq 40 >numbers.txt
echo 'to be done' >notes.txt

"$scrim" mount "$tmp/ws" "$tmp/mnt" --name greeter --git none >"$tmp/out" 2>&1
cd "$tmp/mnt"
sed -i 's/return 1;/return usage();/;s/hello %s/good morning, %s!/' src/main.c
sed -i 's/^7$/seven/;s/^30$/thirty/' numbers.txt
rm notes.txt
mkdir -p .github/workflows node_modules
printf 'on: push\njobs:\n  all:\n    runs-on: ubuntu-latest\n' \
	>.github/workflows/ci.yml
for i in $(seq 40); do echo "module.exports = $i" >"node_modules/m$i.js"; done
cd "$tmp"
"$scrim" umount "$tmp/mnt" >"$tmp/out" 2>&1

# It is there, and nothing is being painted any more.
screen() {
	$tmux capture-pane -p >"$tmp/screen"
	grep -q -e "$1" "$tmp/screen" || return 1
	sleep 0.1
	$tmux capture-pane -p >"$tmp/again"
	cmp -s "$tmp/screen" "$tmp/again"
}
wait_for() {
	n=0
	until screen "$1"; do
		n=$((n + 1))
		[ "$n" -lt 400 ] || { cat "$tmp/screen" >&2; exit 1; }
		sleep 0.05
	done
}
shot() {
	printf '\n%s\n\n' "$1"
	sed 's/[ ]*$//;s/^/    /;s/[ ]*$//' "$tmp/screen"
}
start() {
	# A server that is going away would take the next with it.
	$tmux kill-server 2>/dev/null || :
	number=$((number + 1))
	tmux="tmux -u -S $tmp/tmux.$number -f /dev/null"
	$tmux new-session -d -x "$1" -y "$2" \
		"cd $tmp/ws && TERM=screen-256color '$scrim' review"
	# only when all was looked into: that would come in between
	wait_for ' dangerous change was found in what was written'
	$tmux send-keys / main.c Enter
	wait_for '^>[~y ]*M  *main.c'
}

echo 'The screens of scrim review, made by contrib/screenshots.sh.'
start 80 24
$tmux send-keys Enter y
wait_for ' 1 taken'
shot 'In a terminal of 80 columns and 24 lines, the one hunk of src/main.c taken:'
$tmux send-keys q
wait_for 'the review ends'
shot 'The end of the review:'
$tmux send-keys q '?'
wait_for 'take this hunk and all after it'
shot 'The keys:'
$tmux send-keys q Q
start 200 60
$tmux send-keys '|'
wait_for '-.*return 1;.*return usage();'
shot 'In 200 columns and 60 lines, old and new side by side:'
$tmux send-keys Q
