#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tsan.sh PROGRAM <REPORT: what the thread sanitizer says of PROGRAM, with the names
# of functions. A view's daemon cannot look for them itself: it may start nothing.
while IFS= read -r line; do
	at=${line##*scrim+}
	case $line in
	*'(scrim+0x'*)
		printf '%s %s\n' "${line%%<*}" \
			"$(addr2line -fispe "$1" "${at%%)*}" | tr '\n' ' ')"
		;;
	*) printf '%s\n' "$line" ;;
	esac
done
