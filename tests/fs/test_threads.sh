#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several processes at the same names of one view, with commands at its session
# and the kernel's caches dropped meanwhile, over io_uring and without: nothing
# hangs, the session is whole, and what nobody touched is as it was. It is meant
# for the thread sanitizer (--enable-sanitizers=thread), whose reports fail a test
# (tests/lib.sh). THREADS_ROUNDS is for how long (8).
. "${srcdir:-.}/tests/lib.sh"

need fuse setfattr
rounds=${THREADS_ROUNDS:-8}

# One agent: each command may fail, since others take the names away.
agent() {
	set +e
	j=$1
	for i in $(seq "$rounds"); do
		cat "mnt/f$i"
		echo "by $j" >"mnt/f$i"
		mv "mnt/f$i" "mnt/g$j-$i"
		ls -l mnt
		rm "mnt/g$j-$i"
		mkdir "mnt/D$i"
		mv "mnt/D$i" "mnt/E$j-$i"
		mv mnt/d "mnt/d$j"
		cat mnt/d*/a1
		mv "mnt/d$j" mnt/d
		echo user >"ws/new$i"
		cat "mnt/new$i" mnt/.env
		ln "mnt/f$((i + rounds))" "mnt/l$j-$i"
		truncate -s 10 "mnt/l$j-$i"
		chmod 600 "mnt/l$j-$i"
		setfattr -n user.x -v 1 "mnt/l$j-$i"
		cat "mnt/l$j-$i"
		df mnt
		cp "mnt/f$((3 * rounds - i))" mnt/copy
		find mnt -newer ws/kept
		rmdir "mnt/E$j-$i"
		rm "ws/new$i"
	done >/dev/null 2>&1
}

# What its owner does to the session meanwhile.
owner() {
	set +e
	for i in 1 2 3; do
		timeout 60 "$SCRIM" snapshot -s t --auto
		timeout 60 "$SCRIM" status -s t
		timeout 60 "$SCRIM" diff -s t
		timeout 60 "$SCRIM" apply -y -s t copy
		timeout 60 "$SCRIM" discard -y -s t "f$i"
		[ "$(id -u)" != 0 ] || echo 2 >/proc/sys/vm/drop_caches
	done >/dev/null 2>&1
}

round() {
	mkdir ws mnt ws/d ws/e
	for i in $(seq $((3 * rounds))); do
		echo "file $i" >"ws/f$i"
	done
	for i in 1 2 3 4 5 6 7 8; do
		echo "in d $i" >"ws/d/a$i"
		echo "in e $i" >"ws/e/a$i"
	done
	echo kept >ws/kept
	ln ws/f1 ws/hard
	echo 'TOKEN=FAKE-EXAMPLE-of-a-token' >ws/.env
	run 0 timeout 60 "$SCRIM" mount ws mnt --name t --git none \
		--max-files 100000 --max-size 1G "$@"
	agents=
	for j in 1 2 3 4; do
		agent "$j" &
		agents="$agents $!"
	done
	owner &
	agents="$agents $!"
	# shellcheck disable=SC2086 # words
	wait $agents
	run 0 timeout 20 ls mnt
	check_file mnt/kept kept
	check_file mnt/e/a1 'in e 1'
	grep -rqs FAKE-EXAMPLE mnt && fail "the secret is seen"
	run 0 timeout 60 "$SCRIM" umount mnt
	run 0 "$SCRIM" doctor t
	check_file ws/.env 'TOKEN=FAKE-EXAMPLE-of-a-token'
	check_file ws/f2 'file 2'
	run 0 "$SCRIM" discard -y --forget -s t
	rm -rf ws mnt
}

round
round --no-uring
