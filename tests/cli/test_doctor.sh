#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage doctor

# What the machine has decides; the form does not, nor the rule of the status.
got=0
"$SCRIM" doctor >out 2>err || got=$?
check_err ""
want=0
grep -q '^missing ' out && want=1
[ "$got" = "$want" ] || fail "status $got, not $want"
[ "$(grep -Ec '^(ok|slow|weak|missing) +[a-z0-9-]+  ' out)" = 13 ] ||
	fail "not thirteen checks: $(cat out)"
grep -Evq -e '^(ok|slow|weak|missing) +[a-z0-9-]+  .' -e '^ {26}# .' out &&
	fail "odd line: $(cat out)"

got=0
"$SCRIM" doctor --json >json 2>err || got=$?
[ "$got" = "$want" ] || fail "status $got with --json"
[ "$(grep -c '"check": ' json)" = 13 ] || fail "not thirteen objects"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(sys.stdin)' <json ||
		fail "no JSON"
fi

# What is missing is said, with what mends it.
mkdir empty
run 1 env PATH="$tmp/empty" "$SCRIM" doctor
out_has '^missing  *bubblewrap '
out_has '^ *# .*bubblewrap$'

# It changes nothing, and looks where the sessions are to be.
run 1 env PATH="$tmp/empty" "$SCRIM" doctor --state-dir="$tmp/deep/er"
[ ! -e deep ] || fail "doctor made a directory"
out_has " state-dir  *${tmp}[: ]"
if [ "$(id -u)" != 0 ]; then
	mkdir closed
	chmod 500 closed
	run 1 "$SCRIM" doctor --state-dir="$tmp/closed"
	out_has "^missing  *state-dir .*cannot be written"
fi

# What holds for the daemon of a view.
"$SCRIM" doctor >out 2>err || :
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	out_has '^ok  *daemon  *no view is mounted now$'
	mkdir ws mnt
	run 0 timeout 60 "$SCRIM" mount ws mnt
	"$SCRIM" doctor >out 2>err || :
	if grep -q '^ok  *landlock ' out; then
		out_has '^ok  *daemon  *1 mounted: landlock, no_new_privs'
	else
		out_has '^weak  *daemon .*not held by: landlock$'
	fi
	run 0 timeout 60 "$SCRIM" umount mnt
fi

# A session, as fsck looks at a file system.
run 1 "$SCRIM" doctor nobody
err_is_one_line
run 2 "$SCRIM" doctor --repair
err_has '^scrim doctor: --repair wants a SESSION'
[ -r /dev/fuse ] && [ -w /dev/fuse ] || exit 0
"$SCRIM" discard --forget -y >/dev/null 2>&1 || :
echo one >ws/file
run 0 timeout 60 "$SCRIM" mount ws mnt --name s --git none
echo two >mnt/file
echo new >mnt/new
echo gone >mnt/gone
run 0 "$SCRIM" snapshot -s s kept
run 0 "$SCRIM" doctor s
out_has '^session s: [0-9]* records in [0-9]* bytes, 0 content files, 1 snapshots: nothing to find$'
out_has '^it is in use: '
run 1 "$SCRIM" doctor s --repair
err_has 'is mounted at'
"$SCRIM" list --json >out
dir=$(sed -n 's/.*"dir": "\(.*\)",*$/\1/p' out | head -n 1)

# The daemon dies: no call hangs, the next command cleans up, nothing is lost.
exec 3<"mnt/gone"
rm mnt/gone
kill -9 "$(head -n 1 "$dir/lock")"
wait_for 10 sh -c '! timeout 5 ls mnt 2>/dev/null' || fail "the mount lives"
# the process may still be on its way out
cleans() {
	run 0 timeout 10 "$SCRIM" list
	[ -s "$tmp/err" ]
}
wait_for 10 cleans || :
err_has 'the view at .*/mnt had lost its daemon and is unmounted now'
run 0 ls mnt
check_out ""
exec 3<&-
run 1 "$SCRIM" doctor s
out_has '^found     leftover  1 content file without a record$'
err_has '--repair mends'
run 0 "$SCRIM" doctor s --repair
out_has '^repaired  leftover  1 content file without a record$'
run 0 "$SCRIM" doctor s
out_has 'nothing to find'

# What else can be wrong is found, and mended.
find "$dir/data" -name '0*' -exec rm {} +
truncate -s 1 "$dir/base"
touch "$dir/log.new" "$dir/.choices.0123456789abcdef" "$dir/data/2/part"
mkdir "$dir/snap/.new-x" "$dir/snap/seal-x" "$dir/snap/empty" "$dir/agent-git"
run 1 "$SCRIM" doctor s --json
python3 - out <<'EOF' || fail "not what is wrong: $(cat out)"
import collections, json, sys
d = json.load(open(sys.argv[1]))
n = collections.Counter(p["part"] for p in d["problems"])
assert d["schema"] == "scrim.doctor/1" and d["complete"]
assert not any(p["repaired"] for p in d["problems"])
assert n == {"content": 2, "base": 2, "leftover": 6, "snapshot": 1}, n
EOF
run 0 "$SCRIM" doctor s --repair
[ "$(grep -c '^repaired ' out)" = 11 ] || fail "not all repaired: $(cat out)"
for left in log.new .choices.0123456789abcdef data/2/part snap/.new-x \
	snap/seal-x snap/empty agent-git; do
	[ ! -e "$dir/$left" ] || fail "$left is still there"
done
run 0 timeout 60 "$SCRIM" mount ws mnt --session s
check_file mnt/file one
[ -e mnt/new ] || fail "new is gone"
[ ! -s mnt/new ] || fail "new is not empty"
echo three >mnt/file
run 0 timeout 60 "$SCRIM" umount mnt

# A log that is damaged in the middle ends before that; what it was is kept.
cp "$dir/log" log.was
python3 - "$dir/log" <<'EOF'
import struct, sys
log, at = bytearray(open(sys.argv[1], "rb").read()), 16
while True:
    end = at + 8 + struct.unpack_from("<I", log, at)[0]
    if end > 300:
        break
    at = end
# within its items: a length that is wrong is another damage
log[(at + 8 + end) // 2] ^= 0x55
open(sys.argv[1], "r+b").write(log)
EOF
cp "$dir/log" log.bad
run 1 timeout 60 "$SCRIM" mount ws mnt --session s
err_has 'log is damaged at byte [0-9]*; scrim doctor SESSION --repair'
run 1 "$SCRIM" doctor s
out_has '^found     log       damaged at byte [0-9]*$'
run 0 "$SCRIM" doctor s --repair
out_has '^repaired  log       damaged at byte'
cmp log.bad "$dir/log.damaged" || fail "the damaged log was not kept"
run 0 "$SCRIM" doctor s
# the snapshot is whole, and brings all back
run 0 "$SCRIM" restore -s s kept
run 0 timeout 60 "$SCRIM" mount ws mnt --session s
check_file mnt/file two
check_file mnt/new new
run 0 timeout 60 "$SCRIM" umount mnt
run 0 "$SCRIM" doctor s

# A length that is wrong makes the rest of the log look like a torn end.
cp "$dir/log" log.was
printf '\100' | dd of="$dir/log" bs=1 seek=19 conv=notrunc 2>/dev/null
run 1 timeout 60 "$SCRIM" mount ws mnt --session s
err_has 'log is damaged at byte 16; scrim doctor SESSION --repair'
run 1 "$SCRIM" doctor s
out_has '^found     log       damaged at byte 16: the length of a record, which is whole$'
run 0 "$SCRIM" doctor s --repair
cmp log.was "$dir/log" || fail "the log is not what it was"
run 0 "$SCRIM" doctor s

# What is no file any more, but a pipe that nobody reads, keeps nobody waiting.
for part in audit.jsonl lock log base meta.ini; do
	mv "$dir/$part" kept
	mkfifo "$dir/$part"
	for c in "mount mnt --session s" "status -s s" "log -s s --attempts" \
		"doctor s" "apply -y -s s" "snapshot -s s"; do
		got=0
		# shellcheck disable=SC2086 # a command with its operands
		timeout 60 "$SCRIM" $c >out 2>err </dev/null || got=$?
		[ "$got" -le 1 ] || fail "$part is a pipe: $c: $got $(cat err)"
		! mountpoint -q mnt || run 0 timeout 60 "$SCRIM" umount --lazy mnt
	done
	rm "$dir/$part"
	mv kept "$dir/$part"
done
run 0 "$SCRIM" doctor s
