#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The agent's commits made again in the user's repository, and patches that git
# takes.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse git
git_identity

git init -q -b main ws
mkdir -p ws/dir hooks
seq 20 >ws/a
echo b >ws/dir/b
echo 'password = "FAKE-hunter2-EXAMPLE-aB3dE6"' >ws/secret.cfg
printf '%s\n' 'token = "FAKEk3yEXAMPLEq9Zt7Lm2Xv5Rb8"' >ws/conf.py
git -C ws add .
git -C ws commit -q -m first
git -C ws config user.name 'The User'
git -C ws config user.email user@example.com
git -C ws config core.hooksPath "$tmp/hooks"
for h in pre-commit commit-msg reference-transaction post-commit; do
	printf '#!/bin/sh\ntouch "%s/ran"\n' "$tmp" >"hooks/$h"
	chmod +x "hooks/$h"
done
agent one <<'END'
sed -i 's/^3$/three/' a
GIT_AUTHOR_NAME='Some One' git commit -q -a -m 'Change a

and say why' --no-verify
mv dir/b dir/c
echo new >new
git add -A
git commit -q -m 'Move b' --no-verify
mkdir -p .github/workflows
echo on >.github/workflows/ci.yml
git add -A
git commit -q -m 'Add a workflow' --no-verify
echo x >later
sed -i 's/^20$/twenty/' a
git config core.fsmonitor "touch ../evil"
echo '*.c filter=evil' >.gitattributes
END
rm -f ran
cd ws
run 0 "$SCRIM" status
out_has '^The agent made 3 commits; scrim apply --commits makes them in your'
out_has '^  [0-9a-f]\{8\}  Change a  (Some One, 1 file)$'
run 0 "$SCRIM" status --json
json '[(c["message"].strip(), len(c["paths"])) for c in d["commits"]]' >../got
check_file ../got "[('Change a\n\nand say why', 1), ('Move b', 3), ('Add a workflow', 1)]"
run 2 "$SCRIM" apply --commits --hunks
run 1 "$SCRIM" apply --commits 123
err_has '^scrim: 123 is no commit of the agent'
cp -a . ../before

# What is dangerous is left, and so its commit falls away.
run 1 "$SCRIM" apply --commits --branch agent/one
err_has '2 changes that no commit has stay in the session; -m TEXT'
git log --format='%an|%ae|%at|%cn|%s|%b' main..agent/one | grep . >../got
check_file ../got "A U Thor|author@example.com|1234567890|The User|Move b|
Some One|author@example.com|1234567890|The User|Change a|and say why"
git diff-tree -r --name-status agent/one~1 agent/one | cut -f 1,2 >../got
check_file ../got 'D	dir/b
A	dir/c
A	new'
git fsck --strict 2>../fsck
[ ! -s ../fsck ] || fail "fsck: $(cat ../fsck)"
[ ! -e ../ran ] || fail "a hook ran"
[ ! -e ../evil ] || fail "the agent's configuration was used"
rm -rf ../before/.git
cp -a . ../after
rm -rf ../after/.git
same_tree ../before ../after

# One of them by name; with the rest; on the current branch.
id=$("$SCRIM" status --json | python3 -c \
	'import json,sys; print(json.load(sys.stdin)["commits"][1]["id"])')
run 1 "$SCRIM" apply --commits "$(echo "$id" | cut -c 1-3)"
run 0 "$SCRIM" apply --commits "$(echo "$id" | cut -c 1-9)" --branch just-one
check_file ../after/a "$(seq 20)"
git diff --no-renames --name-only main just-one >../got
check_file ../got 'dir/b
dir/c
new'
run 1 "$SCRIM" apply --commits --branch just-one
err_has 'branch just-one exists already'
run 1 "$SCRIM" apply --commits --allow ci -m 'What was not committed' --json
json '[bool(c["id"]) for c in d["commits"]]' >../got
check_file ../got '[True, True, True, True]'
git log --format=%s >../got
check_file ../got 'What was not committed
Add a workflow
Move b
Change a
first'
[ "$(git show HEAD:later)" = x ] || fail "later"
run 1 "$SCRIM" apply --commits --allow ci
err_has 'there is nothing to commit'
git reset -q --hard HEAD~4

# In a review: what was taken only.
printf '/new<enter><esc>y/a.cfg<esc>qg' >../k
run 0 "$SCRIM" review --script ../k
[ "$(git log --format=%s -1)" = 'Move b' ] || fail "not from the review"
git diff --no-renames --name-only HEAD~1 HEAD >../got
check_file ../got new
git reset -q --hard HEAD~1

# A patch is a mail that git am takes, and git apply.
run 1 "$SCRIM" apply --patch ../p.patch -m 'Ünder one roof

and more'
err_has ' not in the patch; scrim apply --dry-run says why$'
git apply --check ../p.patch || fail "git apply"
git am -q ../p.patch || fail "git am"
[ "$(git log -1 --format='%an <%ae> %s/%b')" = \
	"The User <user@example.com> Ünder one roof/and more" ] ||
	fail "$(git log -1 --format='%an <%ae> %s/%b')"
[ "$(cat later new dir/c)" = "x
new
b" ] || fail "git am made something else"
git reset -q --hard HEAD~1
run 1 "$SCRIM" apply --patch - -m x
out_has '^Subject: \[PATCH\] x$'
! grep -q keep-cr "$tmp/err" || fail "no file has CR LF"

# Killed just before the branch moves: the next command takes away the lock, by
# which git would refuse the branch from then on.
need strace
was=$(git rev-parse main)
for again in "apply --recover" status; do
	strace -f -qq -o /dev/null -e inject=rename,renameat,renameat2:signal=KILL \
		"$SCRIM" apply --commit -m killed later >/dev/null 2>&1 &&
		fail "it was not killed"
	[ -e .git/refs/heads/main.lock ] || fail "killed elsewhere"
	# shellcheck disable=SC2086 # a command with its option
	run 0 "$SCRIM" $again
	err_has 'a commit that was cut short had left the branch locked'
	[ ! -e .git/refs/heads/main.lock ] || fail "still locked"
	[ "$(git rev-parse main)" = "$was" ] || fail "half a commit"
	git fsck --strict --no-dangling 2>../fsck
	[ ! -s ../fsck ] || fail "fsck: $(cat ../fsck)"
done
run 0 "$SCRIM" apply --commit -m whole later
[ "$(git log -1 --format=%s)" = whole ] || fail "no commit"
git reset -q --hard HEAD~1

# Where the agent has thrown its repository away there is nothing to make.
cd ..
agent two <<'END'
rm -rf .git
echo y >y
END
cd ws
run 1 "$SCRIM" apply --commits
err_has 'the agent made no commits in the view; --commit makes one'
exit 0
