#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2317,SC2329,SC1090,SC2034,SC2046 # called by name, for others
#
# rows.sh FILE SECRETS PROBE [ROW...]: runs the functions row_* of FILE, in the
# current directory, against the secrets in the file SECRETS (its lines: a canary
# of hidden files, a token to be masked, long names). Ends with "attacks N leaks
# M", and status 0 only if there was no leak.

set -u
LC_ALL=C
export LC_ALL GIT_PAGER=cat GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0
# shellcheck disable=SC2034 # $probe is for the rows
file=$1 secrets=$2 probe=$3
shift 3
{
	read -r canary
	read -r token
	read -r long_name
	read -r long_name2
} <"$secrets"
export long_name long_name2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rows.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# ten characters from within the token are a leak as well
part=$(echo "$token" | cut -c10-21)
attacks=0 leaks=0 row=none

leak() {
	leaks=$((leaks + 1))
	echo "$row: $*"
}

# A planted secret in a file of output, as it is or in UTF-16.
look() {
	tr -d '\0' <"$1" | grep -qaF -e "$canary" -e "$part" || return 0
	shift
	leak "a secret by: $*"
	[ -z "${ROWS_SHOW:-}" ] || grep -aF -B3 -e "$canary" -e "$part" "$scratch/out" | head -20
}

# Whatever comes of it, no secret must.
try() {
	attacks=$((attacks + 1))
	"$@" >"$scratch/out" 2>&1
	try_status=$?
	look "$scratch/out" "$@"
	return $try_status
}

# try, and it has to succeed, or to fail.
accepted() {
	try "$@" || leak "refused: $* ($(head -c 200 "$scratch/out"))"
}
refused() {
	! try "$@" || leak "accepted: $*"
}

same() {
	attacks=$((attacks + 1))
	[ "$1" = "$2" ] || leak "$3: '$1', not '$2'"
}

# As if it did not exist, and by ENOENT alone.
gone() {
	try cat "$1" && leak "is there: $1"
	case $(cat "$scratch/out") in
	*": No such file or directory") ;;
	*) leak "$1: $(head -c 200 "$scratch/out")" ;;
	esac
	try stat "$1" && leak "has attributes: $1"
}
gone_or_own() {
	try cat "$1" && leak "leads somewhere: $1"
}

readable() {
	for readable_file; do
		try cat "$readable_file" || leak "is not readable: $readable_file"
		[ -s "$scratch/out" ] || leak "is empty: $readable_file"
	done
}

not_listed() {
	attacks=$((attacks + 1))
	# shellcheck disable=SC2010 # by a listing, for once
	! ls -a "$2" | grep -qxF -e "$1" || leak "is listed: $1"
}

# shellcheck source=/dev/null
. "$file"
# shellcheck disable=SC2046 # names of functions
[ $# -gt 0 ] || set -- $(sed -n 's/^\(row_[0-9a-z_]*\)() {$/\1/p' "$file")
for row; do
	"$row"
done
echo "attacks $attacks leaks $leaks"
[ "$leaks" = 0 ] && [ "$attacks" -gt 0 ]
