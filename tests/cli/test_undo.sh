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
check_out "job 1 is undone"
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
err_has 'new/x/n was changed since; it would be lost'
err_is_one_line
check_file a A
