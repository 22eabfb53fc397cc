#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each row of the list of threats, 1 to 90, has a case: rows.tsv says which, and
# it is there. And each function that is named after a row is in that table.

. "${srcdir:-.}/tests/lib.sh"

table=$srcdir/tests/threats/rows.tsv
tab=$(printf '\t')
grep -v '^#' "$table" >rows
row=1
while [ $row -le 90 ]; do
	grep -q "^$row$tab" rows || fail "row $row has no case"
	row=$((row + 1))
done
[ "$(cut -f1 rows | sort -nu | tail -n 1)" = 90 ] || fail "there is no such row"
while IFS=$tab read -r row kind file text; do
	case $kind in
	HIDE | STORE | OVL | RUN | APPLY | REVIEW | SCAN | PLAIN | ALL) ;;
	*) fail "row $row: '$kind' is no kind" ;;
	esac
	[ -n "$text" ] || fail "row $row: four columns are wanted"
	grep -qF -e "$text" "$srcdir/$file" ||
		fail "row $row: no '$text' in $file"
done <rows
sed -n 's/^\(row_[0-9a-z_]*\)() {$/\1/p' "$srcdir"/tests/threats/*.sh |
	while read -r name; do
		row=${name#row_}
		row=${row%%_*}
		grep -q "^${row#0}$tab" rows || fail "$name is of no row"
	done
