#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is read of the commits that an agent made in its view: authors, messages
# and touched paths, and nothing that is not well-formed.
. "${srcdir:-.}/tests/lib.sh"
need fuse git

driver=$builddir/tests/integration/history_driver
git_identity

git init -q -b main ws
mkdir mnt ws/dir
echo one >ws/a
echo two >ws/dir/b
echo three >ws/dir.c
git -C ws add .
git -C ws commit -q -m real
git -C ws commit -q --allow-empty -m second

view() {
	run 0 timeout 60 "$SCRIM" mount ws mnt --state-dir "$tmp/state" "$@"
}
unview() {
	run 0 timeout 60 "$SCRIM" umount mnt
}
commits() {
	"$driver" "$tmp/state" "$1" >got 2>said || fail "$1: $(cat said)"
}

for mode in sanitized full; do
	view --name "$mode" --git="$mode"
	commits "$mode"
	[ ! -s got ] || fail "$mode: commits before any: $(cat got)"
	(
		cd mnt
		echo more >>a
		git commit -q -a -m 'Change a'
		rm dir/b
		mkdir dir/sub
		echo x >dir/sub/x
		echo y >dir.d
		git add -A
		GIT_AUTHOR_NAME='Some One' git commit -q -m 'Move things

with a body'
		git checkout -q -b side HEAD~1
		echo side >side
		git add side
		git commit -q -m side
		git checkout -q main
		git merge -q -m 'Merge it' side
		git gc -q 2>/dev/null
	) || fail "$mode: git does not work in the view"
	cat >want <<'END'
commit A U Thor <author@example.com> 1234567890 +0100
| Change a
touches a
commit Some One <author@example.com> 1234567890 +0100
| Move things
| with a body
touches dir.d
touches dir/b
touches dir/sub/x
commit A U Thor <author@example.com> 1234567890 +0100
| Merge it
touches side
END
	commits "$mode"
	diff -u want got || fail "$mode: other commits"
	unview
	commits "$mode"
	diff -u want got || fail "$mode: other commits when unmounted"
done

# a first commit that was rewritten is compared with what it began with
view --name amended --git=sanitized
(
	cd mnt
	echo more >>a
	git commit -q -a --amend -m 'All new'
)
commits amended
check_file got 'commit A U Thor <author@example.com> 1234567890 +0100
| All new
touches a'

# hostile commits: refused whole, with one line
hostile() {
	commit=$(git -C mnt hash-object -t commit -w --stdin --literally)
	echo "$commit" >mnt/.git/refs/heads/main
	if "$driver" "$tmp/state" amended >got 2>said; then
		fail "$1: taken: $(cat got)"
	fi
	[ "$(wc -l <said)" = 1 ] || fail "$1: $(cat said)"
	[ ! -e "$(echo "$tmp"/state/sessions/*/agent-git*)" ] ||
		fail "$1: the copy is left"
}
tree=$(git -C mnt rev-parse 'HEAD^{tree}')
who='A <a@example.com> 1 +0000'
printf 'tree %s\nauthor A\033[2J <a@b> 1 +0000\ncommitter %s\n\nx\n' \
	"$tree" "$who" | hostile 'escape in the name'
printf 'tree %s\nauthor A <a@b> soon\ncommitter %s\n\nx\n' "$tree" "$who" |
	hostile 'no time'
printf 'tree %s\ncommitter %s\n\nx\n' "$tree" "$who" | hostile 'no author'
printf 'tree %s\nauthor %s\ncommitter %s\n\nx\0y\n' "$tree" "$who" "$who" |
	hostile 'NUL in the message'
printf 'tree 0123456789012345678901234567890123456789\nauthor %s\n\nx\n' \
	"$who" | hostile 'no tree'
blob=$(git -C mnt rev-parse "$tree:a")
for name in .git .. a/b .GIT; do
	bad=$({
		printf '100644 %s\0' "$name"
		for byte in $(echo "$blob" | sed 's/../& /g'); do
			# shellcheck disable=SC2059 # an octal escape
			printf "\\$(printf %o "0x$byte")"
		done
	} | git -C mnt hash-object -t tree -w --stdin --literally)
	printf 'tree %s\nauthor %s\ncommitter %s\n\nx\n' "$bad" "$who" "$who" |
		hostile "a tree with $name"
done
rm mnt/.git/refs/heads/main mnt/.git/HEAD
ln -s /etc/passwd mnt/.git/HEAD
! "$driver" "$tmp/state" amended >got 2>said || fail "HEAD as a link"
unview
exit 0
