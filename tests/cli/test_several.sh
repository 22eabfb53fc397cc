#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# One session over several workspaces: a run begins it, and a name, or none, means
# all of them to every command on changes; an id means one.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"
need userns fuse

begin() {
	rm -rf app lib ref app0 lib0 ref0
	mkdir -p app lib/deep ref
	echo a >app/a
	echo l >lib/deep/l
	echo r >ref/r
	cp -a app app0
	cp -a lib lib0
	cp -a ref ref0
}
begin

# work NAME SCRIPT: app and lib to be written, ref to be read, from within app.
work() {
	(cd app && run 0 "$SCRIM" run -q -n "$1" -w . -w ../lib \
		-w "$tmp/ref:ro" -- sh -eu -c "$2") || exit 1
}

# ---------- it begins ----------

(cd app && run 0 "$SCRIM" run -w . -w ../lib -w ../ref:ro -- sh -c '
	pwd; cat a ../lib/deep/l ../ref/r; echo A >a; echo n >../lib/n
	touch ../ref/no 2>/dev/null || echo refused; echo "$SCRIM_SESSION"')
check_out "$tmp/app
a
l
r
refused
app-lib-ref"
err_has "^scrim: session app-lib-ref of $tmp/app: 1 modified\$"
err_has "^scrim: session app-lib-ref of $tmp/lib: 1 added\$"
err_has "^scrim: session app-lib-ref of $tmp/ref: nothing changed\$"
[ "$(grep -c '^scrim: next: scrim review -s app-lib-ref' err)" = 1 ] ||
	fail "not one hint: $(cat err)"
same_tree app app0
same_tree lib lib0
run 0 "$SCRIM" list --json
json '[(s["workspace"][-3:], s["name"], s["access"], s["group"] == d[2]["id"])
	for s in d]' >list
check_file list "[('ref', 'app-lib-ref', 'ro', True), ('lib', 'app-lib-ref', \
None, True), ('app', 'app-lib-ref', None, True)]"
id=$(json 'd[1]["id"]')
echo "ok a run"

# ---------- it goes on, with what it was made of ----------

run 0 "$SCRIM" run -q -s app-lib-ref -- sh -c "pwd; cat $tmp/app/a $tmp/lib/n
	touch $tmp/ref/no 2>/dev/null || echo refused"
check_out "$tmp/app
A
n
refused"
(cd lib && run 0 "$SCRIM" run -q -s app-lib-ref -- sh -c 'pwd; cat n')
check_out "$tmp/lib
n"
run 2 "$SCRIM" run -s app-lib-ref -w app -w lib -- true
err_is_one_line
# one part of it alone, by its id
(cd lib && run 1 "$SCRIM" run -q -s "$id" -- cat n ../app/a)
check_out n
echo "ok it goes on"

# ---------- looking ----------

run 0 "$SCRIM" status -s app-lib-ref
out_has "^session app-lib-ref of $tmp/app: 1 change\$"
out_has "^session app-lib-ref of $tmp/lib: 1 change\$"
out_has "^session app-lib-ref of $tmp/ref: 0 changes\$"
(cd app && run 0 "$SCRIM" status)
out_has "of $tmp/lib: 1 change\$"
(cd app && run 0 "$SCRIM" status a)
! grep -q "$tmp/lib" out || fail "a path is of one workspace"
(cd app && run 0 "$SCRIM" status a ../lib/n)
out_has "of $tmp/lib: 1 change\$"
! grep -q "of $tmp/ref" out || fail "nothing was asked of ref"
run 1 "$SCRIM" status -s app-lib-ref "$tmp/state"
err_is_one_line
err_has 'in none of the session'
run 0 "$SCRIM" status -s "$id" --json
json 'd["session"]["workspace"][-3:]' >word
check_file word lib
run 0 "$SCRIM" status -s app-lib-ref --json
json '[len(s["changes"]) for s in d]' >counts
check_file counts '[1, 1, 0]'
run 0 "$SCRIM" diff -s app-lib-ref
out_has "^# $tmp/app\$"
out_has '^+A$'
out_has "^# $tmp/lib\$"
out_has '^+n$'
run 0 "$SCRIM" diff -s app-lib-ref --json
json '[len(s["changes"]) for s in d]' >counts
check_file counts '[1, 1, 0]'
run 2 "$SCRIM" diff -s app-lib-ref --name-only -z
(cd app && run 0 "$SCRIM" diff -s app-lib-ref --output ../p a)
grep -q '^+A' p || fail "a patch of one workspace"
run 0 "$SCRIM" log -s app-lib-ref
check_out "# $tmp/app

# $tmp/lib

# $tmp/ref"
echo "ok looking"

# ---------- apply: all or none, and undo takes back what went together ----------

run 1 "$SCRIM" apply -s app-lib-ref </dev/null
err_has 'nothing was done; --yes'
same_tree app app0
run 0 "$SCRIM" apply -s app-lib-ref --dry-run
same_tree app app0
echo mine >lib/n
run 1 "$SCRIM" apply -s app-lib-ref --yes
err_has 'nothing was applied: 1 in conflict'
same_tree app app0
check_file lib/n mine
run 1 "$SCRIM" apply -s app-lib-ref --yes --json
json '[s["blocked"] for s in d], [s["job"] for s in d]' >blocked
check_file blocked '[False, True, False] [None, None, None]'
same_tree app app0
rm lib/n
run 0 "$SCRIM" apply -s app-lib-ref --yes
out_has "^applied to $tmp/app; "
out_has "^applied to $tmp/lib; "
check_file app/a A
check_file lib/n n
run 0 "$SCRIM" undo -s app-lib-ref --yes
same_tree app app0
same_tree lib lib0
run 1 "$SCRIM" undo -s app-lib-ref --yes
err_is_one_line

work two 'echo A2 >a; echo n2 >../lib/n2; rm -r ../lib/deep'
(cd app && run 0 "$SCRIM" apply --yes a)
check_file app/a A2
[ ! -e lib/n2 ] || fail "it was not asked for"
run 0 "$SCRIM" apply -s two --yes --json
json '[bool(s["job"]) for s in d]' >jobs.txt
check_file jobs.txt '[False, True, False]'
check_file lib/n2 n2
# the last apply was of lib alone, the one before of app
run 0 "$SCRIM" undo -s two --yes
same_tree lib lib0
check_file app/a A2
run 0 "$SCRIM" undo -s two --yes
same_tree app app0
echo "ok apply and undo"

# ---------- what fails after all takes back what was done before ----------

apply_with_lib_readonly() {
	if [ "$(id -u)" != 0 ]; then
		chmod a-w lib
		"$SCRIM" apply -s locked --yes
		return
	fi
	unshare -m sh -ec 'mount --bind lib lib
		mount -o remount,bind,ro lib
		"$SCRIM" apply -s locked --yes'
}
work locked 'echo A3 >a; echo n3 >../lib/n3'
run 1 apply_with_lib_readonly
chmod u+w lib
err_has "$tmp/app: taken back"
err_has 'lib.*[Rr]ead-only\|lib.*Permission\|n3.*Permission\|n3.*[Rr]ead-only'
same_tree app app0
same_tree lib lib0
run 0 "$SCRIM" discard -s locked --yes
echo "ok taken back"

# ---------- review goes from one to the next ----------

work seen 'echo A4 >a; echo n4 >../lib/n4'
printf '<space>qa' >keys
run 0 timeout 60 "$SCRIM" review -s seen --script keys --yes
check_file app/a A4
check_file lib/n4 n4
same_tree ref ref0
run 0 "$SCRIM" status -s seen --json
json '[len(s["changes"]) for s in d]' >counts
check_file counts '[0, 0, 0]'
run 0 "$SCRIM" run -q -s seen -- sh -c "echo A5 >$tmp/app/a; echo n >$tmp/lib/n5"
echo "ok review"

# ---------- snapshots ----------

run 0 "$SCRIM" snapshot -s seen here
(cd app && run 0 "$SCRIM" snapshot --list -s seen)
[ "$(grep -c here out)" = 3 ] || fail "not a snapshot of each"
run 0 "$SCRIM" run -q -s seen -- sh -c "echo A6 >$tmp/app/a; rm $tmp/lib/n5"
run 0 "$SCRIM" restore -s seen here
run 0 "$SCRIM" run -q -s seen -- cat "$tmp/app/a" "$tmp/lib/n5"
check_out "A5
n"
echo "ok snapshots"

# ---------- discard ----------

run 1 "$SCRIM" discard -s seen </dev/null
err_has 'nothing was done; --yes'
(cd app && run 0 "$SCRIM" discard -s seen --yes a)
check_out 'dropped 1 change'
run 0 "$SCRIM" status -s seen --json
json '[len(s["changes"]) for s in d]' >counts
check_file counts '[0, 1, 0]'
run 0 "$SCRIM" discard -s seen --yes --forget
"$SCRIM" list --names >names
! grep -qx seen names || fail "parts are left"
echo "ok discard"

# ---------- names ----------

run 0 "$SCRIM" run -q -w app -w lib -- true
run 0 "$SCRIM" run -q -w app -w lib -- true
"$SCRIM" list --names >names
grep -qx app-lib-2 names || fail "no name of its own: $(cat names)"
run 1 "$SCRIM" export -s app-lib -o x.tar
err_is_one_line
err_has 'of several workspaces'
run 0 "$SCRIM" run --ephemeral -w app -w lib -- sh -c "echo x >$tmp/lib/x"
err_has "of $tmp/lib: 1 added"
err_has 'ephemeral, and is gone'
