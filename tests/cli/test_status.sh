#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage status
run 1 "$SCRIM" status
err_is_one_line
need fuse

mkdir -p ws/dir
echo a >ws/a
echo b >ws/b
echo FAKE >ws/secret.txt
agent one <<'END'
echo A >a
mkdir -p .github/workflows new
echo on: push >.github/workflows/x.yml
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo $i >new/$i; done
printf x >"$(printf 'e\033[2Jvil')"
mv b dir/moved
cat secret.txt 2>/dev/null || :
END
cd ws
run 0 "$SCRIM" status
check_err ""
out_has "^session one of $tmp/ws: "
out_has '^  M  a$'
out_has '^  R  b -> dir/moved$'
out_has '^  A  e\\x1b\[2Jvil$'
out_has '^  A  new/  (14 changes in it, 33 B)$'
out_has '^      ci: run by a CI service$'
out_has 'scrim apply --allow ci '
sed -n 3p "$tmp/out" | grep -q workflows || fail "the dangerous is not first"
! grep -q secret "$tmp/out" || fail "status tells of what is hidden"
run 0 "$SCRIM" status --all
out_has '^  A  new/7$'
run 0 "$SCRIM" status new
out_has ': 15 changes$'
run 0 "$SCRIM" status ../ws/a
out_has ': 1 change$'
run 1 "$SCRIM" status ../../etc
err_is_one_line
cd ..

# the user goes on, too
echo mine >>ws/a
run 0 "$SCRIM" status --session one
out_has '^      you have changed it since$'
# What is to be typed next is about the session that was asked for.
out_has '^next: scrim diff -s one  '
out_has '^      scrim apply -s one --allow ci  '

need python3
run 0 "$SCRIM" status --session one --json
[ "$(json 'd["schema"]')" = scrim.status/1 ] || fail schema
[ "$(json 'd["session"]["name"]')" = one ] || fail session
[ "$(json '[c["flags"] for c in d["changes"] if c["path"]=="a"]')" = \
	"[['content', 'base-moved']]" ] ||
	fail "flags: $(json '[c["flags"] for c in d["changes"] if c["path"]=="a"]')"
[ "$(json '[c["origin"] for c in d["changes"] if c["kind"]=="R"]')" = \
	"['b']" ] || fail origin
[ "$(json '[r["class"] for c in d["changes"] for r in c["risk"]]')" = \
	"['ci']" ] || fail "risk: $(json d)"
