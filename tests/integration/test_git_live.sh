#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Git in a view of the whole repository while the user goes on working in it: what
# is committed, fetched or packed meanwhile comes into the view by itself once it
# was looked through, and stays out where something protected is in it.

. "${srcdir:-.}/tests/lib.sh"
need fuse git

canary=CANARY-FAKE-of-git-live
git_in() {
	git -c user.name=A -c user.email=a@example.org -c init.defaultBranch=main \
		-c safe.directory='*' -C "$@"
}
commit() {
	git_in "$1" add -A
	git_in "$1" commit -qm "$2"
}
# what git says in the view of the newest commit; it may take a moment
view_says() {
	says_i=0
	until git_in mnt log -p --format=%s >said 2>&1 && grep -q "$1" said; do
		says_i=$((says_i + 1))
		[ $says_i -lt 150 ] || fail "not in the view: $1 ($(cat said))"
		sleep 0.1
	done
	git_in mnt fsck --no-progress >said 2>&1 || fail "fsck: $(cat said)"
}

mkdir ws mnt
git_in ws init -q
printf '.env\n' >ws/.gitignore
for i in 1 2 3 4 5; do echo "file $i" >ws/f$i; done
commit ws first
echo "KEY=$canary" >ws/.env
git clone -q ws far
echo far >far/far-file
commit far "of far away"
git_in ws remote add far "$tmp/far"

run 0 timeout 60 "$SCRIM" mount ws mnt --name view
err_has '^scrim: git: full'
git_in mnt log --format=%s >said
check_file said first

# a commit, a fetch, a gc: each in the view without a new mount
echo second >ws/f1
commit ws "a second one"
view_says "a second one"
git_in ws fetch -q far
git_in ws merge -q far/main -m "merged far" 2>/dev/null ||
	git_in ws merge -q far/master -m "merged far"
view_says "merged far"
git_in ws gc -q --prune=now
view_says "a second one"
git_in mnt status --porcelain >said
[ ! -s said ] || fail "git status: $(cat said)"
# the agent's own git goes on, on top of it
echo agent >mnt/f2
git_in mnt commit -qam "of the agent"
git_in mnt log --format=%s -2 >said
check_file said "of the agent
merged far"

# the names of new objects tell a hash of what is in them: not listed either
echo "KEY=$canary-2" >ws/staged
id=$(git_in ws hash-object -w staged)
[ -n "$id" ] || fail "no object"
object=.git/objects/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-)
[ -e "ws/$object" ] || fail "not a loose object"
[ ! -e "mnt/$object" ] || fail "an object that nothing names is shown"
find "mnt/$(dirname "$object")" 2>/dev/null >listed || :
! grep -q "$(basename "$object")" listed ||
	fail "its name is listed"
rm ws/staged

# Something protected: what is new stays out, and it is on record why.
run 0 timeout 60 "$SCRIM" umount mnt
run 0 timeout 60 "$SCRIM" discard --session view --yes
rm -f "ws/$object"
run 0 timeout 60 "$SCRIM" mount ws mnt --name other
err_has '^scrim: git: full'
git_in ws add -f .env
git_in ws commit -qm "with a secret"
i=0
until [ -n "$(find "$XDG_STATE_HOME" -name audit.jsonl -exec \
	grep -h '"op":"git".*\.env is in the history' {} +)" ]; do
	git_in mnt log -p --all >said 2>&1 || :
	! grep -q "$canary" said || fail "git shows the secret"
	i=$((i + 1))
	[ $i -lt 150 ] || fail "nothing is on record"
	sleep 0.1
done
for c in "log -p --all" "show HEAD:.env" "cat-file --batch-all-objects --batch" \
	"fsck --lost-found"; do
	# shellcheck disable=SC2086
	git_in mnt $c >said 2>&1 || :
	! grep -qa "$canary" said || fail "git $c shows the secret"
done
secret=$(git_in ws rev-parse HEAD:.env)
[ ! -e "mnt/.git/objects/$(echo "$secret" | cut -c1-2)/$(echo "$secret" |
	cut -c3-)" ] || fail "the object of the secret is shown"

# the process that looks is gone with the view
run 0 timeout 60 "$SCRIM" umount mnt
run 0 timeout 60 "$SCRIM" mount ws mnt --name third
err_has '^scrim: git: sanitized: .env is in the history'
run 0 timeout 60 "$SCRIM" umount mnt
