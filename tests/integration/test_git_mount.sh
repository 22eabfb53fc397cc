#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scrim mount --git: what the view shows of git with the shipped rules, that no
# canary comes out of it by git's own tools, and that the agent can work in it.
. "${srcdir:-.}/tests/lib.sh"
need fuse git

canary=CANARY-hunter2-of-a-hidden-file
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
GIT_AUTHOR_NAME='A U Thor' GIT_AUTHOR_EMAIL=author@example.com
GIT_COMMITTER_NAME='C O Mitter' GIT_COMMITTER_EMAIL=committer@example.com
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

mkdir mnt
git init -q -b main ws
(
	cd ws
	mkdir src
	echo int >src/a.c
	echo readme >README
	printf '#!/bin/sh\n' >run.sh
	chmod +x run.sh
	git add .
	git commit -q -m first
	echo more >>README
	git commit -q -a -m second
)

view() {
	run 0 timeout 60 "$SCRIM" mount ws mnt "$@"
}
unview() {
	run 0 timeout 60 "$SCRIM" umount mnt
}
says() {
	grep -q "^scrim: git: $1" err || fail "no '$1' in: $(cat err)"
}

# nothing to hide: the repository is shown as it is
view
says 'full: '
[ "$(git -C mnt rev-list --count HEAD)" = 2 ] || fail "no history"
[ -z "$(git -C mnt status --porcelain)" ] || fail "status is not clean"
unview

# an object that no commit names may be any file: the view is without it
blob=$(echo "KEY=$canary" | git -C ws hash-object -w --stdin)
view
says 'full: .*(1 objects that no commit names are left out)'
[ ! -e "mnt/.git/objects/$(echo "$blob" | sed 's|^..|&/|')" ] ||
	fail "a dangling object's file is there"
! git -C mnt cat-file -p "$blob" >/dev/null 2>&1 || fail "it can be read"
[ "$(git -C mnt rev-list --count HEAD)" = 2 ] || fail "no history"
unview

# nor is it to be seen of what git LFS keeps whose it was
mkdir -p ws/.git/lfs/objects/ab/cd ws/.git/lfs/tmp
echo "KEY=$canary" >ws/.git/lfs/objects/ab/cd/abcd
view
says 'full: '
[ -d mnt/.git/lfs/tmp ] || fail "more than the objects is hidden"
[ ! -e mnt/.git/lfs/objects ] || fail "the objects of git LFS are shown"
! grep -rqa "$canary" mnt/.git || fail "an object of git LFS is readable"
unview
rm -r ws/.git/lfs

# what is committed while it is viewed was not looked through: not before the
# next mount, and what was there before stays
view
echo "KEY=$canary" >ws/.env
(cd ws && git add -f .env && git commit -q -m late)
late=$(git -C ws rev-parse HEAD)
sleep 1.2
for c in "show $late:.env" "log -p --all" "cat-file --batch-all-objects --batch" \
	"fsck --lost-found"; do
	# shellcheck disable=SC2086
	! git -C mnt $c 2>/dev/null | grep -q "$canary" ||
		fail "git $c shows what was committed meanwhile"
done
(cd ws && git gc -q)
! grep -rqa "$canary" mnt/.git || fail "an object is readable"
find mnt/.git/objects -type f -exec sh -c 'cat "$@"' sh {} + >seen 2>/dev/null || :
(cd ws && git reset -q --hard HEAD~1 && git reflog expire --expire=now --all &&
	git gc -q --prune=now)
unview
view
says 'full: '
[ "$(git -C mnt rev-list --count HEAD)" = 2 ] || fail "no history"
unview

# a secret that was committed and removed: one commit is left of the history
(
	cd ws
	echo "KEY=$canary" >.env
	git add -f .env
	git commit -q -m env
	git rm -q --cached .env
	git commit -q -m 'not any more'
	git config remote.origin.url "https://me:$canary@example.com/x.git"
	echo staged >>src/a.c
	git add src/a.c
	echo unstaged >>README
	echo new >new
)
cp -a ws before
git -C ws status --porcelain | grep -v '\.env' >want
view --json
grep -q '"git": "sanitized"' out || fail "not in the JSON: $(cat out)"
unview
view --name agent
says 'sanitized: '
[ "$("$SCRIM" list --json | grep -c '"git": "sanitized"')" -ge 1 ] ||
	fail "not in list"
git -C mnt status --porcelain >got
check_file got "$(cat want)"
[ "$(git -C mnt rev-list --all --count)" = 1 ] || fail "more than one commit"
git -C ws log -1 --format='%an %ae %at %cn %ce %ct %B' >want
git -C mnt log -1 --format='%an %ae %at %cn %ce %ct %B' >got
cmp want got || fail "another commit"
{
	git -C mnt cat-file --batch-all-objects --batch
	git -C mnt config -l
	git -C mnt reflog
	git -C mnt log -p --all
	find mnt -type f -exec cat {} +
} >everything
! grep -a -q "$canary" everything || fail "the canary is in the view"
git -C mnt fsck --strict >/dev/null 2>&1 || fail "fsck"
[ "$(git -C mnt config remote.origin.url)" = https://example.com/x.git ] ||
	fail "the remote is not kept"

# the agent works in it, and after a remount goes on
(
	cd mnt
	git stash -q
	git stash pop -q --index
	git commit -q -m 'by the agent'
	git checkout -q -b topic
	echo topic >topic
	git add topic
	git commit -q -m topic
	git rebase -q --autostash main
	git checkout -q main
	git merge -q topic
) || fail "git does not work in the view"
unview
diff -r before ws || fail "the workspace was changed"
view --session agent
says 'sanitized: the session has its own'
[ "$(git -C mnt log -1 --format=%s)" = topic ] || fail "commits are gone"

# a repository that comes into being below is not shown unseen
git init -q ws/later
echo "$canary" >ws/later/.git/info/leak
wait_for 10 test -d mnt/later || fail "the directory is not shown"
[ ! -e mnt/later/.git ] || fail "a repository that nobody looked through"
unview
rm -rf ws/later

# a tracked file that is shown with masks: git sees no change in it, and finds
# the same masks in the commit
token=dop_v1_$(printf 'FAKE scrim test' | sha256sum | cut -c 1-64)
git init -q -b main masked
mkdir mnt2
printf 'name = x\ntoken = "%s"\n' "$token" >masked/settings.toml
git -C masked add .
git -C masked commit -q -m masked
run 0 timeout 60 "$SCRIM" mount masked mnt2
says 'sanitized: .*settings.toml holds a secret'
! grep -q "$token" mnt2/settings.toml || fail "the token is not masked"
git -C mnt2 diff-files --exit-code >/dev/null || fail "git would hash it"
touch mnt2/settings.toml
[ -z "$(git -C mnt2 status --porcelain)" ] || fail "the masked file differs"
git -C mnt2 show HEAD:settings.toml | cmp - mnt2/settings.toml ||
	fail "the commit has other masks"
run 0 timeout 60 "$SCRIM" umount mnt2

# none, and full against the odds
view --git=none
says 'none: asked for'
[ ! -e mnt/.git ] || fail "there is a .git"
! git -C mnt rev-parse --git-dir >/dev/null 2>&1 || fail "git finds something"
unview
view --git=full
says 'full: asked for'
git -C mnt show HEAD~1:.env | grep -q "$canary" || fail "full is not full"
unview
run 2 "$SCRIM" mount ws mnt --git=some

# a bare repository with a secret is not there, a harmless one is
git init -q --bare ws/clean.git
git clone -q --bare ws ws/secret.git
view
[ -f mnt/clean.git/HEAD ] || fail "a clean bare repository is missing"
[ ! -e mnt/secret.git ] || fail "a bare repository with a secret is shown"
unview

# A tracked file that is another name of a hidden one is as hidden, whatever it is
# called, and whether that one is tracked or not.
git init -q -b main linked
(
	cd linked
	echo "$canary" >.env
	ln .env alias.txt
	echo fine >one.txt
	ln one.txt two.txt
	git add alias.txt one.txt two.txt
	git commit -q -m first
)
linked_view() {
	run 0 timeout 60 "$SCRIM" mount linked mnt
	says 'sanitized: '
	[ ! -e mnt/alias.txt ] || fail "a link of a hidden file is shown"
	! git -C mnt cat-file --batch-all-objects --batch |
		grep -a "$canary" || fail "a link of a hidden file is in git"
	[ "$(git -C mnt ls-files)" = "one.txt
two.txt" ] || fail "not the files that are shown"
	[ -z "$(git -C mnt status --porcelain)" ] || fail "status is not clean"
	unview
}
linked_view
git -C linked add -f .env
git -C linked commit -q -m second
linked_view
# and one that comes while it is viewed
git init -q -b main later
echo one >later/one.txt
echo "$canary" >later/.env
git -C later add one.txt
git -C later commit -q -m first
run 0 timeout 60 "$SCRIM" mount later mnt
ln later/.env later/alias.txt
git -C later add alias.txt
git -C later commit -q -m second
sees() {
	git -C mnt cat-file --batch-all-objects --batch 2>/dev/null
	git -C mnt show HEAD:alias.txt 2>/dev/null
}
for i in 1 2 3 4 5; do
	! sees | grep -a "$canary" || fail "the link came in ($i)"
	sleep 0.5
done
unview
