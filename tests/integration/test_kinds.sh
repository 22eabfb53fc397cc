#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Secrets of each kind and look-alikes of each kind, made anew from
# tests/integration/kinds: the words, names and tokens are others than those of
# the corpus that the rules were written with. KINDS_SEED makes other ones.
. "${srcdir:-.}/tests/lib.sh"
need python3

kinds=$srcdir/tests/integration/kinds/kinds.py
python3 "$kinds" make "$tmp" "${KINDS_SEED:-1}"
for what in lines names; do
	cd "$tmp/$what"
	"$SCRIM" scan --no-cache --format=jsonl >"$tmp/$what.jsonl" || :
done
cd "$tmp"
python3 "$kinds" score "$tmp" lines.jsonl names.jsonl -v >score
cat score

# figure LABEL PATTERN: a number of the line that begins with LABEL.
figure() {
	sed -n "s/^$1: $2/\1/p" score
}

# at_least VALUE FLOOR WHAT
at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' ||
		fail "$3 is $1, less than $2"
}

at_least "$(figure lines '.* found (\([0-9.]*\)).*')" 0.95 "recall"
at_least "$(figure lines '.*(precision \([0-9.]*\)).*')" 0.98 "precision"
at_least "$(figure names '.* found (\([0-9.]*\)).*')" 0.95 \
	"the part of credential files found"
at_least 1 "$(figure names '.* right, \([0-9]*\) wrong.*')" \
	"the bound of look-alikes"
