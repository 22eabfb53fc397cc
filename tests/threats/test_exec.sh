#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2317,SC2329 # called by name
#
# What the agent may leave behind so that a person's own programs run it, hide its
# changes or tell others of them: rows 9, 16, 43, 44, 48 and 87 of the list of
# threats. Each of git's settings that names a program names one that leaves a
# mark; then the session is looked at and applied in every way, and the user's own
# git runs in the workspace.

. "${srcdir:-.}/tests/lib.sh"
need fuse git

marks=$tmp/marks
mkdir ws mnt marks bin
export marks
cat >bin/evil <<'END'
#!/bin/sh
echo "$0 $*" >>"$marks/ran"
cat 2>/dev/null
END
chmod +x bin/evil
evil=$tmp/bin/evil

git_in() {
	git -c user.name=A -c user.email=a@example.org -c init.defaultBranch=main \
		-c safe.directory='*' -C "$@"
}
git_in ws init -q
echo one >ws/a.txt
echo two >ws/b.txt
echo "FAKE=1" >ws/hidden.hid
git_in ws add a.txt b.txt
git_in ws commit -qm first

run 0 timeout 60 "$SCRIM" mount ws mnt --name view --hide '*.hid'

# Everything that names a program, in the agent's own repository.
plant() {
	for key in core.fsmonitor core.pager core.editor core.sshCommand \
		core.askPass diff.external diff.evil.textconv diff.evil.command \
		filter.evil.clean filter.evil.smudge filter.evil.process \
		merge.evil.driver sequence.editor credential.helper gpg.program \
		interactive.diffFilter uploadpack.packObjectsHook; do
		git_in mnt config "$key" "$evil"
	done
	git_in mnt config core.hooksPath "$tmp/mnt/.hooks"
	git_in mnt config alias.status "!$evil"
	git_in mnt config include.path "$tmp/mnt/.evilconfig"
	mkdir -p mnt/.hooks mnt/.git/hooks
	for hook in post-checkout pre-commit post-index-change fsmonitor-watchman \
		post-merge post-applypatch reference-transaction; do
		cp "$evil" "mnt/.hooks/$hook"
		cp "$evil" "mnt/.git/hooks/$hook"
	done
	printf '* diff=evil filter=evil merge=evil -text\n*.txt -diff binary\n' \
		>mnt/.gitattributes
	printf '*\n' >mnt/.gitignore
	printf '*\n' >mnt/.git/info/exclude
	echo 'vim: set modeline exrc:' >mnt/.exrc
}

change() {
	echo "one, changed" >mnt/a.txt
	echo "CHANGED-IN-B" >mnt/b.txt
	echo "new and ignored" >mnt/new.txt
	git_in mnt update-index --assume-unchanged a.txt 2>/dev/null || :
	git_in mnt update-index --skip-worktree b.txt 2>/dev/null || :
}

# Every way of looking, with an environment that offers programs too.
look() {
	: >said
	for c in "status" "diff" "diff --stat" "diff --html" "log" \
		"log --attempts" "apply --dry-run" "rules" "scan ."; do
		# shellcheck disable=SC2086 # words
		env GIT_EXTERNAL_DIFF="$evil" GIT_PAGER="$evil" EDITOR="$evil" \
			VISUAL="$evil" LESSOPEN="|$evil %s" \
			GIT_CONFIG_GLOBAL="$tmp/mnt/.git/config" \
			timeout 60 "$SCRIM" $c >>said 2>&1 </dev/null || :
	done
	printf 'q' >keys
	env GIT_EXTERNAL_DIFF="$evil" EDITOR="$evil" timeout 60 "$SCRIM" \
		review --script keys >>said 2>&1 || :
}

row_16_review_runs_nothing() {
	(cd mnt && look)
	[ ! -e "$marks/ran" ] || fail "row 16: ran: $(cat "$marks/ran")"
	command -v strace >/dev/null || return 0
	no_leak_check
	strace -f -o trace -e trace=execve timeout 60 "$SCRIM" diff --session view \
		--no-pager >said 2>&1 || :
	if grep -q execve trace; then
		[ "$(grep -c 'execve.*= 0' trace)" = 2 ] ||
			fail "row 16: something was executed: $(cat trace)"
	fi
	strace -f -o trace -e trace=openat timeout 60 "$SCRIM" diff --session view \
		--no-pager >said 2>&1 || :
	! grep -q 'mnt/\.git' trace || fail "row 16: the agent's .git was opened"
}

row_43_attributes_hide_nothing() {
	run 0 timeout 60 "$SCRIM" diff --session view --no-pager
	out_has '^+one, changed$'
	out_has '^+CHANGED-IN-B$'
	out_has '^+new and ignored$'
	run 0 timeout 60 "$SCRIM" status --session view
	out_has 'new\.txt'
}

row_44_index_flags_hide_nothing() {
	for f in a.txt b.txt; do
		run 0 timeout 60 "$SCRIM" diff --session view --no-pager "$f"
		[ -s out ] || fail "row 44: no diff of $f"
	done
}

# A repository of the agent's that says that it lies, or has its objects, elsewhere:
# nothing of that place is read, shown, or applied.
row_48_repositories_that_point_elsewhere() {
	mkdir -p outside/deep
	git_in outside init -q
	echo "OUTSIDE-CANARY" >outside/deep/secret.txt
	git_in outside add deep/secret.txt
	git_in outside commit -qm OUTSIDE-CANARY
	git_in mnt config core.worktree "$tmp/outside"
	git_in mnt config --add include.path "$tmp/outside/.git/config"
	mkdir -p mnt/.git/objects/info
	echo "$tmp/outside/.git/objects" >mnt/.git/objects/info/alternates
	git_in outside rev-parse HEAD >mnt/.git/refs/heads/evil
	mkdir -p mnt/sub mnt/linked mnt/bare.git/objects mnt/bare.git/refs
	echo "gitdir: $tmp/outside/.git" >mnt/sub/.git
	ln -s "$tmp/outside/.git" mnt/linked/.git
	echo "$tmp/outside/.git" >mnt/bare.git/commondir
	echo 'ref: refs/heads/main' >mnt/bare.git/HEAD
	printf '[submodule "x"]\n\tpath = sub\n\turl = %s\n' "$tmp/outside" \
		>mnt/.gitmodules
	git_in mnt log --oneline evil >out 2>&1 || :
	out_has OUTSIDE-CANARY	# what git itself would make of it
	tracer=
	: >trace
	! command -v strace >/dev/null ||
		tracer="strace -f -o trace -e trace=file"
	for c in "status" "diff" "log" "apply --dry-run" "apply --commit --dry-run" \
		"export --output=exported" "review --script keys"; do
		printf 'q' >keys
		# shellcheck disable=SC2086 # words
		$tracer timeout 60 "$SCRIM" $c --session view >said 2>&1 \
			</dev/null || [ $? -le 1 ] ||
			fail "row 48: $c: $(cat said)"
		! grep -q OUTSIDE-CANARY said || fail "row 48: $c shows it"
		! grep -F "$tmp/outside" trace | grep -v readlink ||
			fail "row 48: $c went there"
	done
	! grep -aq OUTSIDE-CANARY exported 2>/dev/null ||
		fail "row 48: it was exported"
	rm -rf mnt/sub mnt/linked mnt/bare.git mnt/.gitmodules \
		mnt/.git/objects/info/alternates mnt/.git/refs/heads/evil
	git config -f mnt/.git/config --unset core.worktree
}

row_87_no_files_of_the_viewer() {
	mkdir empty
	TMPDIR=$tmp/empty timeout 60 "$SCRIM" diff --session view --no-pager >said
	[ -z "$(ls -A empty)" ] || fail "row 87: left: $(ls -A empty)"
	command -v strace >/dev/null || return 0
	TMPDIR=$tmp/empty strace -f -o trace -e trace=openat,mkdir timeout 60 \
		"$SCRIM" diff --session view --no-pager >said
	! grep -E "\"(/tmp/[^s]|$tmp/empty/).*O_CREAT" trace ||
		fail "row 87: a file was made"
}

row_09_the_users_git_runs_nothing() {
	run 0 timeout 60 "$SCRIM" umount mnt
	timeout 60 "$SCRIM" apply --session view --yes >said 2>&1 || :
	[ "$(cat ws/a.txt)" = "one, changed" ] || fail "row 9: not applied"
	[ ! -e ws/.git/hooks/pre-commit ] || fail "row 9: a hook came over"
	! grep -q evil ws/.git/config || fail "row 9: settings came over"
	[ ! -e ws/.gitattributes ] || ! grep -q evil ws/.gitattributes ||
		fail "row 9: attributes that name programs were applied unasked"
	for c in status diff "log -p" "add -A" "commit -qm x" "stash -q"; do
		# shellcheck disable=SC2086 # words
		git_in ws $c >said 2>&1 </dev/null || :
	done
	[ ! -e "$marks/ran" ] || fail "row 9: ran: $(cat "$marks/ran")"
}

plant
change
git_in mnt status >said 2>&1 </dev/null || :
[ -e "$marks/ran" ] || fail "the settings that were planted run nothing at all"
rm -f "$marks/ran"
row_16_review_runs_nothing
row_43_attributes_hide_nothing
row_44_index_flags_hide_nothing
row_87_no_files_of_the_viewer
row_48_repositories_that_point_elsewhere
row_09_the_users_git_runs_nothing
