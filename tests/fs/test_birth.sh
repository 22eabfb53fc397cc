#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The time of birth (statx(2)) as a local file system has it: the workspace's for
# what comes from there, copied up, renamed and mounted again or not; that of the
# making for what is new; always there for a hard link's names alike. Without an
# operation of libfuse for it (before 3.18) or in the kernel (before 6.6) there is
# none, and that is said, not made up.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

do_there() {
	$as sh -ec "cd '$m'; $1"
}

# birth DIR NAME: with nanoseconds, "-" for none
birth() {
	$as stat -c %w "$1/$2"
}

# same NAME [NAME-IN-THE-WORKSPACE]
same() {
	[ "$(birth "$m" "$1")" = "$(birth "$ws" "${2:-$1}")" ] ||
		fail "$w, $t: $1: born $(birth "$m" "$1") in the view," \
			"$(birth "$ws" "${2:-$1}") in the workspace"
}

up() {
	view mount "$ws" "$m" "$tmp/$w/state" --rules none --git full \
		${ALLOW:+-o allow_other}
}

down() {
	view umount "$m" "$tmp/$w/state"
}

check_untouched() {
	for f in . plain dir dir/inner link h1 h2 pipe; do
		same "$f"
	done
}

check_copied() {
	do_there "echo more >>plain; echo more >>dir/inner; chmod 600 h1
		echo 1 >dir/one; mv moved was-moved; mv deep was-deep"
	for f in . plain dir dir/inner h1 h2; do
		same "$f"
	done
	same was-moved moved
	same was-deep deep
	same was-deep/below deep/below
}

check_new() {
	before=$(date +%s)
	do_there "echo 1 >new; mkdir newdir; ln -s x newlink"
	after=$(($(date +%s) + 1))
	for f in new newdir newlink; do
		at=$($as stat -c %W "$m/$f")
		[ "$at" -ge "$((before - 1))" ] && [ "$at" -le "$after" ] ||
			fail "$w: $f, made from $before to $after, is of $at"
	done
	birth "$m" new >"$tmp/$w/new"
	do_there "sleep 0.05; echo 2 >>new; mv new newer; chmod 600 newer
		touch -d 2001-01-01 newer"
	birth "$m" newer | diff "$tmp/$w/new" - || fail "$w: the birth moved"
}

check_remounted() {
	down
	up
	birth "$m" newer | diff "$tmp/$w/new" - ||
		fail "$w: another birth after a mount"
	for f in . plain dir dir/inner h1 h2 link; do
		same "$f"
	done
	same was-moved moved
}

# A file of the workspace's that others put in its place.
check_replaced() {
	$as sh -ec "cd '$ws'; echo other >other; mv other replaced"
	# shellcheck disable=SC2086 # words of a command
	wait_for 10 $as grep -q other "$m/replaced" || fail "$w: it is not followed"
	same replaced
}

has_birth() {
	grep -q '^#define HAVE_FUSE_STATX_OP' "$builddir/config.h" || return 1
	kernel=$(uname -r)
	major=${kernel%%.*} minor=${kernel#*.}
	minor=${minor%%[!0-9]*}
	[ "$major" -gt 6 ] || { [ "$major" = 6 ] && [ "$minor" -ge 6 ]; }
}

for w in $who; do
	be "$w"
	fresh "$w/ws" "$w/mnt"
	ws=$tmp/$w/ws m=$tmp/$w/mnt
	$as sh -ec "cd '$ws'; mkdir -p dir deep/below; echo p >plain
		echo i >dir/inner; ln -s plain link; echo h >h1; ln h1 h2
		echo m >moved; mkfifo pipe; echo r >replaced
		sleep 0.05; chmod 640 plain moved; touch dir/inner"
	up
	t=all
	if ! has_birth; then
		[ "$(birth "$m" plain)" = - ] || fail "a birth made up"
		echo "$w: without times of birth, which this libfuse or" \
			"kernel does not ask for"
		down
		continue
	fi
	for t in untouched copied new remounted replaced; do
		"check_$t"
		echo "$w, $t: passed"
	done
	down
done
