#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage completion

run 2 "$SCRIM" completion tcsh
check_err "scrim completion: no completions for 'tcsh'; see scrim completion --help"
run 2 "$SCRIM" completion
check_err "scrim completion: an operand is missing: bash|zsh|fish; see scrim completion --help"

run 0 "$SCRIM" help
names=$(sed -n 's/^  \([a-z]*\) .*/\1/p' out)
for shell in bash zsh fish; do
	run 0 "$SCRIM" completion $shell
	cp out "comp.$shell"
	for name in $names; do
		grep -q -w -e "$name" out || fail "$shell: no $name"
	done
	! command -v $shell >/dev/null || $shell -n "comp.$shell" ||
		fail "$shell cannot read its completions"
done

# What bash offers after "scrim he" and after "scrim help --".
need bash
cat >try.bash <<'END'
. ./comp.bash
COMP_WORDS=(scrim he) COMP_CWORD=1
_scrim
echo "${COMPREPLY[*]}"
COMP_WORDS=(scrim help --) COMP_CWORD=2
_scrim
echo "${COMPREPLY[*]}"
END
run 0 bash try.bash
check_out "help
--help"
