#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual and the option tables say the same: each option of a command is in
# its section (or is one of the common ones), and no section tells of an option
# that there is not.
. "${srcdir:-.}/tests/lib.sh"

man=$srcdir/man/scrim.1

# section TITLE: the lines of that .Ss or .Sh.
section() {
	awk -v title="$1" '
	/^\.S[hs] / { on = substr($0, 5) == title; next }
	on' "$man"
}

# Options in mdoc text, as on the command line, one per line: what follows after
# Fl up to the next macro.
flags() {
	sed -n 's/^\.//p' | awk '{
		on = 0
		for (i = 1; i <= NF; i++)
			if ($i == "Fl") on = 1
			else if ($i ~ /^[A-Z][a-z]$/) on = 0
			else if (on && $i ~ /^-?[A-Za-z0-9]/) print "-" $i
	}' | sort -u
}

section "COMMON OPTIONS" | flags >common
[ -s common ] || fail "no COMMON OPTIONS"

run 0 "$SCRIM" help
sed -n 's/^  \([a-z]*\) .*/\1/p' out >names
while read -r name; do
	run 0 "$SCRIM" help "$name"
	sed -n '/^options:/,$p' out | grep -o -E '^  (-[A-Za-z0-9], |    )--[a-z0-9-]+' |
		tr -s ' ,' '\n' | grep . | sort -u >table
	section "scrim $name" | flags >in_section
	sort -u common in_section >told
	comm -23 table told >untold
	[ ! -s untold ] || fail "scrim $name: not in the manual: $(cat untold)"
	comm -13 table in_section >unknown
	[ ! -s unknown ] ||
		fail "scrim $name: only in the manual: $(cat unknown)"
done <names

need mandoc
for page in "$srcdir"/man/*.[1-8]; do
	mandoc -T lint "$page" >warnings || :
	# What is told by another page of ours is not found where none is installed.
	grep -v -e 'outdated mandoc.db' -e 'referenced manual not found' warnings >lint2 || :
	[ ! -s lint2 ] || fail "$(cat lint2)"
done
