#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is found of a labelled corpus, which is kept outside of this tree: at
# least 0.90 of it with 0.98 of the findings right; of credential files at least
# 46 of 47 with at most one look-alike.
. "${srcdir:-.}/tests/lib.sh"

data=${SCRIM_CORPUS:-$srcdir/../shared/data}
if [ ! -f "$data/score.py" ]; then
	echo "SKIP: no corpus at $data; set SCRIM_CORPUS" >&2
	exit 77
fi
need python3

# at_least VALUE FLOOR WHAT
at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' ||
		fail "$3 is $1, less than $2"
}

# score DIR: sets recall, precision, found and false_lines.
score() {
	(cd "$1/files" && "$SCRIM" scan --format=jsonl) >found.jsonl || :
	line=$(python3 "$data/score.py" "$1" found.jsonl | sed -n 1p)
	echo "$line"
	recall=$(echo "$line" | sed 's/.*recall \([0-9.]*\).*/\1/')
	precision=$(echo "$line" | sed 's/.*precision \([0-9.]*\).*/\1/')
	found=$(echo "$line" | sed 's/.*found \([0-9]*\).*/\1/')
	false_lines=$(echo "$line" | sed 's/.*false lines \([0-9]*\).*/\1/')
}

score "$data/visible"
at_least "$recall" 0.90 "recall"
at_least "$precision" 0.98 "precision"
score "$data/visible-names"
at_least "$found" 46 "the number of credential files found"
at_least 1 "$false_lines" "the bound of look-alikes"
