#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage undo
run 2 "$SCRIM" undo x
need fuse

mkdir -p ws/dir
echo a >ws/a
echo b >ws/dir/b
touch -d '2001-01-01 01:01:01.5' ws/a
chmod 640 ws/a
agent one <<'END'
echo A >a
rm -r dir
mkdir -p new/x
echo n >new/x/n
END
cp -a ws before
cd ws
run 1 "$SCRIM" undo --yes
err_has 'nothing was applied that could be undone'
run 0 "$SCRIM" apply --yes
[ ! -e dir ] || fail "not applied"
cp -a ../ws ../after
run 1 "$SCRIM" undo </dev/null
err_has 'nothing was undone; --yes does it'
run 0 "$SCRIM" undo --yes
check_out "job 1 is undone; scrim undo 2 takes that back"
cd ..
same_tree ws before
[ "$(stat -c '%y %a' ws/a)" = "$(stat -c '%y %a' before/a)" ] || fail "times"
cd ws

# an undo is undone by its number
run 1 "$SCRIM" undo --yes
run 0 "$SCRIM" undo --yes 2
cd ..
same_tree ws after
cd ws

# what the user did since is not lost
run 0 "$SCRIM" undo --yes 3
run 0 "$SCRIM" undo --yes 4
echo more >>new/x/n
run 1 "$SCRIM" undo --yes 5
out_has '^  conflict  new/x/n  (you have changed it since)$'
err_has 'nothing was undone: 1 in conflict; give --conflicts=skip'
err_is_one_line
check_file a A
run 1 "$SCRIM" undo --yes --conflicts=skip 5
out_has '^  left      new/x/n  (you have changed it since)$'
err_has 'kept new/x: '
check_file a a
check_file new/x/n "n
more"
cd ..

# What the user changed is merged where it can be.
rm -rf ws
mkdir -p ws/sub
seq 30 >ws/lines
seq 30 >ws/same
seq 30 >ws/mode
printf '\0\1' >ws/bin
echo d >ws/sub/d
echo g >ws/gone
agent two <<'END'
sed -i 's/^3$/three/;s/^4$/four/' lines
sed -i 's/^3$/three/' same mode
printf '\0\2' >bin
rm sub/d gone
chmod 700 sub
END
cd ws
run 0 "$SCRIM" apply --yes
sed -i 's/^20$/twenty/' lines
chmod 600 mode
sed -i 's/^three$/THREE/' same
echo g >gone
run 1 "$SCRIM" undo --dry-run --json
json '[(i["path"],i["verdict"]) for i in d["items"]]' >got
for want in "'lines', 'merge'" "'same', 'conflict'" "'mode', 'restore'" \
	"'bin', 'restore'" "'sub/d', 'restore'" "'sub', 'meta'"; do
	grep -q -F "($want)" got || fail "not planned: $want"
done
if grep -q gone got; then fail "gone is back already"; fi
run 1 "$SCRIM" undo --yes
err_has 'same: with conflict markers as .*/conflicts/1$'
f=$(sed -n 's/.*: with conflict markers as //p' "$tmp/err")
grep -qx '>>>>>>> before' "$f" || fail "no markers"
[ "$(sed -n 3p lines)" = three ] || fail "something was undone"
run 0 "$SCRIM" undo --yes --conflicts=markers
out_has '^  merge     lines$'
out_has '^  merge     same  (with conflict markers)$'
seq 30 | sed 's/^20$/twenty/' | diff -u - lines || fail "not merged"
grep -qx '<<<<<<< workspace' same || fail "no markers in the workspace"
[ "$(stat -c %a mode)" = 600 ] || fail "the user's mode is lost"
seq 30 | diff -u - mode || fail "mode's content"
printf '\0\1' | cmp - bin || fail "bin"
check_file sub/d d
check_file gone g
[ "$(stat -c %a sub)" = 755 ] || fail "the mode of sub"

# A binary that was changed, one that was removed, and a directory that is gone.
cd ..
agent three <<'END'
printf '\0\3' >bin
echo more >>gone
rm sub/d
END
cd ws
run 0 "$SCRIM" apply --yes -s three
printf '\0\4' >bin
rm -r gone sub
run 1 "$SCRIM" undo --yes -s three
out_has '^  conflict  bin  (you have changed it since, and it is not text'
out_has '^  conflict  gone  (you have removed it since)$'
out_has '^  conflict  sub/d  (its directory is gone)$'
run 1 "$SCRIM" undo --yes -s three --conflicts=skip
printf '\0\4' | cmp - bin || fail "bin was touched"
[ ! -e sub ] || fail "sub is back"
