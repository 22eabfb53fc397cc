#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Guessed renames and what git ignores: shown, marked and folded, never left out
# of a patch, of JSON or of apply.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse git
git_identity

git init -q -b main ws
mkdir -p ws/build ws/src
seq 100 >ws/old.txt
seq 200 300 >ws/src/gone.c
echo only >ws/unlike
printf '%s\n' '*.o' '/build/' '!keep.o' >ws/.gitignore
echo 1 >ws/build/kept.txt
echo t >ws/build/tracked
git -C ws add .
git -C ws add -f build/tracked
git -C ws commit -q -m first
agent one <<'END'
sed 's/^50$/fifty/' old.txt >new.txt
rm old.txt
cp src/gone.c src/come.c
rm src/gone.c
rm unlike
echo something else >other
echo x >src/a.o
echo x >src/keep.o
echo 2 >>build/kept.txt
echo 2 >>build/tracked
mkdir -p build/deep
for i in 1 2 3 4 5 6 7 8 9; do echo $i >build/deep/$i; done
mkdir node_modules
for i in 1 2 3 4 5 6 7 8 9 a b c d; do echo $i >node_modules/$i; done
echo '*' >>.gitignore
END
cd ws

run 0 "$SCRIM" status
out_has '^  R  old.txt -> new.txt  (9[0-9] % alike)$'
out_has '^  R  src/gone.c -> src/come.c  (100 % alike)$'
out_has '^  D  unlike$'
out_has '^  A  other$'
out_has '^  A  src/keep.o$'
out_has '^  M  build/tracked$'
out_has '^  A  node_modules/  (13 changes in it, 26 B)$'
out_has '^  12 changes of files that git ignores, .* (--all lists them): '
if grep -q '^  . *src/a.o\|^  . *build/kept\|^  D  old.txt' "$tmp/out"; then
	fail "it has a line of its own"
fi
# What is shown of it in a review is what changed, before the whole.
printf '/new.txt<enter><esc><dump>' >../keys
run 0 "$SCRIM" review --script ../keys
out_has '^   9[0-9] % like old.txt, which was deleted$'
out_has '^   @@ -47,7 +47,7 @@$'
out_has '^ *-50$'
out_has '^ *+fifty$'
printf '<size 60x80>/come<enter><esc><dump>' >../keys
run 0 "$SCRIM" review --script ../keys
out_has '100 % like src/gone.c'
out_has '^>  @@ -0,0 +1,101 @@  hunk 1 of 1$'

run 0 "$SCRIM" status --all
out_has '^  A  src/a.o$'
out_has '^  A  build/deep/1$'
run 0 "$SCRIM" status src
out_has '^  A  src/a.o$'
run 0 "$SCRIM" status --json
json 'sorted(c["path"] for c in d["changes"] if "ignored" in c["flags"])[-2:]' \
	>../got
check_file ../got "['build/kept.txt', 'src/a.o']"
json '[(c["kind"],c["path"],c["similar"]["path"]) for c in d["changes"] if "similar" in c and c["similar"]["score"] == 100]' >../got
check_file ../got "[('A', 'src/come.c', 'src/gone.c'), ('D', 'src/gone.c', 'src/come.c')]"

run 0 "$SCRIM" diff --name-status
out_has '^R09[0-9]	old.txt	new.txt$'
out_has '^R100	src/gone.c	src/come.c$'
out_has '^A	src/a.o$'
run 0 "$SCRIM" diff --name-status -z
tr '\0' '|' <"$tmp/out" | grep -q '|R100|src/gone.c|src/come.c|' || fail "-z"
# One end alone is what it is.
run 0 "$SCRIM" diff --name-status old.txt
check_out 'D	old.txt'
run 0 "$SCRIM" diff new.txt
out_has '^new file mode'
run 0 "$SCRIM" diff --json
json '[c["similar"]["score"] for c in d["changes"] if c["path"] == "src/come.c"]' \
	>../got
check_file ../got '[100]'
run 0 "$SCRIM" diff --text
out_has '^# 1[0-9] changes of files that git ignores; --all shows them$'
run 0 "$SCRIM" diff --stat
out_has '^ old.txt => new.txt  *| 2 '

# The patch has all of it, and makes what the agent made.
run 0 "$SCRIM" diff
out_has '^rename from old.txt$'
cp "$tmp/out" ../p.patch
cp -a . ../patched
(cd ../patched && git apply ../p.patch) || fail "git apply"
[ -e ../patched/src/a.o ] || fail "what is ignored is not in the patch"
[ ! -e ../patched/old.txt ] || fail "old.txt"
check_file ../patched/src/come.c "$(seq 200 300)"

# On the screen: closed, with count and size, and told of.
printf '/build<enter><esc><dump>/new.txt<enter><esc><dump>' >../k
run 0 "$SCRIM" review --script ../k
out_has '^> iA  +deep/ *9  18B$'
out_has '% like old.txt, which was deleted'
run 0 "$SCRIM" apply --yes
[ -e src/a.o ] && [ -e build/deep/9 ] || fail "what is ignored is not applied"

# A directory below the top of the repository, and none at all.
cd ..
agent_in() {
	mkdir -p mnt2
	run 0 timeout 30 "$SCRIM" mount "$1" mnt2 --name "$2" --git none
	echo x >mnt2/b.o
	run 0 timeout 30 "$SCRIM" umount mnt2
	run 0 "$SCRIM" status -s "$2"
}
git -C ws checkout -q -- .gitignore
agent_in ws/src below
out_has '^  1 change of files that git ignores'
mkdir plain
echo '*.o' >plain/.gitignore
agent_in plain plain
out_has '^  A  b.o$'
exit 0
