#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim run: what a command in the sandbox sees, what it cannot do, and that it
# otherwise behaves as without it. As root all of it runs a second time, as an
# ordinary user.
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
# shellcheck disable=SC2015,SC2016
. "${srcdir:-.}/tests/lib.sh"
need userns
if [ "$(id -u)" = 0 ]; then
	need fuse
else
	need fusermount3
fi

ws=$tmp/ws
mark=98765.$$	# seconds that only this test would sleep
mkdir -p "$ws/sub"
echo hello >"$ws/f"
echo 'KEY=FAKE-EXAMPLE-0123456789' >"$ws/.env"
cd "$ws"

# in_run STATUS SCRIPT [OPTION...]: a shell script in the sandbox.
in_run() {
	in_want=$1 in_script=$2
	shift 2
	run "$in_want" "$SCRIM" run -q "$@" -- sh -c "$in_script"
}

# ---------- a command as any other ----------

test_run_status() {
	in_run 0 true
	in_run 7 'exit 7'
	in_run 143 'kill -TERM $$'
	in_run 0 'cat' </dev/null
	printf 'in\n' | "$SCRIM" run -q -- cat >"$tmp/out"
	check_out in
}

test_run_arguments() {
	run 0 "$SCRIM" run -q -- printf '%s|' a 'b c' '' -x --net
	[ "$(cat "$tmp/out")" = 'a|b c||-x|--net|' ] || fail "arguments"
}

test_run_command_not_found() {
	run 1 "$SCRIM" run -- no-such-command
	err_is_one_line
	err_has 'no-such-command: not started in the sandbox'
	mkdir -p "$tmp/tools"
	printf '#!/bin/sh\necho tool\n' >"$tmp/tools/mytool"
	chmod +x "$tmp/tools/mytool"
	run 1 env PATH="$PATH:$tmp/tools" "$SCRIM" run -- mytool
	err_is_one_line
	err_has "add --also-ro $tmp/tools"
	run 0 env PATH="$PATH:$tmp/tools" "$SCRIM" run -q \
		--also-ro "$tmp/tools" -- mytool
	check_out tool
	# what is missing is not the command
	run 1 "$SCRIM" run --also-ro "$tmp/nonesuch" -- true
	err_is_one_line
	err_has "^scrim: --also-ro: .*$tmp/nonesuch: No such file"
	for at in /usr /proc/self /run/ /dev /etc; do
		run 2 "$SCRIM" run --at "$at" -- true
		err_has '^scrim run: --at: the sandbox needs its own /'
	done
	run 1 "$SCRIM" run --at /usr/no-such-place -- true
	err_is_one_line
	err_has 'choose another path, such as /workspace'
	run 2 "$SCRIM" run --tmp-size 0 -- true
	# a run that did not come to be leaves no session
	"$SCRIM" list --names >"$tmp/sessions"
	run 1 "$SCRIM" run -- no-such-command
	"$SCRIM" list --names | cmp - "$tmp/sessions" || fail "a session is left"
}

test_run_signals() {
	"$SCRIM" run -q -- sh -c 'trap "exit 9" TERM; echo up; while :; do
		sleep 0.05; done' >"$tmp/up" &
	pid=$!
	wait_for 10 grep -qs up "$tmp/up" || fail "not up"
	kill -TERM $pid
	got=0
	wait $pid || got=$?
	[ $got = 9 ] || fail "SIGTERM did not reach the command: $got"
}

test_run_leaves_nothing_running() {
	in_run 0 'setsid sleep '$mark' </dev/null >/dev/null 2>&1 &
		(trap "" HUP TERM; sleep '$mark') >/dev/null 2>&1 &
		sleep 0.1'
	nobody_runs || fail "still running"
}

# killed_run NAME COMMAND: scrim run, killed once the command said that it is up.
killed_run() {
	rm -f "$tmp/up"
	"$SCRIM" run -q -n "$1" -- sh -c "$2; echo up; sleep $mark" >"$tmp/up" &
	pid=$!
	wait_for 10 grep -qs up "$tmp/up" || fail "not up"
	kill -KILL $pid
	wait $pid 2>/dev/null || :
	wait_for 30 not_in_use "$1" || fail "the view is still mounted"
	wait_for 10 nobody_runs || fail "still running"
}
test_run_killed() {
	killed_run killed 'echo kept >k; sync k'
	run 0 "$SCRIM" run -q -s killed -- cat k
	check_out kept
}

# At each process that it starts (keeper, daemon, bubblewrap), and while it waits.
test_run_killed_while_it_starts() {
	need strace
	XDG_RUNTIME_DIR=$tmp/runtime
	export XDG_RUNTIME_DIR
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	strace -qq -o "$tmp/calls" "$SCRIM" run -q -n whole -- true
	processes=$(grep -c '^clone(' "$tmp/calls")
	[ "$processes" -ge 3 ] || fail "no more than $processes processes"
	# the first is the keeper, and nothing is mounted before
	for n in $(seq 2 "$processes"); do
		kill_at clone "$n"
	done
	reads=$(grep -c '^read(' "$tmp/calls")
	for n in $(seq $((reads - 5)) "$reads"); do
		kill_at read "$n"
	done
	unset XDG_RUNTIME_DIR
}
kill_at() {
	strace -qq -o /dev/null -e trace="$1" \
		-e inject="$1:signal=KILL:when=$2" \
		"$SCRIM" run -q -n "at$1$2" -- sh -c ": $mark" || :
	wait_for 30 nothing_left || fail "killed at $1 $2: $(
		ls "$XDG_RUNTIME_DIR"/*; cat /proc/self/mounts)"
	wait_for 30 nobody_runs || fail "killed at $1 $2: somebody stays"
	wait_for 30 nobody_uses "at$1$2" || fail "at$1$2 is in use"
}
nobody_uses() {
	! "$SCRIM" list | grep " $1 " | grep -qv ' idle '
}
nothing_left() {
	! grep -qs " $XDG_RUNTIME_DIR/" /proc/self/mounts &&
		[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]
}

# bubblewrap may be too late to notice it: this one never does.
test_run_killed_unnoticed() {
	mkdir "$tmp/late"
	cat >"$tmp/late/bwrap" <<END
#!/bin/bash
for word; do
	shift
	[ "\$word" = --die-with-parent ] || set -- "\$@" "\$word"
done
exec "$(command -v bwrap)" "\$@"
END
	chmod +x "$tmp/late/bwrap"
	(PATH=$tmp/late:$PATH && killed_run late :)
}

# bubblewrap killed at each call after it made the first process of the sandbox,
# which waits for a word from it: nobody may wait for ever.
test_run_bwrap_killed() {
	need strace
	mkdir -p "$tmp/traced"
	cat >"$tmp/traced/bwrap" <<END
#!/bin/sh
exec strace -qq -o "$tmp/calls" -e trace=all \$TRACED "$(command -v bwrap)" "\$@"
END
	chmod +x "$tmp/traced/bwrap"
	PATH=$tmp/traced:$PATH "$SCRIM" run -q -n calm -- sleep 0
	# which call, and the how manyth of its name: so strace counts
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$tmp/calls" |
		awk '{ n[$1]++ } /^clone/ { on = 1 } on { print $1, n[$1] }' \
			>"$tmp/moments"
	[ "$(wc -l <"$tmp/moments")" -ge 10 ] || fail "$(cat "$tmp/moments")"
	while read -r call n; do
		[ "$call" != exit_group ] || continue
		TRACED="-e inject=$call:signal=KILL:when=$n" \
			PATH=$tmp/traced:$PATH timeout -s KILL 30 "$SCRIM" run -q -s calm \
			-- sh -c "trap '' HUP TERM; : $mark; sleep 0.01" \
			>"$tmp/out" 2>&1 </dev/null || :
		nobody_runs || fail "killed at $call $n: somebody stays"
	done <"$tmp/moments"
	wait_for 30 nobody_uses calm || fail "in use"
}
nobody_runs() {
	! grep -qsw "$mark" /proc/[0-9]*/cmdline
}

not_in_use() {
	"$SCRIM" list | grep -q " $1 .* idle "
}

# ---------- what it sees ----------

test_run_shows_the_view() {
	in_run 1 'cat .env'
	in_run 0 'pwd; ls -A; cat f; cd sub; pwd'
	check_out "$ws
f
sub
hello
$ws/sub"
	(cd sub && run 0 "$SCRIM" run -q -w .. -- pwd) || exit 1
	check_out "$ws/sub"
	in_run 0 'pwd; cat f' --at /workspace
	check_out "/workspace
hello"
}

test_run_catches_writes() {
	run 0 "$SCRIM" run -n writes -- sh -c 'echo new >n; echo more >>f
		rm -r sub; cat f'
	check_out "hello
more"
	err_has '^scrim: session writes of .*: 1 added, 1 modified, 1 deleted$'
	err_has '^  A n$'
	err_has '^  M f$'
	err_has '^  D sub/*$'
	err_has '^scrim: next: scrim review -s writes'
	check_file f hello
	[ -d sub ] && [ ! -e n ] || fail "the workspace was written to"
	in_run 0 'cat n; ls' -s writes
	check_out "new
f
n"
}

test_run_workspaces() {
	mkdir -p "$tmp/lib"
	echo library >"$tmp/lib/l"
	in_run 1 "cat $tmp/lib/l; echo x >f && touch $tmp/lib/n" \
		-w "$ws" -w "$tmp/lib:ro"
	out_has '^library$'
	err_has 'Read-only file system'
	run 1 "$SCRIM" run -w "$ws" -w "$ws/sub" -- true
	err_is_one_line
	err_has overlap
}

# Nothing of the host but what is named: names at the root, the home, /tmp,
# processes, sockets, devices that lead anywhere.
test_run_root() {
	in_run 0 'ls -A /tmp "$HOME" | grep -v -e "^/" -e "^$" -e .gitconfig
		ls -d /proc/[0-9]* | wc -l; ls /dev; ls -A / /run'
	for name in boot mnt media opt srv sys work; do
		! grep -qx "$name" "$tmp/out" || fail "/$name is there"
	done
	! grep -qxE 'fuse|kvm|mem|sd.*|vd.*|loop.*' "$tmp/out" || fail "/dev"
	in_run 0 'find / -xdev -type s 2>/dev/null; find /run /tmp /var -type s'
	check_out ""
	in_run 0 'cat /etc/passwd | wc -l; cat /etc/hostname /etc/shadow \
		/etc/fstab 2>&1 | grep -c "No such file"; hostname'
	out_has '^3$'
	out_has '^scrim$'
	in_run 0 'cat /proc/self/mountinfo'
	! grep -q "$XDG_STATE_HOME" "$tmp/out" || fail "the session's path leaks"
	in_run 1 'touch /new'
	in_run 1 'touch /usr/new'
}

test_run_fresh_places_are_bounded() {
	in_run 0 'for d in /tmp /var/tmp /dev/shm /run "$HOME"; do
		touch "$d/x" && df -k --output=size "$d" | tail -n 1
	done' --tmp-size 64k
	[ "$(sort -n "$tmp/out" | tail -n 1)" -le 16384 ] || fail "too large"
	in_run 1 'head -c 200000 /dev/zero >/tmp/big' --tmp-size 64k
	err_has 'No space left'
}

test_run_environment() {
	fake=$(printf 'ghp_%036d' 7)
	run 0 env FOREIGN=1 TOKEN="$fake" SSH_AUTH_SOCK=/tmp/a DISPLAY=:0 \
		DBUS_SESSION_BUS_ADDRESS=x TMUX=x LD_PRELOAD= \
		"$SCRIM" run -q -e GIVEN -e MADE=2 -- env
	! grep -qE '^(FOREIGN|TOKEN|SSH_|DISPLAY|DBUS|TMUX|LD_|XDG_STATE)' \
		"$tmp/out" || fail "$(cat "$tmp/out")"
	out_has '^MADE=2$'
	out_has "^HOME=$HOME\$"
	out_has '^SCRIM_SESSION='
	run 0 env GIVEN=yes "$SCRIM" run -q -e GIVEN -- env
	out_has '^GIVEN=yes$'
	# nor in the command line or the environment of what is outside or pid 1
	in_run 0 'tr "\0" "\n" </proc/1/environ | grep -c =; cat /proc/1/cmdline'
	out_has '^[01]$'
}

test_run_descriptors() {
	run 0 "$SCRIM" run -q -- sh -c 'ls /proc/self/fd' 7<"$ws/.env" 9<"$ws"
	check_out "0
1
2
3"
	run 1 "$SCRIM" run -- true <"$ws"
	err_is_one_line
	err_has 'descriptor 0 is a directory'
}

# ---------- what it cannot do ----------

test_run_has_no_privileges() {
	in_run 0 'grep -E "^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):" \
		/proc/self/status'
	check_out "CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2"
	in_run 1 'unshare -U true'
	in_run 1 '! mount -t tmpfs none /tmp || exit 0; exit 1'
	in_run 1 "! umount -l '$ws' || exit 0; exit 1"
	in_run 1 'kill -9 0'
	err_has 'not permitted'
}

test_run_network() {
	in_run 0 'sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d " "'
	check_out lo
	in_run 0 'sed 1,2d /proc/net/dev | wc -l' --net=host
	[ "$(cat "$tmp/out")" = "$(sed 1,2d /proc/net/dev | wc -l)" ] ||
		fail "--net=host has other interfaces"
	run 1 "$SCRIM" run --net=proxy=/nowhere -- true
	err_is_one_line
	run 2 "$SCRIM" run --net=all -- true
	err_is_one_line
}

# Abstract sockets belong to the network that --net=host shares.
test_run_abstract_sockets() {
	command -v perl >/dev/null || skip "no perl"
	name=scrim-test-$$
	rm -f "$tmp/up"
	perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0) or die;
		bind(S, pack_sockaddr_un("\0" . $ARGV[0])) or die; listen(S, 1);
		$| = 1; print "up\n"; sleep 60' "$name" >"$tmp/up" &
	server=$!
	wait_for 10 grep -qs up "$tmp/up" || fail "no server"
	got=0
	"$SCRIM" run -q --net=host -- perl -e 'use Socket;
		socket(S, AF_UNIX, SOCK_STREAM, 0) or die;
		exit !connect(S, pack_sockaddr_un("\0" . $ARGV[0]))' "$name" \
		2>"$tmp/err" || got=$?
	kill $server
	if grep -q 'cannot keep abstract sockets' "$tmp/err"; then
		echo "abstract sockets: this kernel cannot, and we say so" >&2
	elif [ $got = 0 ]; then
		fail "an abstract socket was reached"
	fi
}

test_run_allow() {
	command -v perl >/dev/null || skip "no perl"
	# ptrace(PTRACE_TRACEME): 101 here, but ask the header of the machine
	nr=$(printf '#include <sys/syscall.h>\nSYS_ptrace\n' |
		cc -E -P - | tail -n 1)
	in_run 1 "perl -e 'exit(syscall($nr, 0, 0, 0, 0) != 0)'"
	in_run 0 "perl -e 'exit(syscall($nr, 0, 0, 0, 0) != 0)'" --allow ptrace
	run 2 "$SCRIM" run --allow everything -- true
	err_is_one_line
}

test_run_also_ro() {
	mkdir -p "$tmp/other"
	echo other >"$tmp/other/o"
	in_run 0 "cat $tmp/other/o; ! touch $tmp/other/n 2>/dev/null" \
		--also-ro "$tmp/other"
	check_out other
	for path in "$ws" "$ws/.env" "$tmp" / "$XDG_STATE_HOME"; do
		run 1 "$SCRIM" run --also-ro "$path" -- true
		err_is_one_line
		err_has 'would show'
	done
}

# ---------- options ----------

test_run_print() {
	fake=$(printf 'ghp_%036d' 7)
	run 0 env GITHUB_TOKEN="$fake" "$SCRIM" run --print -e GITHUB_TOKEN \
		-- sh -c 'echo "$0"'
	out_has '^bwrap \\$'
	out_has "^  --bind .*VIEW.* $ws "
	out_has 'sh -c '
	! grep -q "$fake" "$tmp/out" || fail "a secret is printed"
	[ ! -d "$XDG_STATE_HOME/scrim/sessions" ] ||
		[ "$("$SCRIM" list --names | wc -l)" = "$1" ] ||
		fail "--print made a session"
}

test_run_ephemeral() {
	"$SCRIM" list --names >"$tmp/sessions"
	run 0 "$SCRIM" run --ephemeral -- sh -c 'echo x >n; cat n'
	check_out x
	err_has '^  A n$'
	err_has 'ephemeral, and is gone'
	"$SCRIM" list --names | cmp - "$tmp/sessions" || fail "a session is left"
	in_run 1 'head -c 3000000 /dev/zero >n' --ephemeral --session-size 2M
	run 2 "$SCRIM" run --ephemeral --session x -- true
}

test_run_limits() {
	run 0 "$SCRIM" run --cpus 1 -- nproc
	check_out 1
	err_has '^scrim: limits: '
	in_run 0 'ulimit -d 2>/dev/null || ulimit -a' --memory 256M
	in_run 1 'perl -e "\$n = 5e8; \$x = \"x\" x \$n" || exit 1' --memory 64M
	if [ "$(id -u)" = 0 ] && [ ! -d /run/systemd/system ]; then
		run 1 "$SCRIM" run --pids 20 -- true
		err_is_one_line
	else
		in_run 2 'for i in $(seq 50); do sleep 1 & done' --pids 20
	fi
	run 2 "$SCRIM" run --cpus many -- true
}

test_run_profile() {
	mkdir -p "$XDG_CONFIG_HOME/scrim/profiles" "$HOME/.agent/deep"
	cat >"$XDG_CONFIG_HOME/scrim/profiles/agent.ini" <<-'END'
	[profile]
	description = a test
	extends = generic
	commands = agent
	[files]
	ro = ~/.shown
	keep = ~/.agent
	copy = ~/.agent/settings
	[env]
	secret = AGENT_KEY
	set = AGENT_HOME=$HOME/.agent
	END
	echo mine >"$HOME/.agent/settings"
	echo not >"$HOME/.agent/history"
	echo shown >"$HOME/.shown"
	fake=$(printf 'ghp_%036d' 8)
	AGENT_KEY=$fake
	export AGENT_KEY
	in_run 0 'cat ~/.shown ~/.agent/settings; ls -A ~/.agent
		echo "$AGENT_HOME" "$AGENT_KEY"; echo agent >~/.agent/settings' \
		-p agent -n profiled
	check_out "shown
mine
settings
$HOME/.agent $fake"
	check_file "$HOME/.agent/settings" mine
	in_run 0 'cat ~/.agent/settings' -p agent -s profiled
	check_out agent
	in_run 0 'echo "$AGENT_KEY"; ls -A ~' -p generic
	! grep -q "$fake" "$tmp/out" || fail "the key came in without its profile"
	! grep -q agent "$tmp/out" || fail "the home is not empty"
	run 1 "$SCRIM" run -p nothere -- true
	err_is_one_line
	err_has 'generic'
	unset AGENT_KEY
}

test_run_shipped_profiles() {
	for file in "$srcdir"/rules/profiles/*.ini; do
		name=$(basename "$file" .ini)
		run 0 "$SCRIM" run --print -p "$name" -- true
		out_has "^# profile: .*$name"
	done
	run 0 "$SCRIM" run --print -- claude
	out_has '^# profile: claude-code'
	run 0 "$SCRIM" run --print -- /usr/bin/make
	out_has '^# profile: generic$'
}

# agent PROGRAM-DIR NAME KEY READ... -- WRITE...: below the home, a program that does
# with these files what the real one's manual says; a second run finds what it wrote.
agent() {
	bin=$HOME/$1 name=$2 key=$3
	shift 3
	mkdir -p "$bin" "$HOME/.ssh"
	echo FAKE-EXAMPLE >"$HOME/.ssh/id_ed25519"
	{
		printf '#!/bin/sh\nset -eu\n[ ! -e ~/.ssh/id_ed25519 ]\n'
		# shellcheck disable=SC2016 # of the program
		printf '[ "$%s" = FAKE-%s ]\n[ -z "${OTHER_TOKEN:-}" ]\n' \
			"$key" "$name"
		while [ "$1" != -- ]; do
			mkdir -p "$HOME/$(dirname "$1")"
			echo "of the user: $1" >"$HOME/$1"
			printf 'grep -q "of the user: %s" ~/"%s"\n' "$1" "$1"
			shift
		done
		shift
		for written; do
			printf 'mkdir -p ~/"%s"\n[ "$1" = first ] || cat ~/"%s"\n' \
				"$(dirname "$written")" "$written"
			printf 'echo "by %s: %s" >>~/"%s"\n' "$name" "$written" \
				"$written"
		done
		echo 'echo done >>worked'
	} >"$bin/$name"
	chmod +x "$bin/$name"
	(
	PATH=$bin:$PATH
	export PATH "$key=FAKE-$name" OTHER_TOKEN=FAKE-EXAMPLE
	run 0 "$SCRIM" run -q -n "as-$name" -- "$name" first
	run 0 "$SCRIM" run -q -s "as-$name" -- "$name" second
	for written; do
		out_has "^by $name: $written\$"
		! grep -qs "^by $name" "$HOME/$written" ||
			fail "$name wrote to the real $written"
	done
	run 0 "$SCRIM" diff --stat -s "as-$name"
	out_has worked
	) || exit 1
	[ ! -e "$ws/worked" ] || fail "$name wrote to the workspace"
	run 0 "$SCRIM" discard -y --forget -s "as-$name"
	rm -r "$HOME"
	mkdir "$HOME"
}
test_run_agents() {
	agent .local/bin claude ANTHROPIC_API_KEY .claude/settings.json \
		.claude/.credentials.json .claude/CLAUDE.md \
		.claude/commands/mine.md .claude/agents/mine.md -- \
		.claude/projects/p/log.jsonl .claude/.claude.json \
		.claude/todos/t.json .claude/settings.json
	agent .local/bin codex OPENAI_API_KEY .codex/config.toml \
		.codex/auth.json .codex/AGENTS.md .codex/prompts/mine.md -- \
		.codex/sessions/2026/s.jsonl .codex/history.jsonl \
		.codex/log/codex.log
	agent .npm-global/bin gemini GEMINI_API_KEY .gemini/settings.json \
		.gemini/oauth_creds.json .gemini/GEMINI.md \
		.gemini/extensions/e/gemini-extension.json -- \
		.gemini/tmp/logs.json .gemini/history/h
	agent .local/bin aider OPENAI_API_KEY .aider.conf.yml \
		.aider.model.settings.yml -- .aider/caches/versioncheck \
		.aider/analytics.json
	agent .opencode/bin opencode ANTHROPIC_API_KEY \
		.config/opencode/opencode.json \
		.local/share/opencode/auth.json -- \
		.local/share/opencode/storage/s.json \
		.local/state/opencode/kv.json .cache/opencode/models.json
}

# ---------- failing closed ----------

test_run_without_bwrap() {
	mkdir -p "$tmp/bin"
	for program in fusermount3 sh; do
		found=$(command -v "$program") || continue
		ln -sf "$found" "$tmp/bin/$program"
	done
	run 1 env PATH="$tmp/bin" "$SCRIM" run -- sh -c 'echo ran'
	check_out ""
	err_is_one_line
	err_has 'bubblewrap.*scrim mount'
	printf '#!/bin/sh\necho "bwrap: setting up uid map: Permission denied" >&2
		exit 1\n' >"$tmp/bin/bwrap"
	chmod +x "$tmp/bin/bwrap"
	run 1 env PATH="$tmp/bin" "$SCRIM" run -- sh -c 'echo ran'
	check_out ""
	err_is_one_line
	err_has 'user namespaces.*scrim mount'
}

test_run_refuses() {
	check_usage run
	run 2 "$SCRIM" run
	run 2 "$SCRIM" run --at relative -- true
	run 2 "$SCRIM" run --env =x -- true
	run 1 "$SCRIM" run -w "$tmp/nowhere" -- true
	err_is_one_line
	run 1 "$SCRIM" run -w "$HOME" -- true
	err_is_one_line
	run 1 "$SCRIM" run -w /usr/share -- true
	err_is_one_line
	err_has 'move the workspace'
}

# ---------- on a terminal ----------

keys() {
	tmux -S "$tmp/tmux" send-keys -t t "$@"
}
screen_has() {
	tmux -S "$tmp/tmux" capture-pane -p -t t | grep -qe "$1"
}
# sleeping STATE: "sleep $mark" is there in this state, as the terminal's own.
sleeping() {
	for at in /proc/[0-9]*; do
		words=$(tr '\0' ' ' 2>/dev/null <"$at/cmdline") || continue
		[ "$words" = "sleep $mark " ] || continue
		# shellcheck disable=SC2046 # words
		set -- "$1" $(sed 's/.*) //' "$at/stat")
		[ "$2" != "$1" ] || [ "$4" != "$7" ] || return 0
	done 2>/dev/null
	return 1
}
wait_for_sleep() {
	wait_for 20 sleeping "$1" || fail "no sleep in state $1"
}
expect() {
	wait_for 10 screen_has "$1" || {
		tmux -S "$tmp/tmux" capture-pane -p -t t >&2
		fail "the screen does not show: $1"
	}
}

test_run_terminal() {
	command -v tmux >/dev/null || skip "no tmux"
	command -v bash >/dev/null || skip "no bash"
	tmux -S "$tmp/tmux" -f /dev/null new-session -d -s t -x 100 -y 30 \
		"env PS1='host> ' SCRIM='$SCRIM' bash --norc --noprofile"
	expect 'host>'
	keys "\"\$SCRIM\" run -q -- sh -c 'trap \"echo got-int; exit 5\" INT
		echo wait-\$((1+1)); while :; do sleep 0.1; done'; echo st=\$?" Enter
	expect 'wait-2'
	keys C-c
	expect 'got-int'
	expect 'st=5'
	keys "\"\$SCRIM\" run -q -- sleep $mark" Enter
	wait_for_sleep S
	keys C-z
	expect 'Stopped'
	keys "fg; echo st=\$?" Enter
	wait_for_sleep S
	keys C-c
	expect 'st=130'
	keys "\"\$SCRIM\" run -q -- bash --norc; echo st=\$?" Enter
	keys "PS1='in> '; stty size" Enter
	expect '30 100'
	keys "sleep $mark" Enter
	wait_for_sleep S
	keys C-z
	keys "jobs; echo j-\$((2+2))" Enter
	expect "Stopped *sleep $mark"
	expect 'j-4'
	keys "fg" Enter
	wait_for_sleep S
	keys C-c
	tmux -S "$tmp/tmux" resize-window -t t -x 90 -y 25
	keys "stty size; exit 6" Enter
	expect '25 90'
	expect 'st=6'
	keys "\"\$SCRIM\" run -q -- stty raw -echo; echo ma''rk" Enter
	expect 'mark'
	keys "\"\$SCRIM\" run -n asked -- sh -c 'echo x >n'" Enter
	expect 'eep \[d\]iscard?'
	keys 'x' Enter
	keys 'k' Enter
	expect 'session asked is kept'
	"$SCRIM" list --names >"$tmp/before"
	# nothing was done: nothing to keep, unless it has a name or was refused
	keys C-l "\"\$SCRIM\" run -- cat f; echo st=\$?" Enter
	expect 'the session is removed'
	expect 'st=0'
	"$SCRIM" list --names | cmp - "$tmp/before" || fail "not removed"
	keys C-l "\"\$SCRIM\" run -n bare -- cat f; echo st=7\$?" Enter
	expect 'st=70'
	keys C-l "\"\$SCRIM\" run -- cat .env; echo st=7\$?" Enter
	expect 'st=71'
	keys C-l "\"\$SCRIM\" run -q -- cat f; echo st=8\$?" Enter
	expect 'st=80'
	keys C-l "\"\$SCRIM\" run -s bare -- cat f; echo st=9\$?" Enter
	expect 'st=90'
	[ "$("$SCRIM" list --names | wc -l)" = \
		$(($(wc -l <"$tmp/before") + 3)) ] || fail "$("$SCRIM" list)"
	tmux -S "$tmp/tmux" kill-server
	[ ! -e "$ws/n" ] || fail "kept, and yet applied"
}

# ---------- all of them ----------

for test in $(sed -n 's/^\(test_run_[a-z_]*\)() {$/\1/p' "$self"); do
	case ${1:-} in '') ;; *) [ "$1" = "$test" ] || continue ;; esac
	cd "$ws"
	"$test" "$("$SCRIM" list --names | wc -l)"
	echo "ok $test ($(id -un))"
done

# The second time as somebody whom fusermount3 and user namespaces serve, and who
# may be able to read nothing of where scrim was built.
if [ "$(id -u)" = 0 ] && [ -z "${1:-}" ]; then
	need fusermount3 setpriv
	[ "$(stat -c %a /dev/fuse)" = 666 ] ||
		skip "/dev/fuse is not for ordinary users; chmod 666 /dev/fuse"
	chmod 755 "$tmp"
	mkdir -p "$tmp/user/tests/cli"
	cp "$SCRIM" "$builddir/scrim-init" "$tmp/user"
	cp -R "$srcdir/rules" "$tmp/user"
	cp "$srcdir/tests/lib.sh" "$tmp/user/tests"
	cp "$self" "$tmp/user/tests/cli"
	chmod -R go+rX "$tmp/user"
	chown daemon "$tmp/user"
	env -u SCRIM -u SCRIM_RULES TMPDIR="$tmp/user" srcdir="$tmp/user" \
		builddir="$tmp/user" setpriv --reuid=daemon --regid=daemon \
		--clear-groups sh "$tmp/user/tests/cli/test_run.sh" ||
		fail "as an ordinary user"
fi
