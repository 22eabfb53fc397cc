#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of known credential files, beside the source tree or where
# $SCRIM_DATA says, through a real mount: a file for each row, and for each
# look-alike. The view has what rules explain says, and not a byte of the others.

. "${srcdir:-.}/tests/lib.sh"
need fuse

data=${SCRIM_DATA:-$srcdir/../shared/data}
[ -r "$data/credential-files.tsv" ] || data=$srcdir/../../shared/data
if [ ! -r "$data/credential-files.tsv" ]; then
	echo "SKIP: no credential-files.tsv in $data" >&2
	exit 77
fi

canary=CANARY-FAKE-of-the-table
key="PRIVATE KEY"
mkdir ws mnt

# put PATH: content that confirms most rules which ask for it.
put() {
	case /$1/ in
	*/./* | */../* | *// | */.git/*) return ;;
	esac
	mkdir -p "ws/$(dirname "$1")" 2>/dev/null || return 0
	[ ! -d "ws/$1" ] || return 0
	cat >"ws/$1" 2>/dev/null <<END || return 0
password = "$canary"
export SECRET_TOKEN=$canary
<password>$canary</password>
https://user:$canary@example.org/
-----BEGIN $key-----
$canary
-----END $key-----
END
	echo "$1" >>paths
}

tail -n +2 "$data/credential-files.tsv" | cut -f1,6 | tr '\t' '\n' |
	tr ' ' '\n' | sed 's|\*\*|d|g; s|\*|abc|g; s|^~/|home/|; s|^/||' |
	grep -v '[][{}()<>,;]' | grep . | sort -u >samples
while IFS= read -r path; do
	put "$path"
done <samples
[ "$(wc -l <paths)" -gt 300 ] || fail "the table is short: $(wc -l <paths)"

tr '\n' '\0' <paths | sed -z 's|^|ws/|' |
	xargs -0 "$SCRIM" rules explain -w ws | grep '^[^ ]' >verdicts
sed -n 's/: hidden.*//p' verdicts | sort >hidden
[ "$(wc -l <hidden)" -gt 200 ] || fail "few are hidden: $(wc -l <hidden)"

run 0 timeout 60 "$SCRIM" mount ws mnt --git none
(cd mnt && find . -type f | sed 's|^\./||') | sort >seen
comm -12 hidden seen >both
[ ! -s both ] || fail "hidden, and listed: $(cat both)"
sort paths | comm -23 - hidden | comm -23 - seen >lost
[ ! -s lost ] || fail "shown, and not listed: $(cat lost)"
while IFS= read -r path; do
	! cat "mnt/$path" 2>/dev/null || fail "hidden, and readable: $path"
done <hidden
run 0 timeout 60 "$SCRIM" umount mnt
