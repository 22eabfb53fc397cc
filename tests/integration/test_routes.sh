#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Less trodden ways to a secret of the workspace: where a link leads, names of
# attributes, objects of git outside of a repository, who made a commit. Each
# is looked for in the workspace first, so that the search does find it.
. "${srcdir:-.}/tests/lib.sh"
need fuse git setfattr getfattr python3
git_identity

token=$(python3 -c '
import zlib
d = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
body = "EXAMPLEofAtokenThatIsFake01234"
n = zlib.crc32(body.encode())
s = ""
for _ in range(6): s, n = d[n % 62] + s, n // 62
print("gh" + "p_" + body + s)')
part=${token#????}

# ways DIR: one name a line for each way by which the secret is seen there.
ways() {
	(
		cd "$1" || exit
		! readlink link 2>/dev/null | grep -q "$part" || echo link
		! getfattr --absolute-names named 2>/dev/null |
			grep -q "$part" || echo attribute
		! getfattr -d valued 2>/dev/null | grep -q "$part" || echo value
		! git log --format='%an %ae %cn' 2>/dev/null |
			grep -q "$part" || echo ident
		! git cat-file --batch-all-objects --batch 2>/dev/null |
			grep -aq "$part" || echo object
		for f in borrowed/objects/pack/*.pack packed/x.pack all.bundle; do
			[ ! -s "$f" ] || echo "${f%%[/.]*}"
		done
		[ ! -e .hg/store/data/x.i ] || echo hg
		[ ! -e .svn/pristine/x ] || echo svn
		[ ! -e '.env (1)' ] || echo duplicate
		[ ! -e .nfs0000000000000001 ] || echo removed
	) | sort | tr '\n' ' '
}

mkdir ws mnt
(
	cd ws || exit
	git init -q -b main .
	echo "KEY=$token" >.env
	echo seen >seen
	ln -s "https://user:$token@example.org/" link
	git add -f .
	GIT_AUTHOR_NAME="A $token" git commit -q -m first
	git rm -q --cached .env
	git bundle create -q all.bundle --all
	git gc -q
	mkdir -p borrowed packed .hg/store/data .svn/pristine
	git clone -q --bare . b.git
	mv b.git/objects borrowed/objects
	rm -r b.git
	cp borrowed/objects/pack/*.pack packed/x.pack
	echo x >named
	echo x >valued
	setfattr -n "user.$token" -v x named
	setfattr -n user.x -v "$token" valued
	for f in .hg/store/data/x.i .svn/pristine/x '.env (1)' \
		.nfs0000000000000001; do
		cp .env "$f"
	done
	# what the index of the view is made of
	echo '*' >.git/info/exclude
)
[ "$(ways ws)" = "all attribute borrowed duplicate hg ident link object \
packed removed svn value " ] || fail "not all are planted: $(ways ws)"
run 0 timeout 60 "$SCRIM" mount ws mnt
[ -z "$(ways mnt)" ] || fail "seen: $(ways mnt)"
[ "$(cat mnt/seen)" = seen ] || fail "nothing is seen"
git -C mnt log --format=%an | grep -q '^A SCRIM_' || fail "no author"
git -C mnt status --porcelain >/dev/null || fail "git does not work"
! mv mnt/link mnt/moved 2>/dev/null || fail "the link was copied up"
rm mnt/link

# A mask in the target of a link goes nowhere.
ln -s "x-SCRIM_a1Bcdefghijklmn" mnt/masked-link
run 0 timeout 60 "$SCRIM" umount mnt
run 1 "$SCRIM" apply --yes -s "$("$SCRIM" list --names | head -n 1)"
out_has '^  refused   masked-link  '
[ ! -L ws/masked-link ] || fail "a mask was applied"
