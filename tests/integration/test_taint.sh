#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Copies of secrets in files that no rule knows (row 19 of the list of threats):
# in a view with --taint not one byte of a planted value is to be seen, whatever
# kind of file it is in; scan says where they are; what is edited comes back.

. "${srcdir:-.}/tests/lib.sh"
need fuse

secret=$(fake_random 32 1)
other=$(fake_random 32 2)
late=$(fake_random 32 3)
part=$(echo "$secret" | cut -c9-24)

mkdir -p ws/dist ws/logs ws/.ipynb_checkpoints mnt
printf 'NAME=demo\nAPI_KEY=%s\nMODE=production\n' "$secret" >ws/.env
echo "plain text, production" >ws/plain.txt

# The kinds of by-products that hold what .env holds.
printf 'const key="%s",mode="production";\n' "$secret" >ws/dist/app.js
printf '{"cells":[{"source":["key = %s"]}]}\n' "$secret" \
	>ws/.ipynb_checkpoints/a.ipynb
printf '2026 INFO connect with %s ok\n' "$secret" >ws/logs/run.log
printf 'API_KEY\tsettings.py\t/^API_KEY = "%s"$/\n' "$secret" >ws/tags
printf '%s' "$secret" | iconv -t UTF-16LE >ws/wide.txt
printf 'Authorization: Basic %s\n' \
	"$(printf 'deploy:%s' "$secret" | base64 -w 0)" >ws/request.http
printf '{"resources":[{"attributes":{"value":"%s"}}]}\n' "$secret" \
	>ws/state.json
{ head -c 5000 /dev/zero; printf '%s' "$secret"; head -c 5000 /dev/zero; } \
	>ws/dump.bin
mkdir layer
cp ws/.env layer/settings
tar -C layer -cf ws/layer.tar settings
printf '%s' "$secret" | od -An -v -tx1 | tr -d ' \n' >ws/hex.txt
set -- dist/app.js .ipynb_checkpoints/a.ipynb logs/run.log tags wide.txt \
	request.http state.json dump.bin layer.tar hex.txt
if command -v python3 >/dev/null; then
	python3 - "$secret" <<'END'
import marshal, sqlite3, sys
open("ws/settings.pyc", "wb").write(b"\0" * 16 + marshal.dumps(
    compile("KEY = %r\n" % sys.argv[1], "settings.py", "exec")))
db = sqlite3.connect("ws/cache.db")
db.execute("create table t (k, v)")
db.execute("insert into t values ('key', ?)", (sys.argv[1],))
db.commit()
END
	set -- "$@" settings.pyc cache.db
fi

# Nothing of it in any file of the view, in no form.
not_seen() {
	cat "mnt/$1" >seen || fail "$1 cannot be read"
	cmp -s "ws/$1" seen && fail "$1 is shown as it is"
	for not_form in "$part" "$(printf '%s' "$secret" | base64 | cut -c9-24)" \
		"$(printf '%s' "$part" | od -An -v -tx1 | tr -d ' \n')"; do
		! tr -d '\0' <seen | grep -qaF -e "$not_form" ||
			fail "$1 shows the secret"
	done
	# of the three ways of base64, whatever stands before it
	! tr -cd 'A-Za-z0-9+/=\n' <seen | tr -s '\n' | while read -r not_line; do
		for not_cut in 1 2 3 4; do
			printf '%s\n' "$not_line" | cut -c$not_cut- |
				base64 -di 2>/dev/null
		done
	done | grep -qaF -e "$part" || fail "$1 shows it in base64"
	[ "$(stat -c %s "mnt/$1")" = "$(stat -c %s "ws/$1")" ] ||
		fail "$1 has another size"
}

# Off unless asked for: this is what a copy looks like then.
run 0 timeout 60 "$SCRIM" mount ws mnt --name off --git=none
grep -q "$part" mnt/logs/run.log || fail "copies are looked for unasked"
run 0 timeout 60 "$SCRIM" umount mnt

run 1 "$SCRIM" scan --taint=yes ws
for f; do
	# some of them a rule of contents finds by itself
	out_has "^ws/$f:[0-9]*:[0-9]*: "
done
[ "$(grep -c ': copy of a secret of .env$' out)" -ge 7 ] ||
	fail "few copies: $(cat out)"
! grep -q "$part" out || fail "scan prints it"
! grep -q plain.txt out || fail "scan finds too much"
run 1 "$SCRIM" scan --taint=yes --format=json ws
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
found = [f for f in json.load(sys.stdin)["findings"] if f.get("copy_of")]
assert len(found) >= 7, found
assert all(f["copy_of"] == ".env" for f in found)' <out || fail "json"
fi
run 0 "$SCRIM" rules explain --taint=yes -w ws ws/logs/run.log
out_has 'line 1, column 24: masked, 32 bytes, .*: copy of a secret of .env$'

# The settings turn it on too; a workspace's may, but not off.
mkdir -p "$XDG_CONFIG_HOME/scrim"
printf '[settings]\ntaint = yes\n' >"$XDG_CONFIG_HOME/scrim/scrim.ini"
run 0 timeout 60 "$SCRIM" mount ws mnt --name view --git=none
for f; do
	not_seen "$f"
done
cmp ws/plain.txt mnt/plain.txt || fail "what is no copy was changed"

# Written over, moved, and back again: the secret is in its place.
sed -i 's/INFO/DEBUG/' mnt/logs/run.log
mv mnt/tags mnt/tags.old
printf 'x = "%s"\n' "$(sed -n 's/.*key="\([^"]*\)".*/\1/p' mnt/dist/app.js)" \
	>mnt/stolen.txt
run 1 timeout 60 "$SCRIM" apply --session view --yes stolen.txt
! grep -rq "$part" ws/stolen.txt 2>/dev/null || fail "a secret is elsewhere"
run 0 timeout 60 "$SCRIM" apply --session view --yes logs/run.log
grep -q "DEBUG connect with $secret ok" ws/logs/run.log ||
	fail "the secret did not come back"

# The secret changes: first there, then in a copy; and the other way round.
printf 'API_KEY=%s\n' "$other" >ws/.env
printf 'const key="%s"\n' "$other" >ws/dist/new.js
! grep -q "$other" mnt/dist/new.js || fail "a new secret's copy is shown"
printf 'it is %s\n' "$late" >ws/late.txt
grep -q "$late" mnt/late.txt || fail "what is no secret yet is not shown"
printf 'API_KEY=%s\n' "$late" >ws/.env
i=0
while grep -q "$late" mnt/late.txt; do
	i=$((i + 1))
	[ $i -lt 100 ] || fail "what became a secret goes on being shown"
	sleep 0.1
done
# what was one stays one
! grep -q "$other" mnt/dist/new.js || fail "the secret of before is shown"
run 0 timeout 60 "$SCRIM" umount mnt

# A verdict that was kept on disk is of other secrets than those of now.
printf 'K=%s\n' "$(fake_random 32 4)" >ws/clean.txt
run 0 timeout 60 "$SCRIM" mount --session view mnt
cat mnt/clean.txt >clean
run 0 timeout 60 "$SCRIM" umount mnt
sleep 2.1
run 0 timeout 60 "$SCRIM" mount --session view mnt
cat mnt/clean.txt >clean
run 0 timeout 60 "$SCRIM" umount mnt
sed 's/K=/API_KEY=/' ws/clean.txt >ws/.env
run 0 timeout 60 "$SCRIM" mount --session view mnt
cmp -s ws/clean.txt mnt/clean.txt && fail "an old verdict was believed"
run 0 timeout 60 "$SCRIM" umount mnt

# A workspace may ask for it; to switch it off is not its business.
printf '[settings]\ntaint = no\n' >ws/.scrim.ini
run 0 timeout 60 "$SCRIM" mount --session view mnt
cmp -s ws/clean.txt mnt/clean.txt && fail "a workspace switched it off"
run 0 timeout 60 "$SCRIM" umount mnt
printf '[settings]\ntaint = yes\n' >ws/.scrim.ini
rm "$XDG_CONFIG_HOME/scrim/scrim.ini"
run 0 timeout 60 "$SCRIM" mount --session view mnt
cmp -s ws/clean.txt mnt/clean.txt && fail "a workspace's wish does not count"
run 0 timeout 60 "$SCRIM" umount mnt
run 0 timeout 60 "$SCRIM" mount --session view --taint=no mnt
cmp ws/clean.txt mnt/clean.txt || fail "--taint=no does not count"
run 0 timeout 60 "$SCRIM" umount mnt
printf '[settings]\ncolour = no\n' >ws/.scrim.ini
run 1 timeout 60 "$SCRIM" mount --session view mnt
err_has "knows taint alone"
