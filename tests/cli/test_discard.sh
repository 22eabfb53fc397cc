#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage discard
run 2 "$SCRIM" discard --forget path
need fuse

mkdir -p ws/dir
echo a >ws/a
echo b >ws/b
agent one <<'END'
echo A >a
mv b dir/b
mkdir new
echo n >new/n
END
cd ws
run 1 "$SCRIM" discard </dev/null
err_has 'nothing was dropped; --yes does it'
run 1 "$SCRIM" discard --yes nothing
err_has 'nothing: no change of this session'
run 1 "$SCRIM" discard --yes a nothing
err_has 'nothing: no change of this session'
err_is_one_line
run 0 "$SCRIM" discard --yes new
check_out "dropped 2 changes"
run 0 "$SCRIM" discard --yes dir/b
check_out "dropped 1 change"
run 0 "$SCRIM" diff --name-status
check_out "M	a"
run 0 "$SCRIM" apply --yes a
run 0 "$SCRIM" discard --yes
check_out "dropped 0 changes"
run 0 "$SCRIM" undo --yes
check_file a a
run 0 "$SCRIM" discard --yes --forget
check_out "dropped 0 changes and the session"
run 0 "$SCRIM" list
check_out ""
cd ..

agent two <<'END'
echo x >x
END
run 0 "$SCRIM" discard --yes --session two
check_out "dropped 1 change and the session"
[ ! -e ws/x ] || fail "it was applied"
run 0 "$SCRIM" list --json
check_out "[]"
