#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hard links: those that the agent makes are applied as links, rolled back and undone
# as such; what it writes by one of the workspace's is applied under each name.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse strace python3

# links FILE N: how many names it has.
links() {
	[ "$(stat -c %h "$1")" = "$2" ] ||
		fail "$1 has $(stat -c %h "$1") names, not $2"
}
same_file() {
	[ "$(stat -c %i "$1")" = "$(stat -c %i "$2")" ] || fail "$1 and $2 are not one file"
}

mkdir -p ws/d
echo one >ws/old
echo two >ws/changed
echo three >ws/moved
agent one <<'END'
ln old new
ln old d/new2
echo more >>changed
ln changed also
ln moved link
mv moved elsewhere
echo x >x
ln x x2
END
cp -a ws before
cd ws
run 0 "$SCRIM" status
out_has '^  A  new  (another name of old)$'
run 0 "$SCRIM" status --json
[ "$(json 'sorted((c["path"], c.get("link_to")) for c in d["changes"] if "link_to" in c)[1]')" = \
	"('d/new2', 'old')" ] || fail "json: $(json d)"
run 0 "$SCRIM" apply --dry-run
out_has '^  link      new  (another name of old)$'
out_has '^  link      d/new2  (another name of old)$'

# Killed before all is on disk: nothing is left but what was there.
strace -f -qq -o /dev/null -e inject=syncfs:signal=KILL:when=2 \
	"$SCRIM" apply --yes new d/new2 >/dev/null 2>&1 &&
	fail "it was not killed"
same_file new old
run 0 "$SCRIM" apply --recover
links old 1
cd ..
same_tree ws before
cd ws

# One of two names that were changed: what was chosen, not what is there.
run 0 "$SCRIM" apply --yes also
check_file also 'two
more'
check_file changed two
run 0 "$SCRIM" undo --yes

run 0 "$SCRIM" apply --yes new d/new2
same_file new old
same_file d/new2 old
links old 3
run 0 "$SCRIM" undo --yes
links old 1
cd ..
same_tree ws before

# The old name has become another file's: a copy of that, as for a rename.
agent two <<'END'
ln old new
END
cd ws
echo mine >"$tmp/mine"
mv "$tmp/mine" old
run 0 "$SCRIM" apply --session two --yes
check_file old mine
check_file new mine
links new 1

cd ..
agent three <<'END'
echo x >x
ln x x2
END
cd ws
run 0 "$SCRIM" apply --session three --yes
same_file x x2
run 0 "$SCRIM" status --session three
out_has ': 0 changes'
cd ..
rm -rf ws
mkdir -p ws/d ws/gone
echo one >ws/a
ln ws/a ws/b
ln ws/a ws/d/c
ln ws/a ws/gone/g
echo x >ws/x
git config --global user.name N
git config --global user.email n@example.org
git -C ws init -q
git -C ws commit -qm0 --allow-empty
agent four <<'END'
echo two >>b
grep -q two a
grep -q two d/c
rm -r gone
ln -f x d/y
END
cp -a ws before4
cd ws
run 0 "$SCRIM" status --session four
out_has '^  M  b  (also a, d/c)$'
out_has '^  D  gone/'
run 0 "$SCRIM" status --session four --json
[ "$(json '[[n["path"] for n in c["also"]] for c in d["changes"] if "also" in c]')" = \
	"[['a', 'd/c']]" ] || fail "json: $(json d)"
run 0 "$SCRIM" diff --session four --json a
[ "$(json '[c["path"] for c in d["changes"]]')" = "['b']" ] ||
	fail "json: $(json d)"
run 0 "$SCRIM" diff --session four --stat
out_has '^ b, a, d/c | 1 +'
run 0 "$SCRIM" diff --session four --name-status
out_has '^M	a$'
out_has '^M	d/c$'
run 0 "$SCRIM" diff --session four --html "$tmp/page"
grep -q '<p class="n">also d/c</p>' "$tmp/page" || fail "page"
run 0 "$SCRIM" apply --session four --patch "$tmp/patch"
cp -a "$tmp/before4" "$tmp/patched"
(cd "$tmp/patched" && git apply "$tmp/patch") || fail "git apply"
cmp "$tmp/patched/a" "$tmp/patched/d/c"
grep -q two "$tmp/patched/d/c" || fail "patched"
rm -rf "$tmp/patched"
run 0 "$SCRIM" apply --session four --branch four --yes -m x d/c
[ "$(git diff --name-only HEAD four | tr '\n' ' ')" = "a b d/c " ] || fail "branch"
run 0 "$SCRIM" apply --session four --dry-run --json
[ "$(json '[[n["path"] for n in c["also"]] for c in d["items"] if "also" in c]')" = \
	"[['a', 'd/c']]" ] || fail "json: $(json d)"

# by one of its names; what the agent removed is another change
run 0 "$SCRIM" apply --session four --yes d/c
grep 'old content' "$tmp/out" && fail "all names are known"
out_has '^  write     b  (also a, d/c)$'
same_file a b
same_file a d/c
links a 3
check_file d/c 'one
two'
check_file gone/g one
run 0 "$SCRIM" status --session four
grep '^  M' "$tmp/out" && fail "it was applied"
run 0 "$SCRIM" undo --session four --yes
same_file a d/c
same_file a gone/g
links a 4
rm -rf ../before4/.git
mv .git ../git4
(cd .. && same_tree ws before4)
mv ../git4 .git
[ "$(stat -c '%y %a' a)" = "$(stat -c '%y %a' ../before4/a)" ] || fail "times"

# with what the user has added, as long as it is one file
cd ..
agent again <<'END'
echo two >>b
END
cd ws
{ echo zero; cat a; } >"$tmp/text"
cat "$tmp/text" >a
run 0 "$SCRIM" apply --session again --yes a
out_has '^  merge     b  (also a, d/c, gone/g)$'
same_file a d/c
same_file a b
check_file d/c 'zero
one
two'
run 0 "$SCRIM" undo --session again --yes
check_file d/c 'zero
one'
same_file a b
links a 4
cd ..
agent parted <<'END'
echo two >>b
END
cd ws
cp b "$tmp/text"
mv "$tmp/text" b
run 1 "$SCRIM" apply --session parted --yes b
out_has '^  conflict  b  .*it was one file with a, and you have parted them'
links a 3
run 1 "$SCRIM" apply --session parted --yes --conflicts=skip
links a 3
run 0 "$SCRIM" status --session parted
out_has '^  M  b  (also a, d/c, gone/g)$'
cd ..

# a name outside of the workspace is not ours; one that the agent removed neither
rm -rf ws
mkdir ws
echo one >ws/a
ln ws/a ws/b
ln ws/a outside
agent five <<'END'
echo two >>a
rm a
chmod 600 b
END
cd ws
run 0 "$SCRIM" status --session five
out_has '^  D  a$'
out_has '^  M  b$'
run 0 "$SCRIM" apply --session five --yes
out_has '^  write     b  (1 other name of it, which the view has not, keeps the old content)$'
check_file b 'one
two'
check_file ../outside one
[ "$(stat -c %a b ../outside | tr '\n' ' ')" = "600 644 " ] || fail "modes"
run 0 "$SCRIM" status --session five
out_has ': 0 changes'
# and is that very file again when it comes back, as long as nobody changed it
run 0 "$SCRIM" undo --session five --yes
same_file a b
same_file a ../outside
links a 3
run 0 "$SCRIM" undo --session five --yes 2
[ "$(stat -c %i ../outside)" != "$(stat -c %i b)" ] || fail "not parted"
echo mine >>../outside
run 0 "$SCRIM" undo --session five --yes 3
out_has '^  restore   a  (as a file of its own: its other names have been changed since,'
same_file a b
check_file a one
check_file ../outside 'one
mine'
cd ..

# a rule about one of the names, and a discard by another
rm -rf ws
mkdir -p ws/.github/workflows
echo one >ws/a
ln ws/a ws/.github/workflows/ci.yml
agent six <<'END'
echo two >>a
END
cd ws
run 1 "$SCRIM" apply --session six --yes
out_has '^  left      a  .*ci.yml, another name of it, is dangerous: needs --allow ci'
check_file a one
run 0 "$SCRIM" discard --session six --yes .github/workflows/ci.yml
cd ..
agent six <<'END'
[ "$(cat a)" = one ]
[ "$(cat .github/workflows/ci.yml)" = one ]
echo three >>a
rm a
END
cd ws
run 0 "$SCRIM" discard --session six --yes .github
run 0 "$SCRIM" status --session six
out_has ': 1 change$'
out_has '^  D  a$'
cd ..

# under a running view
rm -rf ws
mkdir ws
echo one >ws/a
ln ws/a ws/b
run 0 timeout 30 "$SCRIM" mount ws mnt --name seven --git none
exec 7>>mnt/a
echo two >&7
run 0 timeout 30 "$SCRIM" apply --session seven --yes
same_file ws/a ws/b
check_file ws/b 'one
two'
check_file mnt/b 'one
two'
run 0 "$SCRIM" status --session seven
out_has ': 0 changes'
echo three >&7
exec 7>&-
run 0 "$SCRIM" status --session seven
out_has '^  M  a  (also b)$'
run 0 timeout 30 "$SCRIM" apply --session seven --yes b
same_file ws/a ws/b
check_file ws/b 'one
two
three'
run 0 "$SCRIM" status --session seven
out_has ': 0 changes'
echo four >>mnt/b
grep -q four mnt/a || fail "the view's names are two files"
run 0 timeout 30 "$SCRIM" discard --session seven --yes a
wait_for 5 sh -c '! grep -q four mnt/a' || fail "not discarded"
wait_for 5 sh -c '! grep -q four mnt/b' || fail "not discarded by its other name"
run 0 timeout 30 "$SCRIM" umount mnt

# where both names were looked up before the file was written
rm -rf ws
mkdir ws
echo one >ws/a
ln ws/a ws/b
ln ws/a ws/c
for asked in a b "a b" .; do
	agent eight <<'END'
cat a b
echo two >>a
END
	cd ws
	# shellcheck disable=SC2086 # words
	run 0 timeout 30 "$SCRIM" discard --session eight --yes $asked
	run 0 "$SCRIM" status --session eight
	out_has ': 0 changes'
	cd ..
	agent eight <<'END'
[ "$(cat a b c | tr '\n' ' ')" = "one one one " ]
END
done
# a name of the agent's own is a change by itself
agent eight <<'END'
cat a b c
echo two >>a
mv b d
END
cd ws
"$SCRIM" discard --session eight --yes a >/dev/null 2>&1 || :
run 0 timeout 30 "$SCRIM" discard --session eight --yes .
run 0 "$SCRIM" status --session eight
out_has ': 0 changes'
cd ..
