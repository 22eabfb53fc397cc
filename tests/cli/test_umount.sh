#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded by the inner shell
. "${srcdir:-.}/tests/lib.sh"

check_usage umount

mkdir ws ws2 mnt mnt2 mnt3
echo hello >ws/file
run 1 "$SCRIM" umount mnt
check_err "scrim: no view is mounted at $tmp/mnt; scrim list shows those that are"
run 1 "$SCRIM" umount nonesuch/x
check_err "scrim: nonesuch/x: No such file or directory"
run 2 "$SCRIM" umount --session x mnt
err_has '^scrim umount: either --session or a mount point; see'
run 1 "$SCRIM" umount
check_err "scrim: no view of a workspace that holds $tmp is mounted; scrim list shows all"
run 1 "$SCRIM" umount --session nonesuch
err_has "no session 'nonesuch'"

need fuse

# By session, by the current directory; two are one too many to guess.
run 0 timeout 20 "$SCRIM" mount --name a ws mnt
run 0 timeout 20 "$SCRIM" mount --name b ws mnt2
run 0 timeout 20 "$SCRIM" mount --name c ws2 mnt3
run 1 sh -c 'cd ws && "$SCRIM" umount'
err_is_one_line
err_has 'more than one view is mounted: say '
run 0 timeout 20 "$SCRIM" umount --session b
run 1 "$SCRIM" umount --session b
check_err "scrim: session b is not mounted"
run 0 sh -c 'cd ws && timeout 20 "$SCRIM" umount'
[ ! -e mnt/file ] || fail "mnt is still there"
run 0 sh -c 'cd ws2 && timeout 20 "$SCRIM" umount'

# A view in use is not taken away, but by --lazy.
run 0 timeout 20 "$SCRIM" mount --name d ws mnt
exec 9<mnt/file
me=$(cat /proc/$$/comm)
run 1 timeout 20 "$SCRIM" umount mnt 9<&-
check_err "scrim: $tmp/mnt is still in use by $me ($$); end it, or give --lazy"
(cd mnt && exec sleep 60 9<&-) &
user=$!
wait_for 10 sh -c '[ "$(cat "/proc/$0/comm")" = sleep ]' $user
run 1 timeout 20 "$SCRIM" umount mnt 9<&-
err_is_one_line
err_has "$tmp/mnt is still in use by .*; end them, or give --lazy"
err_has "$me ($$)"
err_has "sleep ($user)"
kill $user
# also where the view does not answer
pid=$(daemon_of d)
kill -STOP "$pid"
run 1 timeout 20 "$SCRIM" umount mnt 9<&-
kill -CONT "$pid"
err_has "is still in use by $me ($$)"
run 0 timeout 20 "$SCRIM" umount --lazy mnt
[ ! -e mnt/file ] || fail "--lazy did not detach"
exec 9<&-

# After umount the session is free at once.
run 0 timeout 20 "$SCRIM" mount --name e ws mnt
run 0 timeout 20 "$SCRIM" umount mnt
run 0 timeout 20 "$SCRIM" mount --session e mnt
run 0 timeout 20 "$SCRIM" umount mnt

# Also a session in a state directory that umount is not told of: the daemon, which
# is stopped for a while, is waited for.
run 0 timeout 20 "$SCRIM" mount --state-dir "$tmp/other" --name o ws mnt
pid=$(head -n 1 other/*/lock)
case $(id -u) in
0)
	echo x >mnt/x
	kill -STOP "$pid"
	timeout 20 "$SCRIM" umount mnt &
	umounting=$!
	# nobody may ask the view itself
	wait_for 10 sh -c '! grep -q " $0/mnt " /proc/self/mounts' "$tmp" ||
		fail "not unmounted"
	sleep 0.2
	kill -0 $umounting || fail "umount has not waited for the daemon"
	kill -CONT "$pid"
	wait $umounting || fail "umount has failed"
	;;
*) run 0 timeout 20 "$SCRIM" umount mnt ;;
esac
run 0 timeout 20 "$SCRIM" mount --state-dir "$tmp/other" --session o mnt
run 0 timeout 20 "$SCRIM" umount mnt

# Also where something else unmounted it, which does not wait for the daemon: the
# next command does.
for next in "status" "apply --yes" "mount" "discard --forget --yes"; do
	run 0 timeout 20 "$SCRIM" mount --session e mnt
	echo "$next" >mnt/new
	pid=$(daemon_of e)
	kill -STOP "$pid"
	run 0 timeout 20 fusermount3 -u -z mnt
	(sleep 0.3 && kill -CONT "$pid") &
	case $next in
	mount) run 0 timeout 20 "$SCRIM" mount --session e mnt
		run 0 timeout 20 "$SCRIM" umount mnt ;;
	*) # shellcheck disable=SC2086 # words
		run 0 timeout 20 "$SCRIM" $next --session e ;;
	esac
	wait
done
run 1 "$SCRIM" status --session e
[ "$(cat ws/new)" = "apply --yes" ] || fail "what was applied is not there"

# A daemon that was killed leaves a mount point that can be taken away.
run 0 timeout 20 "$SCRIM" mount --name f ws mnt
kill -9 "$(daemon_of f)"
wait_for 10 sh -c '! cat mnt/file 2>/dev/null' || fail "still served"
run 0 timeout 20 "$SCRIM" umount mnt
run 0 timeout 20 "$SCRIM" mount --session f mnt
[ "$(cat mnt/file)" = hello ] || fail "session f does not go on"
run 0 timeout 20 "$SCRIM" umount mnt
