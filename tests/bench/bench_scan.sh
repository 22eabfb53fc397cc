#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Figures of scrim scan: make bench-scan [TREE=DIR]
#
# What is found of the labelled corpus, start-up time, and on a large tree (TREE,
# or Debian's linux-source-* if it is installed) the speed, the peak of memory, a
# second scan from the cache, and ripgrep with 30 patterns beside it.
set -eu
LC_ALL=C
export LC_ALL
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${SCRIM:=$srcdir/scrim}"
: "${SCRIM_RULES:=$srcdir/rules}"
export SCRIM_RULES
tmp=$(mktemp -d "${TMPDIR:-/tmp}/scrim-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
XDG_CACHE_HOME=$tmp/cache
export XDG_CACHE_HOME

# timed LABEL COMMAND...: wall, user, system seconds and KiB of the best of 3.
timed() {
	label=$1
	shift
	for _ in 1 2 3; do
		/usr/bin/time -o "$tmp/time" -f '%e %U %S %M' "$@" \
			>"$tmp/out" 2>/dev/null || :
		tail -n 1 "$tmp/time"
	done | sort -n | head -n 1 >"$tmp/best"
	read -r wall user sys kib <"$tmp/best"
	printf '%-34s %6s s wall %6s s user %6s s sys %7s KiB\n' "$label" \
		"$wall" "$user" "$sys" "$kib"
}

data=${SCRIM_CORPUS:-$srcdir/../shared/data}
if [ -f "$data/score.py" ]; then
	for corpus in visible visible-names; do
		(cd "$data/$corpus/files" && "$SCRIM" scan --no-cache \
			--format=jsonl) >"$tmp/found" || :
		printf '%s: ' "$corpus"
		python3 "$data/score.py" "$data/$corpus" "$tmp/found" | sed -n 1p
	done
fi

echo 'nothing' >"$tmp/small"
timed 'start-up (one small file)' "$SCRIM" scan --no-cache "$tmp/small"

tree=${TREE:-}
if [ -z "$tree" ]; then
	for archive in /usr/src/linux-source-*.tar.xz; do
		[ -f "$archive" ] || continue
		mkdir "$tmp/tree"
		tar -xJf "$archive" -C "$tmp/tree"
		tree=$tmp/tree
	done
fi
if [ -z "$tree" ]; then
	echo 'no large tree: give one as TREE, or install linux-source'
	exit 0
fi

cd "$tree"
bytes=$(find . -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
files=$(find . -type f | wc -l)
echo "$tree: $files files, $((bytes / 1000000)) MB"
timed 'scrim scan -j2' "$SCRIM" scan --no-cache -j2 .
awk -v b="$bytes" -v u="$user" -v s="$sys" -v n="$(wc -l <"$tmp/out")" \
	'BEGIN { printf "  %.0f MB per CPU second, %d findings\n",
		 b / 1e6 / (u + s), n }'
scrim_wall=$wall
if command -v rg >/dev/null; then
	cat >"$tmp/patterns" <<'END'
AKIA[A-Z0-9]{16}
ASIA[A-Z0-9]{16}
ghp_[A-Za-z0-9]{36}
gho_[A-Za-z0-9]{36}
ghs_[A-Za-z0-9]{36}
github_pat_[A-Za-z0-9_]{82}
glpat-[A-Za-z0-9_-]{20}
xoxb-[0-9]{10,13}-[0-9A-Za-z-]{20,}
xoxp-[0-9]{10,13}-[0-9A-Za-z-]{20,}
sk_live_[A-Za-z0-9]{24}
rk_live_[A-Za-z0-9]{24}
sk-ant-api03-[A-Za-z0-9_-]{93}
sk-proj-[A-Za-z0-9_-]{40,}
AIza[A-Za-z0-9_-]{35}
GOCSPX-[A-Za-z0-9_-]{28}
ya29\.[A-Za-z0-9_-]{30,}
npm_[A-Za-z0-9]{36}
pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}
SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}
dop_v1_[a-f0-9]{64}
hf_[A-Za-z]{34}
shpat_[a-f0-9]{32}
dckr_pat_[A-Za-z0-9_-]{27}
hvs\.[A-Za-z0-9_-]{24,}
glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}
lin_api_[A-Za-z0-9]{40}
sq0atp-[A-Za-z0-9_-]{22}
rubygems_[a-f0-9]{48}
-----BEGIN [A-Z ]*PRIVATE KEY-----
eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}
END
	timed 'rg -j2, 30 patterns' rg -uu -j2 -c -f "$tmp/patterns" .
	awk -v a="$scrim_wall" -v b="$wall" \
		'BEGIN { printf "  scrim takes %.2f times as long\n", a / b }'
fi
"$SCRIM" scan >/dev/null 2>&1 || :
timed 'scrim scan, cached' "$SCRIM" scan .
cached=$wall
timed 'find -type f with stats' find . -type f -printf '%s'
awk -v a="$cached" -v b="$wall" \
	'BEGIN { printf "  scrim takes %.2f times as long\n", b ? a / b : 0 }'
