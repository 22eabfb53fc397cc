#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage list

# Nothing there, nothing made.
run 0 "$SCRIM" list
check_out ""
check_err ""
run 0 "$SCRIM" list --json
check_out "[]"
[ -z "$(ls -A state)" ] || fail "list made something"

key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
session() {
	mkdir -p "$1/$2"
	chmod 700 "$1/$2"
	cat >"$1/$2/meta.ini"
}

session st aaaaaaaa <<END
[session]
format = 1
name = old
workspace = /ws/a%20b%1b[2J
created = 1000000000.000000000
git = full
key = $key
END
session st bbbbbbbb <<END
[session]
format = 1
workspace = /ws/new
created = 1000000001.000000000
key = $key
END
run 0 "$SCRIM" list --state-dir=st
sed -e 's/  *[0-9]*d  / AGE  /' -e 's/[0-9.]* [BK]  idle/SIZE  idle/' \
	-e 's/  *SIZE/ SIZE/' out >seen
cat >want <<'END'
ID        NAME    AGE  CHANGES SIZE  STATE    WORKSPACE
bbbbbbbb  - AGE        - SIZE  idle     /ws/new
aaaaaaaa  old AGE        - SIZE  idle     /ws/a b\x1b[2J
END
diff -u want seen || fail "list"

run 0 "$SCRIM" list --state-dir=st --json
grep -q '"bytes": [1-9]' out || fail "no bytes"
sed '/"bytes": /d' out >out.new
mv out.new out
check_out "[
  {
    \"id\": \"bbbbbbbb\",
    \"name\": null,
    \"workspace\": \"/ws/new\",
    \"group\": null,
    \"access\": null,
    \"state\": \"idle\",
    \"mountpoint\": null,
    \"created\": \"2001-09-09T01:46:41Z\",
    \"changes\": null,
    \"git\": null,
    \"format\": 1,
    \"dir\": \"$tmp/st/bbbbbbbb\"
  },
  {
    \"id\": \"aaaaaaaa\",
    \"name\": \"old\",
    \"workspace\": \"/ws/a b\\u001B[2J\",
    \"group\": null,
    \"access\": null,
    \"state\": \"idle\",
    \"mountpoint\": null,
    \"created\": \"2001-09-09T01:46:40Z\",
    \"changes\": null,
    \"git\": \"full\",
    \"format\": 1,
    \"dir\": \"$tmp/st/aaaaaaaa\"
  }
]"
run 0 "$SCRIM" list --state-dir st --names
check_out "bbbbbbbb
old"
run 0 "$SCRIM" --color=always list --state-dir st
out_has "$(printf '\033')\\[1mID"

# A newer format is said, a broken session is a failure.
session st cccccccc <<END
[session]
format = 7
name = later
END
run 0 "$SCRIM" list --state-dir=st
out_has '^cccccccc  later *-  *-  *[0-9.]* [BK]  newer  '
session st dddddddd </dev/null
run 1 "$SCRIM" list --state-dir=st
out_has '^dddddddd  - .* broken '
check_err "scrim: session dddddddd cannot be read: look at $tmp/st/dddddddd/meta.ini"

run 2 "$SCRIM" list st
check_err "scrim list: one operand too many: 'st'; see scrim list --help"
chmod 777 st
run 1 "$SCRIM" list --state-dir=st
err_is_one_line
err_has 'chmod go-w'
if [ -e /dev/full ]; then
	chmod 755 st
	got=0
	"$SCRIM" list --state-dir=st >/dev/full 2>err || got=$?
	[ "$got" = 1 ] || fail "full disk: status $got"
fi

# ---------- what a session has to show ----------

need fuse
mkdir -p ws/dir mnt
for i in 1 2 3 4; do echo "$i" >"ws/dir/$i"; done
run 0 timeout 20 "$SCRIM" mount --name counted ws mnt
run 0 "$SCRIM" list
out_has '^[a-z0-9]*  counted  *[0-9]*[smh]  *0  *[0-9.]* [BKM]  mounted  '
echo more >>mnt/dir/1
echo new >mnt/new
rm mnt/dir/2
mv mnt/dir/3 mnt/dir/third
run 0 "$SCRIM" list
out_has '^[a-z0-9]*  counted  *[0-9]*[smh]  *4  *[0-9.]* [BKM]  mounted  '
run 0 timeout 20 "$SCRIM" umount mnt
run 0 "$SCRIM" list --json
out_has '"changes": 4,'
# Without its workspace it is listed all the same.
mv ws elsewhere
run 0 "$SCRIM" list
check_err ""
out_has '^[a-z0-9]*  counted  *[0-9]*[smh]  *-  *[0-9.]* [BKM]  idle  '
run 0 "$SCRIM" list --json
out_has '"changes": null,'
