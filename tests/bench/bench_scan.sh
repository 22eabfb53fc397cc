#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Figures of scrim scan: make bench-scan [TREE=DIR] [ROUNDS=5]
#
# What is found of the labelled corpus, start-up, and on a large tree (TREE,
# or Debian's linux-source-* if it is installed) the speed beside ripgrep with 30
# patterns, the peak of memory, and a second scan from the cache beside find. What
# is compared runs in turn, and the median of the ratios counts, for a machine is
# seldom quiet. Each figure is printed with its line; the status is 1 where one
# does not hold.
# shellcheck disable=SC2016 # $1 and so on are awk's
set -eu
LC_ALL=C
export LC_ALL
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${SCRIM:=$srcdir/scrim}"
: "${SCRIM_RULES:=$srcdir/rules}"
: "${ROUNDS:=5}"
export SCRIM_RULES
tmp=$(mktemp -d "${TMPDIR:-/tmp}/scrim-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
XDG_CACHE_HOME=$tmp/cache
export XDG_CACHE_HOME
missed=0

# figure WHAT VALUE OPERATOR LINE UNIT: prints whether VALUE holds.
figure() {
	if awk -v a="$2" -v b="$4" "BEGIN { exit !(a $3 b) }"; then
		holds='holds'
	else
		holds='MISSED'
		missed=1
	fi
	printf '%-46s %9s %-10s (%s %s) %s\n' "$1" "$2" "$5" "$3" "$4" "$holds"
}

# timed FILE COMMAND...: adds wall, user and system seconds and KiB to FILE.
timed() {
	to=$1
	shift
	before=$(date +%s%N)
	/usr/bin/time -o "$tmp/time" -f '%U %S %M' "$@" >"$tmp/out" 2>/dev/null ||
		:
	after=$(date +%s%N)
	echo "$((after - before)) $(tail -n 1 "$tmp/time")" |
		awk '{ print $1 / 1e9, $2, $3, $4 }' >>"$tmp/$to"
}

# median EXPRESSION FILE...: of the values for each line, the files side by side.
median() {
	what=$1
	shift
	paste -d ' ' "$@" | awk "{ print $what }" | sort -n |
		awk '{ a[NR] = $1 } END { printf "%.3f", a[int((NR + 1) / 2)] }'
}

# found FIELD: a number of the scorer's line.
found() {
	sed -n "1s/.*$1 \([0-9.]*\).*/\1/p" "$tmp/score"
}

data=${SCRIM_CORPUS:-$srcdir/../shared/data}
if [ -f "$data/score.py" ]; then
	for corpus in visible visible-names; do
		(cd "$data/$corpus/files" && "$SCRIM" scan --no-cache \
			--format=jsonl) >"$tmp/found" || :
		python3 "$data/score.py" "$data/$corpus" "$tmp/found" \
			>"$tmp/score"
		if [ $corpus = visible ]; then
			figure 'corpus: recall' "$(found recall)" '>=' 0.90 ''
			figure 'corpus: precision' "$(found precision)" '>=' \
				0.98 ''
		else
			figure 'credential files found' "$(found found)" '>=' \
				46 'of 47'
			figure 'look-alikes taken for one' \
				"$(found 'false lines')" '<=' 1 ''
		fi
	done
fi

python3 "$srcdir/tests/bench/test_load.py" >"$tmp/start" || :
figure 'start-up, processor time' \
	"$(sed -n '$s/.*all rules \([0-9.]*\) ms.*/\1/p' "$tmp/start")" '<' 10 ms

tree=${TREE:-}
if [ -z "$tree" ]; then
	for archive in /usr/src/linux-source-*.tar.xz; do
		[ -f "$archive" ] || continue
		mkdir "$tmp/tree"
		tar -xJf "$archive" -C "$tmp/tree"
		tree=$tmp/tree/$(ls "$tmp/tree")
	done
fi
if [ -z "$tree" ]; then
	echo 'no large tree: give one as TREE, or install linux-source'
	exit $missed
fi

cd "$tree"
bytes=$(find . -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
files=$(find . -type f | wc -l)
echo "$tree: $files files, $((bytes / 1000000)) MB"
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
	i=0
	while [ $i -lt "$ROUNDS" ]; do
		timed scrim "$SCRIM" scan --no-cache -j2 .
		cp "$tmp/out" "$tmp/findings"
		timed rg rg -uu -j2 -c -f "$tmp/patterns" .
		i=$((i + 1))
	done
	figure 'scan, of the time of rg with 30 patterns' \
		"$(median '$1 / $5' "$tmp/scrim" "$tmp/rg")" '<=' 1.5 times
else
	timed scrim "$SCRIM" scan --no-cache -j2 .
	cp "$tmp/out" "$tmp/findings"
fi
figure 'scan, for each second of CPU' \
	"$(median "$bytes / 1e6 / (\$2 + \$3)" "$tmp/scrim")" '>=' 250 MB
figure 'scan, peak of memory' "$(median '$4 / 1024' "$tmp/scrim")" '<' 64 MiB
case $tree in
*linux*)
	figure 'findings in the kernel' "$(wc -l <"$tmp/findings")" '<=' 5 ''
	;;
esac

"$SCRIM" scan >/dev/null 2>&1 || :
i=0
while [ $i -lt "$ROUNDS" ]; do
	timed cached "$SCRIM" scan .
	timed find find . -type f -printf '%s'
	i=$((i + 1))
done
figure 'second scan, of the time of find with stats' \
	"$(median '$1 / $5' "$tmp/cached" "$tmp/find")" '<=' 2 times
exit $missed
