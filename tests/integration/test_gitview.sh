#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a view would show of git, on real repositories: the choice, that no
# secret is in what was built, and that git says there what it says here.
. "${srcdir:-.}/tests/lib.sh"
need git

driver=$builddir/tests/integration/gitview_driver
canary=CANARY_of_a_hidden_file
token=FAKE_TOKEN_0123456789abcdef

git_identity

# A repository w with two commits; the current directory is in it afterwards.
new_repo() {
	cd "$tmp"
	rm -rf w cache
	git init -q -b main w
	cd w
	mkdir -p src/deep
	echo one >a
	echo two >src/b
	echo three >src/deep/c
	printf '#!/bin/sh\n' >run.sh
	chmod +x run.sh
	ln -s src/b link
	: >empty
	git add .
	git commit -q -m 'The first'
	echo more >>a
	git commit -q -a -m 'The second

with a body'
}

# decide MODE WANTED [PATTERN-OF-THE-REASON]: and builds into $tmp/out.
decide() {
	rm -rf "$tmp/out"
	mkdir "$tmp/out"
	"$driver" "$1" "${workspace:-$tmp/w}" "$tmp/out" "$tmp/cache" \
		>"$tmp/said" || fail "gitview_driver $1"
	grep -q "^summary $2: " "$tmp/said" ||
		fail "$1: not $2 but $(cat "$tmp/said")"
	[ -z "${3:-}" ] || grep -q -- "$3" "$tmp/said" ||
		fail "$1: no '$3' in $(cat "$tmp/said")"
}

# All that is in the objects and files of what was built, as text.
dump() {
	find "$tmp/out" -type f -exec cat {} +
	for d in "$tmp"/out/*; do
		[ -d "$d/objects" ] || continue
		git --git-dir="$d" cat-file --batch-all-objects --batch
	done
}

no_secrets() {
	if dump | grep -a -q -e "$canary" -e '0123456789abcdef' -e 'hunter2'; then
		fail "$1: a secret is in the built repository"
	fi
	for d in "$tmp"/out/*; do
		[ ! -d "$d/objects" ] || git --git-dir="$d" fsck --strict \
			--no-dangling >"$tmp/fsck" 2>&1 ||
			fail "$1: fsck: $(cat "$tmp/fsck")"
	done
}

# The workspace's files without what is hidden, and out/0 as their .git: what
# the view looks like. mv, not cp: inode, times and so the index stay valid.
enter_view() {
	git -C "$tmp/w" status --porcelain=v2 >"$tmp/before"
	mkdir "$tmp/aside"
	mv "$tmp/w/.git" "$tmp/aside/git"
	cp -a "$tmp/out/0" "$tmp/w/.git"
	find "$tmp/w" -name .git -prune -o \( -name '.env' -o -name 'hidden*' \) \
		-print >"$tmp/hidden"
	while IFS= read -r f; do
		mv "$f" "$tmp/aside/$(echo "$f" | tr / _)"
	done <"$tmp/hidden"
}

leave_view() {
	while IFS= read -r f; do
		mv "$tmp/aside/$(echo "$f" | tr / _)" "$f"
	done <"$tmp/hidden"
	rm -rf "$tmp/w/.git"
	mv "$tmp/aside/git" "$tmp/w/.git"
	rmdir "$tmp/aside"
}

# same NAME: status and diffs in the view are those of the workspace. Lines
# about what is hidden, and the ids of objects, are left out.
report() {
	set -- . ':(exclude,glob)**/.env' ':(exclude,glob)**/hidden*'
	git -C "$tmp/w" status --porcelain=v1 --ignored -b -- "$@"
	git -C "$tmp/w" diff --no-renames -- "$@"
	git -C "$tmp/w" diff --cached --no-renames -- "$@"
	git -C "$tmp/w" ls-files -t -v --stage -- "$@" |
		sed 's/ [0-9a-f]\{40\} / /'
}

same() {
	report >"$tmp/want"
	decide sanitized sanitized
	no_secrets "$1"
	enter_view
	report >"$tmp/got"
	leave_view
	diff -u "$tmp/want" "$tmp/got" || fail "$1: the view says something else"
}

test_clean_is_full() {
	new_repo
	decide auto full 'nothing protected'
	[ -z "$(ls "$tmp/out")" ] || fail "something was built"
	[ "$(find "$tmp/cache" -type f ! -name '*.*' | wc -l)" = 1 ] ||
		fail "not cached"
	decide auto full
}

test_secrets_are_found() {
	new_repo
	echo "$canary" >.env
	git add .env
	git commit -q -m env
	git rm -q .env
	git commit -q -m gone
	decide auto sanitized '\.env is in the history'
	no_secrets history
	[ "$(git --git-dir="$tmp/out/0" rev-list --all --count)" = 1 ] ||
		fail "more than one commit"
	git gc -q
	decide auto sanitized '\.env is in the history'
	git reset -q --hard HEAD~2
	decide auto sanitized '\.env is in the history'
	no_secrets reflog
	git reflog expire --expire=now --all
	git gc -q --prune=now
	decide auto full

	echo "$canary" >hidden.txt
	git add hidden.txt
	git stash -q
	decide auto sanitized 'hidden.txt is in the history'
	no_secrets stash
	git stash drop -q
	decide auto sanitized 'hidden.txt is in the history'
	git reflog expire --expire=now --all
	git gc -q --prune=now
	decide auto full

	blob=$(echo "$canary" | git hash-object -w --stdin)
	file=$(echo "$blob" | sed 's|^..|&/|')
	decide auto full '1 objects that no commit names are left out'
	decide auto full "^hide .git/objects/$file//$"
	git config gc.cruftPacks true
	echo "$blob" | git pack-objects -q .git/objects/pack/pack >/dev/null
	decide auto sanitized 'belong to no commit'
	no_secrets dangling
	rm -f ".git/objects/$file"
	decide auto sanitized 'belong to no commit'
	git gc -q --prune=now
	decide auto full
	echo "$canary" >.git/objects/pack/tmp_pack_left
	decide auto sanitized 'unfinished or unknown files'
	no_secrets unfinished
	rm .git/objects/pack/tmp_pack_left
	cp .git/objects/pack/*.pack .git/objects/pack/pack-1.pack
	decide auto sanitized 'unfinished or unknown files'
	rm -f .git/objects/pack/pack-1.pack
	decide auto full

	echo "$canary" >.env
	git add .env
	decide auto sanitized '\.env is in the history or the index'
	no_secrets index
}

test_content_is_found() {
	new_repo
	echo "token = $token" >src/conf
	git add .
	git commit -q -m conf
	decide auto sanitized 'src/conf holds a secret'
	no_secrets content
	git --git-dir="$tmp/out/0" show HEAD:src/conf |
		grep -q 'token = FAKE_TOKEN_\*\*\*' || fail "not masked"
	git reset -q --hard HEAD~1
	git commit -q --allow-empty -m "uses $token"
	decide auto sanitized 'COMMIT_EDITMSG holds a secret'
	rm .git/COMMIT_EDITMSG .git/logs/HEAD .git/logs/refs/heads/main
	decide auto sanitized 'message holds a secret'
	no_secrets message
}

test_metadata_is_found() {
	for how in 'config remote.origin.url https://me:hunter2@example.com/x' \
		'config http.extraheader X-Auth:hunter2' \
		'config credential.helper !echo' \
		'config include.path ../../x' \
		'config core.worktree /'; do
		new_repo
		# shellcheck disable=SC2086 # words
		git $how
		"$driver" auto "$tmp/w" "$(mktemp -d)" "$tmp/cache" |
			grep -q '^summary sanitized: .*\.git/config' ||
			fail "$how: not found"
	done
	new_repo
	echo "deadbeef branch 'x' of https://u:hunter2@example.com/" \
		>.git/FETCH_HEAD
	decide auto sanitized 'FETCH_HEAD holds a URL'
	no_secrets FETCH_HEAD
	new_repo
	echo "echo $token" >.git/hooks/post-commit
	decide auto sanitized 'hooks/post-commit holds a secret'
	no_secrets hook
	new_repo
	mkdir .git/rebase-apply
	echo "+$canary" >.git/rebase-apply/patch
	decide auto sanitized 'no part of a plain repository'
	no_secrets rebase
	new_repo
	ln -s /etc/passwd .git/x
	decide auto sanitized 'neither a file'
}

test_confirmed_by_content() {
	new_repo
	echo PUBLIC >cert.pem
	git add .
	git commit -q -m public
	decide auto full
	decide sanitized sanitized
	git --git-dir="$tmp/out/0" show HEAD:cert.pem >/dev/null ||
		fail "a public certificate is missing"
	echo "$canary" >cert.pem
	git commit -q -a -m private
	decide auto sanitized 'cert.pem is in the history'
	no_secrets confirm
}

test_commit_is_kept() {
	new_repo
	echo "$canary" >.env
	mkdir -p only/hidden
	echo "$canary" >only/hidden/x
	git add .
	git commit -q --amend -C HEAD
	git config remote.origin.url https://me:hunter2@example.com/x.git
	git config user.name 'Local Name'
	git config core.fsmonitor 'touch /tmp/scrim-was-here'
	git config alias.x '!id'
	decide auto sanitized
	no_secrets commit
	a=$(git log -1 --format='%an %ae %at %cn %ce %ct %B')
	b=$(git --git-dir="$tmp/out/0" log -1 \
		--format='%an %ae %at %cn %ce %ct %B')
	[ "$a" = "$b" ] || fail "another commit: $b"
	git --git-dir="$tmp/out/0" ls-tree -r --name-only HEAD >"$tmp/tree"
	git ls-tree -r --name-only HEAD | grep -v -e env -e hidden |
		cmp - "$tmp/tree" || fail "another tree"
	git --git-dir="$tmp/out/0" config -l >"$tmp/config"
	grep -q '^remote.origin.url=https://example.com/x.git$' "$tmp/config" ||
		fail "the remote is not kept"
	grep -q '^user.name=Local Name$' "$tmp/config" || fail "no user.name"
	! grep -q -e fsmonitor -e alias "$tmp/config" || fail "config leaks"
	cp -a "$tmp/out/0" "$tmp/first"
	decide auto sanitized
	diff -r "$tmp/first" "$tmp/out/0" || fail "another build, other bytes"
	rm -rf "$tmp/first"
}

test_status_is_the_same() {
	new_repo
	echo "$canary" >.env
	echo "$canary" >src/hidden
	echo x >.gitignore
	echo 'ignored' >>.gitignore
	git add -f .
	git commit -q --amend -C HEAD
	same clean
	echo new >staged
	git add staged
	same 'staged add'
	git rm -q --cached empty
	same 'staged delete'
	git mv a renamed
	same 'staged rename'
	git update-index --chmod=+x src/b
	same 'staged mode'
	echo changed >>src/deep/c
	same 'unstaged change'
	echo again >>src/deep/c
	git add src/deep/c
	echo third >>src/deep/c
	same 'staged and unstaged'
	echo untracked >untracked
	echo ignored >ignored
	same 'untracked and ignored'
	rm run.sh
	same 'unstaged delete'
	echo intended >intended
	git add -N intended
	same 'intent to add'
	git update-index --assume-unchanged src/b
	echo unseen >>src/b
	same 'assume unchanged'
	echo other >>.env
	echo other >>src/hidden
	git add -f .env
	same 'hidden changes'
	git update-index --skip-worktree link
	rm link
	same 'skip worktree'
}

test_conflicts_are_the_same() {
	new_repo
	git checkout -q -b other HEAD~1
	echo theirs >>a
	echo "theirs $canary" >.env
	git add .
	git commit -q -a -m theirs
	git checkout -q main
	echo ours >>a
	echo "ours $canary" >.env
	git add .
	git commit -q -a -m ours
	! git merge -q other >/dev/null 2>&1 || fail "no conflict"
	same unmerged
	decide auto sanitized
	no_secrets unmerged
}

test_racy_is_seen() {
	new_repo
	# same size, same times: only the smudged size tells git to look
	printf 'racy1\n' >race
	git add race
	printf 'racy2\n' >race
	touch -r .git/index race
	same racy
}

test_other_heads() {
	new_repo
	git checkout -q --detach
	same detached
	new_repo
	git checkout -q --orphan fresh
	same unborn
	new_repo
	git pack-refs --all
	git update-ref refs/remotes/origin/main HEAD
	git config remote.origin.url ssh://git@example.com/x
	git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
	git config branch.main.remote origin
	git config branch.main.merge refs/heads/main
	same 'with upstream'
	decide auto full
	rm -rf "$tmp/shallow"
	git clone -q --depth 1 "file://$tmp/w" "$tmp/shallow"
	rm -rf "$tmp/w"
	mv "$tmp/shallow" "$tmp/w"
	cd "$tmp/w"
	decide auto full
	same shallow
	new_repo
	git sparse-checkout set --no-cone /src/ 2>/dev/null
	same sparse
}

test_agent_can_work() {
	new_repo
	echo "$canary" >.env
	git add -f .
	git commit -q --amend -C HEAD
	decide auto sanitized
	enter_view
	(
		set -e
		echo agent >>a
		git stash -q
		git stash pop -q
		git commit -q -a -m 'by the agent'
		git checkout -q -b topic HEAD~1
		echo topic >topic
		git add topic
		git commit -q -m topic
		git rebase -q main
		git checkout -q main
		git merge -q topic
		[ "$(git rev-list --count HEAD)" = 3 ]
		git gc -q
		git fsck --strict 2>/dev/null
		git reset -q --hard main~2
	) || fail "git does not work in the view"
	leave_view
}

test_denied_is_passed_over() {
	new_repo
	echo "$canary" >denied
	git add .
	git commit -q -m denied
	decide auto sanitized 'denied is in the history'
	no_secrets denied
	enter_view
	git status --porcelain >"$tmp/got"
	leave_view
	[ ! -s "$tmp/got" ] || fail "denied shows: $(cat "$tmp/got")"
}

test_submodules() {
	new_repo
	cd "$tmp"
	rm -rf sub
	git clone -q w sub
	cd w
	git -c protocol.file.allow=always submodule --quiet add "$tmp/sub" mod
	git commit -q -m submodule
	decide auto full
	grep -q '^mod/.git full' "$tmp/said" || fail "mod: $(cat "$tmp/said")"
	(
		cd mod
		echo "$canary" >.env
		git add -f .env
		git commit -q -m env
	)
	git commit -q -a -m moved
	decide auto sanitized 'mod/\.env is in the history'
	no_secrets submodule
	# the deepest first, so that the gitlink names the new head
	git --git-dir="$tmp/out/0" rev-parse HEAD:mod >"$tmp/got"
	git --git-dir="$tmp/out/1" rev-parse HEAD | cmp - "$tmp/got" ||
		fail "the gitlink names another commit"
}

test_worktrees_and_pointers() {
	new_repo
	git worktree add -q "$tmp/linked" -b linked
	workspace=$tmp/linked decide auto sanitized 'outside of the workspace'
	workspace=$tmp/linked no_secrets worktree
	git --git-dir="$tmp/out/0" symbolic-ref HEAD | grep -q linked ||
		fail "another branch"
	rm -rf "$tmp/evil"
	mkdir "$tmp/evil"
	echo "gitdir: $tmp/w/.git" >"$tmp/evil/.git"
	workspace=$tmp/evil decide auto none 'does not point back'
	echo "gitdir: ../w/.git/worktrees/linked" >"$tmp/evil/.git"
	workspace=$tmp/evil decide auto none 'does not point back'
	rm "$tmp/evil/.git"
	ln -s "$tmp/w/.git" "$tmp/evil/.git"
	workspace=$tmp/evil decide auto none 'neither a directory nor a file'
	rm -rf "$tmp/evil" "$tmp/linked"
	git worktree prune
	echo "$tmp/elsewhere" >.git/commondir
	decide auto none 'commondir'
}

test_borrowed_and_strange() {
	new_repo
	git clone -q -s "$tmp/w" "$tmp/borrower"
	workspace=$tmp/borrower decide auto none 'borrows objects'
	rm -rf "$tmp/borrower"
	git init -q --object-format=sha256 "$tmp/sha256"
	workspace=$tmp/sha256 decide auto none 'extensions.objectformat'
	rm -rf "$tmp/sha256"
	git update-index --split-index
	decide sanitized none 'split-index'
	new_repo
	mkdir "$tmp/w/nested"
	git init -q "$tmp/w/nested/bare.git" --bare
	decide auto full
	git clone -q --bare "$tmp/w" "$tmp/w/mirror"
	decide auto full
	echo "$canary" >.env
	git add -f .env
	git commit -q -m env
	git push -q "$tmp/w/mirror" main
	decide auto none
	grep -q '^mirror none' "$tmp/said" || fail "a bare one is shown"
	grep -q '^nested/bare.git full' "$tmp/said" || fail "not found"
}

test_damage_is_survived() {
	new_repo
	git gc -q
	pack=$(echo .git/objects/pack/*.pack)
	chmod u+w "$pack"
	printf '%060d' 7 | dd of="$pack" bs=1 seek=40 conv=notrunc 2>/dev/null
	decide auto none
	: >"$pack"
	decide auto none
	new_repo
	printf 'DIRC\0\0\0\2\377\377\377\377' >.git/index
	decide auto none
	new_repo
	mkfifo .git/fifo
	decide auto sanitized 'neither a file'
	rm .git/fifo .git/HEAD
	mkfifo .git/HEAD
	decide auto none
}

# Bytes changed anywhere in the repository: whatever comes of it, the program
# answers, and no secret gets out. SEED and ROUNDS of the environment.
test_random_damage() {
	new_repo
	echo "$canary" >.env
	git add .
	git commit -q -m env
	git repack -q
	echo loose >loose
	git add loose
	git commit -q -m loose
	cp -a .git "$tmp/good"
	seed=${SEED:-1}
	round=0
	while [ $round -lt "${ROUNDS:-40}" ]; do
		round=$((round + 1))
		rm -rf .git
		cp -a "$tmp/good" .git
		for _ in 1 2 3; do
			seed=$(((seed * 1103515245 + 12345) % 2147483648))
			f=$(find .git -type f -size -200k ! -path '*/hooks/*' |
				sort | sed -n "$((seed / 65536 % 40 + 1))p")
			[ -n "$f" ] || continue
			chmod u+w "$f"
			seed=$(((seed * 1103515245 + 12345) % 2147483648))
			at=$((seed / 65536 % ($(wc -c <"$f") + 1)))
			# shellcheck disable=SC2059 # an octal escape
			printf "\\$(printf %03o $((seed % 256)))" |
				dd of="$f" bs=1 seek=$at conv=notrunc 2>/dev/null
		done
		rm -rf "$tmp/out"
		mkdir "$tmp/out"
		timeout 60 "$driver" auto "$tmp/w" "$tmp/out" "$tmp/cache" 20 \
			>"$tmp/said" 2>&1 || fail "round $round: $(cat "$tmp/said")"
		! grep -q '^summary full' "$tmp/said" ||
			fail "round $round: full"
		! dump 2>/dev/null | grep -a -q "$canary" ||
			fail "round $round: a secret is out"
	done
	rm -rf "$tmp/good"
}

test_undecided_in_time() {
	new_repo
	rm -rf "$tmp/out"
	mkdir "$tmp/out"
	"$driver" auto "$tmp/w" "$tmp/out" "$tmp/cache" 0.000001 |
		grep -q '^summary sanitized: .*undecided within' ||
		fail "decided in no time"
}

# 3,000 files in 200 commits: how long it takes, printed.
test_time() {
	cd "$tmp"
	rm -rf w cache
	git init -q -b main w
	cd w
	for d in $(seq 60); do
		mkdir "d$d"
		for f in $(seq 50); do
			seq "$f" $((f + 400)) >"d$d/f$f"
		done
	done
	git add .
	git commit -q -m many
	for c in $(seq 200); do
		echo "$c" >>"d$((c % 60 + 1))/f1"
		git commit -q -a -m "$c"
	done
	git gc -q
	for what in auto auto sanitized; do
		start=$(date +%s%N)
		decide $what "$([ $what = auto ] && echo full || echo $what)"
		echo "3,000 files, 200 commits, $what:" \
			"$((($(date +%s%N) - start) / 1000000)) ms"
	done
	same 'many files'
	decide sanitized sanitized
	enter_view
	git --no-optional-locks diff-files --name-only >"$tmp/stale"
	leave_view
	[ ! -s "$tmp/stale" ] || fail "git would hash $(wc -l <"$tmp/stale") files"
}

sums() {
	(cd "$tmp/out" && find . -type f ! -name index -exec sha1sum {} + |
		sort -k2)
}

# What was packed for an earlier view is taken over, and gives the same bytes;
# neither a new rule, nor what the history lost, nor damage comes through.
test_packed_before() {
	new_repo
	echo "$token" >key
	echo $canary >.env
	git add -f .
	git commit -q -m 'With secrets'
	decide sanitized sanitized
	ls "$tmp"/cache/blobs/*.pack "$tmp"/cache/blobs/*.list >/dev/null
	! find "$tmp/out" -name 'scrim*' | grep . || fail "a list is shown"
	! grep -q -e "$canary" -e "${token#FAKE_TOKEN_}" "$tmp"/cache/blobs/* ||
		fail "a secret is cached"
	echo four >src/new
	git rm -q a
	git add .
	git commit -q -m 'Another'
	decide sanitized sanitized
	no_secrets 'packed before'
	! dump | grep -a -q '^more$' || fail "what is gone is still packed"
	sums >"$tmp/sums"
	for damage in none pack list cut; do
		case $damage in
		none) rm -rf "$tmp/cache" ;;
		pack) for f in "$tmp"/cache/blobs/*.pack; do
			chmod u+w "$f"
			printf X | dd of="$f" bs=1 seek=40 conv=notrunc 2>/dev/null
			done ;;
		list) for f in "$tmp"/cache/blobs/*.list; do
			printf X | dd of="$f" bs=1 seek=90 conv=notrunc 2>/dev/null
			done ;;
		cut) for f in "$tmp"/cache/blobs/*; do
			chmod u+w "$f"
			truncate -s 100 "$f"
			done ;;
		esac
		decide sanitized sanitized
		sums | cmp - "$tmp/sums" || fail "other bytes, $damage damaged"
	done
}

tests=$(sed -n 's/^\(test_[a-z0-9_]*\)() {$/\1/p' \
	"$srcdir/tests/integration/test_gitview.sh")
[ $# = 0 ] || tests=$*
for t in $tests; do
	set +e
	(
		set -e
		"$t"
	)
	status=$?
	set -e
	[ "$status" = 0 ] || fail "$t"
	echo "ok $t"
done
