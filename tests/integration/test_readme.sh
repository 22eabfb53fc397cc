#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of README.md, "if you use X, type Y": what scrim alone does is typed
# here as it stands there, with proxies and runsc too. What needs an image, a
# registry or an editor is typed by the test that has one, and that is looked for.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
need fuse userns mke2fs git socat mitmdump busybox
mkdir bin
ln -s "$SCRIM" bin/scrim
PATH=$tmp/bin:$PATH:/usr/sbin:/sbin

sed -n '/^## Where your agent runs/,/^## /p' "$srcdir/README.md" |
	awk -F '|' '/^\| if you use/ { on = 1; next }
		/^$/ { if (rows) exit }
		on && !/^\|---/ && /^\|/ { rows++; print $3 }' >rows
[ "$(wc -l <rows)" -ge 10 ] || fail "the table has gone"

# type_it COMMAND: in a workspace of its own, with real words for those in capitals.
type_it() {
	rm -rf ws up
	mkdir -p ws mnt up
	echo hello >ws/f
	echo 'KEY=FAKE-EXAMPLE-0123456789' >ws/.env
	echo new >up/n
	command=$(printf '%s' "$1" | sed "s|COMMAND|true|g; s|MOUNTPOINT|$tmp/mnt|g
		s|UPPERDIR|$tmp/up|g; s|\.\./DIR|../t|g; s|NAME|n$typed|g
		s|^contrib/|$contrib/|; s|FILE|$tmp/key|g; s|ROOTFS|$tmp/root|g
		s|HOST|127.0.0.1|g; s|URL|file://$tmp/app.git|g")
	(cd ws && sh -c "$command" </dev/null >"$tmp/out" 2>"$tmp/err") ||
		fail "$command: $(cat "$tmp/err")"
}
mkdir t
echo hello >t/f
tar -C t -cf back.tar .

(umask 077 && echo FAKE-EXAMPLE-KEY >key)
mkdir -p root/bin root/workspace root/tmp root/proc root/dev root/etc
cp "$(command -v busybox)" root/bin/busybox
ln -s busybox root/bin/true
contrib=$(cd "$srcdir" && pwd)/contrib
git config --global include.path "$contrib/agents/git/gitconfig"
git config --global --add safe.directory '*'
git config --global init.defaultBranch main
git init -q --bare app.git

# can ROW: whether this machine has what the row's program needs besides.
can() {
	case $1 in
	*scrim-proxy*) [ -x /usr/sbin/squid ] ;;
	*scrim-git*) [ -x /usr/sbin/lighttpd ] ;;
	*scrim-netns*) [ "$(id -u)" = 0 ] && command -v nft >/dev/null ;;
	*scrim-runsc*) command -v runsc >/dev/null &&
		runsc --root "$tmp/runsc" --network none --ignore-cgroups "do" \
			true >/dev/null 2>&1 ;;
	esac
}

typed=0 others=0 left=0
while IFS= read -r row; do
	case $row in
	*contrib/kubernetes*) test=kubernetes ran='scrim-collect" .* docker://' ;;
	*contrib/containers*) test=containers ran='^	"$container" -e podman' ;;
	*agents/editors*) test=hooks ran='nvim ' ;;
	*) test='' ;;
	esac
	if [ -n "$test" ]; then
		grep -q "tests/integration/test_$test.sh" "$srcdir/Makefile.am" ||
			fail "no test of: $row"
		grep -q -e "$ran" "$srcdir/tests/integration/test_$test.sh" ||
			fail "test_$test.sh does not run: $row"
		others=$((others + 1))
		continue
	fi
	if ! can "$row"; then
		[ -z "${CI:-}" ] || fail "cannot be typed here: $row"
		left=$((left + 1))
		continue
	fi
	# all commands of a row, in one go: they belong together
	commands=$(printf '%s\n' "$row" | grep -o '`[^`]*`' | tr -d '`' |
		grep -v '/gitconfig$' | sed '$!s/$/ \&\&/' | tr '\n' ' ')
	typed=$((typed + 1))
	type_it "$commands"
done <rows
[ "$((typed + left))" -ge 12 ] && [ "$others" = 3 ] ||
	fail "$typed typed, $others others, $left left"
echo "$typed lines typed, $others have tests of their own, $left not possible here"

# "What was tried": each command names a test of the suite, and nothing that this
# test does not know; with smaller figures they all run in make check.
sed -n '/^## What was tried/,/^## /p' "$srcdir/README.md" |
	awk -F '|' '/^\| what/ || /^\|---/ { next } /^\|/ { print $4 }' >tried
[ "$(wc -l <tried)" -ge 9 ] || fail "the table of what was tried has gone"
while IFS= read -r row; do
	name=$(echo "$row" | grep -o 'tests/[a-z_/]*\(\.sh\|\.py\)\{0,1\}' | sed -n 1p)
	case $name in
	tests/load/load.py)
		kind=$(echo "$row" | sed -n 's/.*load\.py \([a-z]*\) [0-9]*`.*/\1/p')
		grep -q "^	load $kind [0-9]*\$" "$srcdir/tests/load/test_load.sh" ||
			fail "test_load.sh does not do: $row"
		file=$srcdir/$name
		;;
	*.sh | *.py) file=$srcdir/$name ;;
	*) file=$srcdir/$name.c ;;
	esac
	[ -f "$file" ] || fail "no such test: $row"
	case $name in
	*.py) ;;
	*) grep -q "^	$name \\\\\$\|^	$name\$" "$srcdir/Makefile.am" ||
		fail "make check does not run: $row" ;;
	esac
	for word in $(echo "$row" | grep -o '[A-Z_]*=' | tr -d '='); do
		case $word in
		TESTS | SCRIM | CC) ;;
		*) grep -q "$word" "$file" ||
			fail "$name knows no $word: $row" ;;
		esac
	done
done <tried
echo "$(wc -l <tried) lines of what was tried name tests of make check"
