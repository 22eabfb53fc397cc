#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Access times, and options of one mount: what is read of the session's own files
# and directories goes by relatime, strictatime, noatime and ro as mount(8) has
# them; the workspace's objects keep theirs; a session keeps no such option.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

atime() {
	do_there "stat -c %.X $1"
}

do_there() {
	$as sh -ec "cd '$m'; $1"
}

# reads NAME yes|no TEXT: reading it moves its atime, or not
reads() {
	was=$(atime "$1")
	sleep 0.05
	do_there "if [ -d $1 ]; then ls $1; else cat $1; fi >/dev/null"
	moved=no
	[ "$(atime "$1")" = "$was" ] || moved=yes
	[ "$moved" = "$2" ] || fail "$w, $3: the atime of $1 moved: $moved"
}

# up [OPTION,...]: mounts the view
up() {
	view mount "$ws" "$m" "$tmp/$w/state" --rules none --git full \
		-o "rw,${1:-}${ALLOW:+,allow_other}"
}

down() {
	view umount "$m" "$tmp/$w/state"
}

check_relatime() {
	up
	do_there "echo new >new; echo more >>old; mkdir dir; ln -s new link"
	reads new yes "first read"
	reads new no "second read"
	reads old yes "first read"
	reads dir yes "first listing"
	reads dir no "second listing"
	reads below no "untouched"
	was=$(atime new)
	down
	up
	[ "$(atime new)" = "$was" ] || fail "an atime is lost at unmount"
	reads new no "relatime, later"
	do_there "touch -a -d '2 days ago' new"
	down
	up relatime
	reads new yes "older than a day"
	do_there "echo new >new2"
	was=$(atime new2)
	sleep 0.05
	do_there "dd if=new2 of=/dev/null iflag=noatime status=none"
	[ "$(atime new2)" = "$was" ] || fail "O_NOATIME does not keep it"
	down
}

check_noatime() {
	up noatime
	do_there "echo more >quiet"
	reads quiet no noatime
	down
	up nodiratime
	do_there "mkdir quietdir"
	reads quiet yes nodiratime
	reads quietdir no nodiratime
	down
}

check_strictatime() {
	up strictatime
	for i in 1 2 3; do
		reads new yes "strictatime, read $i"
		reads dir yes "strictatime, listing $i"
	done
	do_there "echo shorter >old"
	do_there "cat old" >"$tmp/old"
	check_file "$tmp/old" shorter
	down
}

check_readonly() {
	up ro
	reads quietdir no ro
	reads new no ro
	! do_there "touch never" 2>/dev/null || fail "-o ro can be written to"
	down
	up
	do_there "touch again" || fail "-o ro stayed with the session"
	down
}

below_times() {
	stat -c '%n %X %Y %Z' "$ws" "$ws/old" "$ws/below"
}

for w in $who; do
	be "$w"
	fresh "$w/ws" "$w/mnt"
	ws=$tmp/$w/ws m=$tmp/$w/mnt
	$as sh -ec "cd '$ws'; echo old >old; echo below >below;
		touch -d '3 days ago' old below"
	was_below=$(below_times)
	for t in relatime noatime strictatime readonly; do
		"check_$t"
		echo "$w, $t: passed"
	done
	[ "$(below_times)" = "$was_below" ] ||
		fail "the workspace's times changed"
done
