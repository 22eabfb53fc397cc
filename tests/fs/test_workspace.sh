#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The workspace changes under a session: what the agent did not touch follows
# within a second, what it did stays; nothing hangs or stays stale. Several
# sessions on one workspace, sessions and workspaces on other file systems, and
# directories of many entries.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

be "${who%% *}"
treedump=$(tool treedump)

# up NAME [ARG...]: a view $tmp/NAME of $tmp/ws
up() {
	up_name=$1
	shift
	fresh "$up_name"
	view mount "${workspace:-$tmp/ws}" "$tmp/$up_name" \
		"${state_at:-$tmp}/state-$up_name" --rules none --git full "$@"
}

down() {
	view umount "$tmp/$1" "${state_at:-$tmp}/state-$1"
}

# Within a second, by forty looks and more where the machine has other things to do.
follows() {
	wait_for 4 "$@" || fail "the view did not follow: $*"
}

holds() {
	[ "$(timeout 10 cat "$1" 2>&1)" = "$2" ]
}

lists() {
	[ "$(timeout 10 ls "$1" 2>&1 | tr '\n' ' ')" = "$2" ]
}

is() {
	[ "$(timeout 10 stat -c %F "$1" 2>&1)" = "$2" ]
}

has_mode() {
	[ "$(timeout 10 stat -c %a "$1" 2>&1)" = "$2" ]
}

gone() {
	! timeout 10 stat "$1" >/dev/null 2>&1
}

test_untouched_follows() {
	mkdir -p ws/d/sub ws/old ws/type
	echo one >ws/a
	echo one >ws/d/a
	echo one >ws/d/sub/a
	echo one >ws/old/a
	echo one >ws/type/file
	mkdir ws/type/dir
	up v
	for f in a d/a d/sub/a old/a type/file; do
		holds "v/$f" one || fail "v/$f does not read"
	done
	ls -lR v >/dev/null
	gone v/new || fail "v/new is there"

	echo two >ws/a
	follows holds v/a two
	echo three, longer >ws/.tmp
	mv ws/.tmp ws/a
	follows holds v/a "three, longer"
	echo new >ws/new
	follows holds v/new new
	chmod 600 ws/new
	follows has_mode v/new 600
	rm ws/new
	follows gone v/new
	mv ws/d ws/moved
	follows gone v/d/a
	follows holds v/moved/sub/a one
	mkdir ws/d
	echo other >ws/d/b
	follows lists v/d "b "
	rm ws/type/file
	mkdir ws/type/file
	follows is v/type/file directory
	rmdir ws/type/dir
	ln -s ../a ws/type/dir
	follows is v/type/dir "symbolic link"
	follows holds v/type/dir "three, longer"
	(cd v/old && rm -rf ../../ws/old && timeout 10 ls >/dev/null 2>&1) || :
	follows gone v/old
}

test_touched_stays() {
	mkdir -p ws/k/deep ws/gone
	echo base >ws/k/f
	echo base >ws/k/deep/g
	echo base >ws/gone/h
	follows holds v/k/f base
	echo agent >v/k/f
	echo agent >v/k/deep/new
	echo agent >v/gone/h
	chmod 600 v/k/deep/g
	rm v/moved/sub/a
	echo user >ws/k/f
	echo user >ws/k/deep/new
	echo user, again >ws/moved/sub/a
	sleep 1.2
	holds v/k/f agent || fail "the user's version took the agent's place"
	holds v/k/deep/new agent || fail "a new file of the agent is lost"
	gone v/moved/sub/a || fail "what the agent deleted is back"
	rm -rf ws/gone
	sleep 0.5
	holds v/gone/h agent || fail "the agent's file went with the directory"
	rm -rf ws/k
	echo a file now >ws/k
	sleep 0.5
	holds v/k/f agent || fail "the agent's file went with its type"
	holds ws/k "a file now" || fail "the workspace was written to"
	down v
	view mount "$tmp/ws" "$tmp/v" "$tmp/state-v"
	holds v/k/f agent || fail "not there after a remount"
	holds v/gone/h agent || fail "not there after a remount"
	gone v/moved/sub/a || fail "back after a remount"
	down v
}

test_two_sessions() {
	rm -rf ws/*
	echo base >ws/f
	up one
	up two
	echo first >one/f
	echo second >two/f
	rm two/f
	holds one/f first || fail "sessions mix"
	gone two/f || fail "sessions mix"
	holds ws/f base || fail "the workspace was written to"
	echo here >ws/g
	follows holds one/g here
	follows holds two/g here
	down one
	down two
}

# on_fs WORKSPACE STATE: a round of work on these places
on_fs() {
	workspace=$1 state_at=$2
	mkdir -p "$1/d"
	head -c 3000000 /dev/urandom >"$1/d/big"
	echo base >"$1/d/small"
	ln "$1/d/small" "$1/link"
	cp -R "$1/d" copy
	"$treedump" -x "$1" >before
	up other
	echo more >>other/d/big
	cmp -n 3000000 other/d/big copy/big || fail "copied up wrongly"
	echo more >>other/link
	cmp other/d/small other/link || fail "a hard link was split"
	mv other/d other/e
	down other
	view mount "$1" "$tmp/other" "$2/state-other"
	cmp -n 3000000 other/e/big copy/big || fail "not there after a remount"
	cmp other/e/small other/link || fail "a hard link was split"
	down other
	"$treedump" -x "$1" >after
	diff before after >&2 || fail "the workspace has changed"
	rm -rf copy
	workspace='' state_at=''
}

# loop TYPE: a file system of that type at $tmp/TYPE
loop() {
	truncate -s 400M "$1.img"
	"mkfs.$1" -q "$1.img" >/dev/null 2>&1 || return 1
	mkdir "$1"
	mount -o loop "$1.img" "$1" 2>/dev/null
}

test_other_file_systems() {
	if [ "$(id -u)" != 0 ]; then
		echo "other file systems: only root can mount them"
		return
	fi
	mkdir tmpfs
	mount -t tmpfs tmpfs tmpfs
	mkdir tmpfs/ws tmpfs/state
	on_fs "$tmp/tmpfs/ws" "$tmp"
	rm -rf "$tmp/state-other"
	mkdir ws2
	on_fs "$tmp/ws2" "$tmp/tmpfs/state"
	for fs in btrfs xfs; do
		if ! command -v "mkfs.$fs" >/dev/null || ! loop "$fs"; then
			echo "$fs: no tools or no loop device here"
			continue
		fi
		mkdir "$fs/ws" "$fs/state"
		on_fs "$tmp/$fs/ws" "$tmp/$fs/state"
		rm -rf ws2
		mkdir ws2
		on_fs "$tmp/ws2" "$tmp/$fs/state/2"
		umount "$fs"
	done
}

test_many_entries() {
	rm -rf ws/*
	mkdir ws/many
	(cd ws/many && seq -f 'entry-%06.0f' 100000 | xargs touch)
	up v2
	[ "$(find v2/many -type f | wc -l)" = 100000 ] || fail "entries are lost"
	(cd v2/many && seq -f 'entry-%06.0f' 1 2 2000 | xargs rm)
	(cd v2/many && seq -f 'new-%06.0f' 1000 | xargs touch)
	[ "$(find v2/many -type f | wc -l)" = 100000 ] ||
		fail "entries are lost after changes"
	[ "$(find v2/many -type f | sort | uniq -d | wc -l)" = 0 ] ||
		fail "entries come twice"
	rm -r v2/many
	gone v2/many || fail "a directory that was emptied stays"
	mkdir v2/many
	lists v2/many "" || fail "what was deleted is back"
	[ "$(find ws/many -type f | wc -l)" = 100000 ] || fail "harm was done"
	down v2
}

# What a view must not be used for: set-id programs, devices, labels.
test_refused() {
	rm -rf ws/*
	echo base >ws/f
	up v3
	grep -q "^[^ ]* $tmp/v3 fuse.scrim .*nosuid,nodev" /proc/self/mounts ||
		fail "the mount is not nosuid,nodev"
	for args in "c 1 3" "b 7 0"; do
		# shellcheck disable=SC2086 # words
		! mknod v3/dev $args 2>err || fail "a device node was made"
		grep -q "Operation not permitted" err || fail "mknod: $(cat err)"
	done
	for name in security.x security.ima trusted.x; do
		! setfattr -n "$name" -v 0x0100 v3/f 2>err ||
			fail "$name was taken"
		grep -q "not supported\|not permitted" err ||
			fail "$name: $(cat err)"
	done
	down v3
}

# Links of the workspace that lead back into the view: nobody may wait for the
# daemon that is the daemon.
test_links_into_the_view() {
	rm -rf ws/*
	mkdir -p ws/d/sub
	echo base >ws/f
	echo base >ws/d/sub/g
	ln -s "$tmp/v4" ws/back
	ln -s "$tmp/v4/back" ws/d/sub/again
	up v4
	holds v4/back/f base || fail "a link into the view does not lead there"
	holds v4/d/sub/again/back/back/f base || fail "nor one into that"
	timeout 20 ls -lR v4 >/dev/null || fail "listing hangs"
	timeout 20 find -L v4 -maxdepth 4 >/dev/null 2>&1 || [ $? != 124 ] ||
		fail "following the links hangs"
	timeout 20 sh -c "echo more >>v4/back/d/sub/g; mv v4/back/f v4/back/h" ||
		fail "writing through the link fails"
	holds v4/h base || fail "what was moved through the link is lost"
	mv ws/d ws/e
	ln -s "$tmp/v4/e" ws/d
	follows holds v4/e/sub/g base
	holds v4/d/sub/g "base
more" || fail "the agent's file went with the directory"
	timeout 20 ls -lR v4 v4/d/ >/dev/null 2>&1 || [ $? != 124 ] ||
		fail "a directory that became a link into the view hangs"
	timeout 20 "$SCRIM" diff --state-dir "$tmp/state-v4/s" --session view \
		>/dev/null 2>&1 || [ $? != 124 ] || fail "diff hangs"
	down v4
}

mkdir ws
need setfattr
for t in test_untouched_follows test_touched_stays test_two_sessions \
	test_other_file_systems test_many_entries test_refused \
	test_links_into_the_view; do
	$t
	echo "$t: passed"
done
