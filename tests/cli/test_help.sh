#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage help

run 0 "$SCRIM" help
cp out list
run 0 "$SCRIM" --help
cmp -s list out || fail "--help and help differ"
run 2 "$SCRIM"
check_out ""
cmp -s list err || fail "no command: not the list on stderr"

run 0 "$SCRIM" --version
grep -Eqx 'scrim [0-9]+\.[0-9]+\.[0-9]+.*' out || fail "version"

run 0 "$SCRIM" help help
check_out "usage: scrim help [OPTION...] [COMMAND]

list the commands, or tell about one

options:
  -h, --help                print this help"

run 2 "$SCRIM" help "$(printf 'a\033[2Jb')"
check_err "scrim: no command 'a\\x1b[2Jb'; see scrim help"
run 2 "$SCRIM" nonesuch
check_err "scrim: no command 'nonesuch'; see scrim help"
for word in moutn 'help moutn'; do
	# shellcheck disable=SC2086 # words
	run 2 "$SCRIM" $word
	check_err "scrim: no command 'moutn', but there is 'mount'; see scrim help"
done
run 2 "$SCRIM" help one two
check_err "scrim help: one operand too many: 'two'; see scrim help --help"
run 2 "$SCRIM" --color=blue help
check_err "scrim: option '--color': 'blue' is none of auto|always|never; see scrim help"

# Every listed command tells about itself, and is listed once.
run 0 "$SCRIM" help
sed -n 's/^  \([a-z]*\) .*/\1/p' out >names
[ -s names ] || fail "no commands"
[ -z "$(sort names | uniq -d)" ] || fail "listed twice"
while read -r name; do
	run 0 "$SCRIM" help "$name"
	out_has "^usage: scrim $name "
done <names
