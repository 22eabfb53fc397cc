#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage review
need fuse git

# keys STATUS SCRIPT [OPTION...]: a review with these keys; what is dumped is out.
keys() {
	keys_status=$1
	printf '%s' "$2" >"$tmp/.keys"
	shift 2
	run "$keys_status" timeout 30 "$SCRIM" review --script "$tmp/.keys" "$@"
}

esc=$(printf '\033')
mkdir -p ws/src/deep
seq 40 >ws/lines
echo 'int main(void) { return 0; }' >ws/src/deep/a.c
echo x >ws/gone
printf 'if\n\treturn 1;\n' >ws/tab
echo FAKE >ws/secret.txt
agent one <<'END'
sed -i 's/^3$/three/;s/^7$/seven/;s/^30$/thirty/' lines
rm gone
sed -i 's/return 1/return usage()/' tab
sed -i 's/return 0/return 1/' src/deep/a.c
mkdir -p .github/workflows node_modules/x
echo on >.github/workflows/ci.yml
for i in $(seq 20); do echo $i >node_modules/x/$i.js; done
esc=$(printf '\033')
printf 'a\033[2J\302\2331m\342\200\256b\n' >"na${esc}[31m$(printf '\342\200\256')me"
printf 'short\tthen %0200d\n' 5 >long
ln -s /etc/passwd away
printf 'bin\000ary' >blob
END
cp -a ws before
cd ws

# Without a terminal there is no screen, and nothing is lost by asking for one.
run 1 "$SCRIM" review </dev/null
err_has 'a review needs a terminal'
printf '<nonsense>' >../.keys
run 1 "$SCRIM" review --script ../.keys
err_has 'unknown key at byte 10'

# The dangerous come first; names and contents are escaped; new directories with
# much in them are folded.
keys 0 '<dump>'
out_has '^> !A  .github/workflows/ci.yml '
out_has '^  !A  away$'
out_has '^  !A  na\\x1b\[31m<U+202E>me '
out_has ' ! ci: '
[ "$(grep -c . ../out)" -le 24 ] || fail "more than 24 lines"
keys 0 '<size 50x80><dump>'
out_has '^   A +node_modules/ .* 21  [0-9.]*[BKM]$'
out_has '^     -src/deep/ .* 1$'
out_has '^   M   a.c '
keys 0 '/node<enter><esc><size 60x80><enter>j<enter><dump>'
out_has '^   A    16.js '
keys 0 '/na<enter><esc>/31m<enter><dump>'
out_has 'a\\x1b\[2J<U+009B>1m<U+202E>b'
if grep -q "$esc" ../out; then fail "an escape on the screen"; fi
if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" ../out; then
	fail "a control character on the screen"
fi

# A long line is cut with a count, and can be moved; tabs are white space.
keys 0 '/long<enter><esc><dump><right><right><dump>'
out_has 'short   then 0*+[0-9]*>$'
out_has '<00*+[0-9]*>$'

# Lines whose words are compared are there as a whole.
keys 0 '/tab<enter><esc><dump>'
out_has ' 2 -        return 1;$'
out_has ' 2 +        return usage();$'

# Lines, hunks, the rest of a file; what is chosen is there the next day.
keys 0 '/lines<enter><esc><enter>jjjj<space><dump>'
out_has '^ y *3 +three$'
out_has '1 in part'
keys 0 '<dump>'
out_has ' 1 in part, 0 left'
keys 0 '/lines<enter><esc><enter>gja<dump>'
out_has '^>y M  lines '
keys 0 'u<dump>'
out_has 'nothing is left to undo'
keys 0 '/lines<enter><esc><enter>gsy<dump>u<dump>gd<dump>'
out_has ' y @@ -1,6 +1,6 @@  hunk 1 of 3$'
out_has '^undone: lines$'
out_has '^>n M  lines '

# Words are marked in side by side too, where there is room for it.
keys 0 '|<dump><size 40x200>/lines<enter><esc><dump>'
out_has 'side by side needs 100 columns'
out_has '3 -3 *|.* 3 +three$'

# The text for the agent: what was refused, and why.
keys 0 '/lines<enter><esc><enter>gsyngjjjcwhy not 3?<enter>Q'
run 0 "$SCRIM" review --text -
out_has '^## lines$'
out_has '^why not 3?$'
out_has '^Not taken, at line 7:$'
out_has '^+seven$'
! grep -q '^+three$' ../out || grep -q -A3 'Line 3' ../out ||
	fail "a hunk that was taken is said to be refused"
keys 0 'qt<backspace><backspace>txt<enter>'
grep -q '^## lines$' review.txt || fail "no text"
rm review.txt

# apply --chosen takes that and nothing else.
run 0 "$SCRIM" apply --chosen --dry-run
out_has '^  write     lines'
out_has '^1 to apply$'
run 2 "$SCRIM" apply --chosen lines
run 0 "$SCRIM" apply --chosen --patch ../p
cd ..
cp -a before patched
(cd patched && git apply ../p)
cd ws
run 0 "$SCRIM" apply --chosen --yes
seq 40 | sed 's/^3$/three/' >../want
cmp ../want lines || fail "other lines were applied"
cmp ../patched/lines lines || fail "the patch is of something else"
cp lines ../before
cd ..
same_tree ws before
cd ws
run 1 "$SCRIM" apply --chosen --yes
err_has 'nothing is chosen'
# What was not chosen is still there, and can be applied later.
keys 0 '/lines<enter><esc><dump>'
out_has 'lines'
out_has '+seven'

# A directory is taken as a whole, but for what is dangerous in it.
keys 0 '/node<enter><esc>y/src<enter><esc>y<dump>'
out_has ' 22 taken\| 23 taken\| 24 taken'

# From the screen to the workspace in one go.
keys 0 'qa' --yes
[ -f node_modules/x/20.js ] || fail "the directory was not applied"
grep -q 'return 1' src/deep/a.c || fail "the file was not applied"
[ ! -e .github ] || fail "what was not chosen was applied"
[ -e gone ] || fail "what was not chosen was removed"

# An edited hunk.
cat >../edit <<'END'
#!/bin/sh
sed -i 's/^+seven$/+sieben/' "$1"
END
chmod +x ../edit
EDITOR="$tmp/edit" keys 0 '/lines<enter><esc><enter>gey<dump>Q'
out_has 'sieben'
run 0 "$SCRIM" apply --chosen --yes
grep -qx sieben lines || fail "the edited line was not applied"
[ -z "$(find "$XDG_STATE_HOME" -name 'edit.diff*')" ] || fail "left over"
EDITOR=false keys 0 '/long<enter><esc><enter>ge<dump>'
out_has '^the editor failed, the hunk stays as it was'

# What the agent changes after the review is not applied; the rest neither.
keys 0 '/long<enter><esc>y/gone<enter><esc>y'
cd ..
agent one <<'END'
echo later >>long
END
cd ws
run 1 "$SCRIM" apply --chosen --yes
err_has 'long was changed after it was reviewed'
err_has 'nothing was applied'
[ -e gone ] || fail "applied in part"
keys 0 '<dump>'
out_has '1 of your choices are open again'
out_has '1 taken'
run 0 "$SCRIM" apply --chosen --yes
[ ! -e gone ] || fail "not removed"

# Dangerous things are asked for as ever, also when they were chosen.
keys 0 'y'
run 1 "$SCRIM" apply --chosen --yes
[ ! -e .github ] || fail "a dangerous change without a word"
run 0 "$SCRIM" apply --chosen --yes --allow ci
[ -e .github/workflows/ci.yml ] || fail "not applied"

# A mounted session: the review is of one moment.
cd ..
run 0 timeout 30 "$SCRIM" mount ws mnt --session=one --hide 'secret*'
echo v1 >mnt/living
cd ws
keys 0 '/living<enter><esc>y<dump>'
out_has '^ y A  living'
echo v2 >../mnt/living
run 1 "$SCRIM" apply --chosen --yes
err_has 'living was changed after it was reviewed'
keys 0 '/living<enter><esc>y'
run 0 "$SCRIM" apply --chosen --yes
check_file living v2
cd ..
run 0 timeout 30 "$SCRIM" umount mnt

# A part of a renamed and a part of a new file: the rest is a change of what was
# applied, mounted or not, and goes on its way when more is taken.
seq 20 >ws/old
seq 20 >ws/busy
agent one <<'END'
mv old moved
sed 's/^3$/three/;s/^18$/eighteen/' moved >t
cat t >moved
rm t
printf 'first\nsecond\n' >fresh
END
cd ws
keys 0 '/moved<enter><esc><enter>gy<esc>/fresh<enter><esc><enter>gjj<space>'
run 0 "$SCRIM" apply --chosen --yes
seq 20 | sed 's/^3$/three/' | cmp - moved || fail "another part of moved"
check_file fresh first
[ ! -e old ] || fail "the old name is there"
run 0 "$SCRIM" status
out_has '^  M  moved$'
out_has '^  M  fresh$'
run 0 "$SCRIM" apply --yes moved fresh
seq 20 | sed 's/^3$/three/;s/^18$/eighteen/' | cmp - moved || fail "the rest"
[ "$(cat fresh)" = "first
second" ] || fail "the rest of fresh: $(cat fresh)"
cd ..
run 0 timeout 30 "$SCRIM" mount ws mnt --session=one --hide 'secret*'
sed 's/^3$/three/;s/^18$/eighteen/' mnt/busy >t
cat t >mnt/busy
cd ws
keys 0 '/busy<enter><esc><enter>gy'
run 0 "$SCRIM" apply --chosen --yes
seq 20 | sed 's/^3$/three/' | cmp - busy || fail "another part of busy"
grep -qx eighteen ../mnt/busy || fail "the agent's own was taken away"
# The user goes on meanwhile: the rest is merged into that.
sed -i 's/^10$/ten/' busy
run 0 "$SCRIM" apply --yes busy
seq 20 | sed 's/^3$/three/;s/^10$/ten/;s/^18$/eighteen/' | cmp - busy ||
	fail "not merged: $(cat busy)"
cd ..
run 0 timeout 30 "$SCRIM" umount mnt

# In place of applying: a patch, and a commit on a new branch, of the part.
mkdir ws2 mnt2
seq 40 >ws2/f
(cd ws2 && git init -q . && git config user.name A &&
	git config user.email a@example.com && git add f &&
	git commit -qm first)
run 0 timeout 30 "$SCRIM" mount ws2 mnt2 --name=two
sed -i 's/^3$/three/;s/^30$/thirty/' mnt2/f
run 0 timeout 30 "$SCRIM" umount mnt2
cd ws2
seq 40 | sed 's/^3$/three/' >../want
keys 0 '/f<enter><esc><enter>gyqp<backspace><backspace><backspace><backspace><backspace>p<enter>' \
	--session=two
git apply review.p || fail "not a patch"
cmp f ../want || fail "the patch is of something else"
git checkout -q f
rm review.p
keys 0 'qbone<enter>' --session=two
git cat-file blob agent/one:f | cmp - ../want || fail "the commit is another"
git diff --quiet || fail "the files were touched"
keys 1 'qa' --session=two </dev/null
err_has 'nothing was applied; --yes does it without asking'
cd ..

# Nothing to look at.
mkdir ws3 mnt3
run 0 timeout 30 "$SCRIM" mount ws3 mnt3 --name=three
run 0 timeout 30 "$SCRIM" umount mnt3
run 0 "$SCRIM" review --session=three
err_has 'session three has no changes'

# A file of choices that is not one is said to be so.
for f in state/scrim/sessions/*/; do echo '{}' >"$f/choices"; done
cd ws
run 1 "$SCRIM" review --text -
err_has 'cannot be read'
run 1 "$SCRIM" apply --chosen --yes
err_has 'remove it to begin the review anew'
exit 0

# What git leaves inside of a repository is one row, which is not taken as a whole.
cd ..
rm -rf ws
mkdir ws
git config --global user.name N
git config --global user.email n@example.org
git -C ws init -q
echo one >ws/file
git -C ws add file
git -C ws commit -qm0
agent inside <<'END'
echo two >>file
git commit -qam 1
END
cd ws
keys 0 '<dump>y<dump>Q' --session inside
out_has '^> #  +\.git/ '
out_has '^>  M  file '
out_has 'open it, and decide on what is inside of a repository one by one'
out_has ' 0 taken, 0 in part, 0 left'
keys 0 '<enter><size 60x80><dump>jy<dump>gn<dump>Q' --session inside
out_has '^  #M  *COMMIT_EDITMSG '
out_has ' 1 taken, 0 in part, 0 left'
out_has ' 0 taken, 0 in part, [1-9][0-9]* left, 1 open$'
