#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions over time: checkpoints, going back to a time, old sessions, formats.
. "${srcdir:-.}/tests/lib.sh"

need fuse
mkdir ws mnt
echo one >ws/file
run 2 "$SCRIM" mount ws mnt --checkpoint often
err_has "'often' is no duration"
run 0 timeout 30 "$SCRIM" mount ws mnt --name s --git none --checkpoint 1s \
	--keep 2
dir=$(echo "$XDG_STATE_HOME"/scrim/sessions/*)
autos() {
	find "$dir/snap" -maxdepth 1 -name 'auto-*' 2>/dev/null | wc -l
}

# by the clock, but not where nothing changed
echo two >mnt/file

wait_for 20 sh -c "ls '$dir'/snap/auto-* >/dev/null 2>&1" ||
	fail "no checkpoint was made"
# one may have come between the truncating and the writing: then another does
settled() {
	was=$(ls "$dir/snap")
	sleep 2.5
	[ "$(ls "$dir/snap")" = "$was" ]
}
settled || settled || settled || settled ||
	fail "a checkpoint of what did not change"
# the last of them are kept, and others are not touched
run 0 "$SCRIM" snapshot -s s mine
for i in 1 2 3 4; do
	echo "$i" >mnt/file
	run 0 "$SCRIM" snapshot -s s --auto --keep 2
done
few() {
	[ "$(autos)" -le 2 ]
}
# one by the clock is there before the oldest goes
wait_for 5 few || fail "$(autos) checkpoints"
run 0 "$SCRIM" snapshot -s s --auto
run 0 "$SCRIM" snapshot -s s --list
out_has ' mine$'
out_has ' auto-'
run 1 "$SCRIM" snapshot -s s auto-mine
err_is_one_line
run 1 "$SCRIM" snapshot -s s seal-mine
run 2 "$SCRIM" snapshot -s s --auto name
run 0 timeout 30 "$SCRIM" umount mnt
run 0 "$SCRIM" snapshot -s s --auto
out_has '^snapshot auto-'

# the timeline, and back to a time
run 0 "$SCRIM" apply -y -s s
run 0 "$SCRIM" log -s s
out_has '^   1  .* apply'
out_has '^   -  .* snapshot  .* mine$'
run 0 "$SCRIM" log -s s --json
out_has '"name": "mine"'
touch -d '2020-01-01 10:00' "$dir/snap/mine/log"
for a in "$dir"/snap/auto-*; do
	touch -d '2020-01-02 10:00' "$a/log"
done
run 1 "$SCRIM" restore -s s --at '2020-01-01 09:59'
err_has 'no snapshot is of 2020-01-01 09:59:00 or before'
run 1 "$SCRIM" restore -s s --at never
run 2 "$SCRIM" restore -s s mine --at 1m
run 2 "$SCRIM" restore -s s
run 0 "$SCRIM" restore -s s --at '2020-01-01 23:00'
out_has '^restored mine; '
run 0 timeout 30 "$SCRIM" mount mnt --session s --checkpoint 0
check_file mnt/file two
echo kept >mnt/kept

# what was killed while a snapshot was made leaves nothing
mkdir "$dir/snap/.new-x"
kill -9 "$(head -n 1 "$dir/lock")"
wait_for 10 sh -c '! timeout 5 ls mnt 2>/dev/null' || fail "the mount lives"
run 0 timeout 30 "$SCRIM" mount mnt --session s
[ ! -e "$dir/snap/.new-x" ] || fail "the unfinished snapshot is still there"
check_file mnt/kept kept
run 0 timeout 30 "$SCRIM" umount mnt

# an older format is read as it is, and brought to this one by whoever writes
run 0 "$SCRIM" snapshot -s s whole
mkdir "$dir/snap/half"
head -c 100 "$dir/snap/whole/log" >"$dir/snap/half/log"
sed -i 's/^format = 2/format = 1/' "$dir/meta.ini"
run 0 "$SCRIM" status -s s
grep -q '^format = 1' "$dir/meta.ini" || fail "status wrote"
run 0 "$SCRIM" snapshot -s s later
grep -q '^format = 2' "$dir/meta.ini" || fail "not upgraded"
[ ! -e "$dir/snap/half" ] || fail "half a snapshot"
[ -e "$dir/snap/whole" ] || fail "a whole snapshot is gone"
sed -i 's/^format = 2/format = 3/' "$dir/meta.ini"
for c in status 'mount mnt' 'snapshot x' 'discard -y' 'doctor s'; do
	case $c in doctor*) s= ;; *) s='--session s' ;; esac
	# shellcheck disable=SC2086
	run 1 timeout 30 "$SCRIM" $c $s
	err_has 'was made by a newer scrim (format 3, this one knows 2)'
	err_is_one_line
done
sed -i 's/^format = 3/format = 2/' "$dir/meta.ini"

# old sessions
run 2 "$SCRIM" discard --older-than soon
run 2 "$SCRIM" discard --older-than 1d -s s
run 0 timeout 30 "$SCRIM" mount ws mnt --name t --git none
echo new >mnt/new
find "$XDG_STATE_HOME/scrim/sessions" -type f -exec touch -d '2020-01-01' {} +
sed -i 's/^created = .*/created = 1500000000.000000000/' \
	"$XDG_STATE_HOME"/scrim/sessions/*/meta.ini
find "$XDG_STATE_HOME/scrim/sessions" -type f -exec touch -d '2020-01-01' {} +
run 0 "$SCRIM" discard --older-than 99999d --yes
check_out "dropped 0 sessions"
run 1 "$SCRIM" discard --older-than 1w
out_has '^[a-z0-9]*  2020-01-01 .*[0-9.]* [BKM]  *[0-9]* changes  s  '
! grep -q '  t  ' out || fail "a mounted session is old"
run 0 "$SCRIM" discard --older-than 1w --yes --json
out_has '"removed": true'
run 0 "$SCRIM" list --names
check_out t
run 0 timeout 30 "$SCRIM" umount mnt
exit 0
