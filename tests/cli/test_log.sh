#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage log
need fuse

mkdir ws
echo FAKE >ws/secret.txt
echo a >ws/a
agent one <<'END'
echo A >a
echo b >b
cat secret.txt 2>/dev/null || :
END
cd ws
run 0 "$SCRIM" log
check_out ""
run 0 "$SCRIM" apply --yes a
run 0 "$SCRIM" undo --yes
run 0 "$SCRIM" log
sed 's/20..-..-.. ..:..:../TIME/' "$tmp/out" >"$tmp/seen"
check_file "$tmp/seen" "   2  TIME  done             1 change   undo of 1
   1  TIME  undone           1 change   apply a"

run 0 "$SCRIM" log --attempts
! grep -q FAKE "$tmp/out" || fail "a secret in the log"

need python3
run 0 "$SCRIM" log --json
[ "$(json '[(j["job"], j["state"], j["undoes"]) for j in d["jobs"]]')" = \
	"[(2, 'done', 1), (1, 'undone', None)]" ] || fail "json: $(json d)"
