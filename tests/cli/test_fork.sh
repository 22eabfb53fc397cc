#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim fork: two sessions go on from one state, apart from each other.
. "${srcdir:-.}/tests/lib.sh"

check_usage fork
need fuse
mkdir ws a b
echo one >ws/file
echo base >ws/other
run 0 timeout 30 "$SCRIM" mount ws a --name a --git none
echo two >a/file
run 0 "$SCRIM" fork -s a --name b
run 1 "$SCRIM" fork -s a --name b
err_is_one_line
run 0 timeout 30 "$SCRIM" mount ws b --session b
check_file b/file two
echo "from a" >a/file
echo "from b" >>b/file
echo b >b/other
check_file a/file "from a"
check_file b/file "two
from b"
check_file a/other base
run 0 timeout 30 "$SCRIM" umount a
run 0 timeout 30 "$SCRIM" umount b
run 0 "$SCRIM" status -s a --json
! grep -q '"other"' out || fail "one session sees the other's change"
run 0 "$SCRIM" apply -s b --yes file
check_file ws/file "two
from b"
run 0 "$SCRIM" fork -s a --json
out_has '"workspace"'
exit 0
