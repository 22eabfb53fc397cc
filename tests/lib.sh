# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What all shell tests source:
#
#	. "${srcdir:-.}/tests/lib.sh"
#
# Afterwards $tmp is an empty directory of the test's own, which is the current
# directory too; HOME, the XDG directories and the state directory lie in it.
# On exit all that was mounted below $tmp is unmounted and $tmp removed. The
# test fails with the line that says why: "fail TEXT", or a failing check.
# $SCRIM is the program. A test ends with "exit 0" by running to its end.

set -eu
LC_ALL=C
SHELL=/bin/sh		# tmux's, and not that of an account like daemon
PATH=$PATH:/usr/sbin:/sbin	# mke2fs is there, also for an ordinary user
export LC_ALL SHELL PATH
unset CDPATH GIT_DIR GIT_PAGER PAGER LESS NO_COLOR SCRIM_STATE || :
umask 022

: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${builddir:=$srcdir}"
: "${SCRIM:=$builddir/scrim}"
: "${SCRIM_RULES:=$srcdir/rules}"
export SCRIM SCRIM_RULES srcdir builddir

tmp=$(mktemp -d "${TMPDIR:-/tmp}/scrim-test.XXXXXX")
tmp=$(cd "$tmp" && pwd -P)

# Mount points below $tmp, innermost first, with the kernel's escapes undone.
mounts_below() {
	sed -n "s|^[^ ]* \($tmp/[^ ]*\) .*|\1|p" /proc/self/mounts | sort -r |
		while IFS= read -r m; do printf '%b\n' "$m"; done
}

cleanup() {
	cleanup_status=$?
	trap - EXIT INT TERM HUP
	at_exit || :
	cd /
	mounts_below | while IFS= read -r m; do
		fusermount3 -u -z "$m" 2>/dev/null ||
			umount -l "$m" 2>/dev/null || :
	done
	if [ -n "$(mounts_below)" ]; then
		echo "still mounted: $(mounts_below)" >&2
		exit 1
	fi
	for cleanup_tsan in "$home_tsan".*; do
		[ -f "$cleanup_tsan" ] || continue
		cleanup_status=1
		sh "$srcdir/tests/tsan.sh" "$SCRIM" <"$cleanup_tsan" >&2
	done
	chmod -R u+rwX "$tmp" 2>/dev/null || :
	rm -rf "$tmp"
	exit "$cleanup_status"
}
# What a test started is ended by a function of this name: a trap of its own would
# have to keep the exit status.
at_exit() {
	:
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$tmp/home" "$tmp/state"
HOME=$tmp/home
XDG_STATE_HOME=$tmp/state
XDG_CONFIG_HOME=$HOME/.config
XDG_CACHE_HOME=$HOME/.cache
export HOME XDG_STATE_HOME XDG_CONFIG_HOME XDG_CACHE_HOME
unset XDG_RUNTIME_DIR || :
home_tsan=$XDG_CACHE_HOME/scrim/tsan
if grep -q '^SAN_CFLAGS = .*thread' "$builddir/Makefile" 2>/dev/null; then
	# where a view's daemon may write
	mkdir -p "$XDG_CACHE_HOME/scrim"
	chmod 777 "$XDG_CACHE_HOME/scrim"
	TSAN_OPTIONS="log_path=$home_tsan symbolize=0${TSAN_OPTIONS:+ $TSAN_OPTIONS}"
	export TSAN_OPTIONS
fi
cd "$tmp"

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# The test needs what the machine does not have: skipped, but where CI is set
# that is a failure, for CI could have it.
skip() {
	if [ -n "${CI:-}" ]; then
		fail "cannot run, and CI must be able to: $*"
	fi
	echo "SKIP: $*" >&2
	exit 77
}

# need fuse|userns|PROGRAM...: what the test cannot do without.
need() {
	for need_what; do
		case $need_what in
		fuse)
			if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then
				skip "no access to /dev/fuse"
			fi
			[ "$(id -u)" = 0 ] || command -v fusermount3 >/dev/null ||
				skip "no fusermount3"
			;;
		userns)
			command -v bwrap >/dev/null || skip "no bwrap"
			bwrap --unshare-user --ro-bind / / true 2>/dev/null ||
				skip "no user namespaces for bwrap"
			;;
		*)
			command -v "$need_what" >/dev/null ||
				skip "no $need_what"
			[ "$need_what" != strace ] || no_leak_check
			;;
		esac
	done
}

# no_leak_check: that of the sanitizers wants to trace, which it may not where
# something else does, or a filter of system calls forbids it.
no_leak_check() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	export ASAN_OPTIONS
}

# git_identity: git with an author, a date and no configuration of anybody's.
git_identity() {
	GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	GIT_AUTHOR_NAME='A U Thor' GIT_AUTHOR_EMAIL=author@example.com
	GIT_COMMITTER_NAME='C O Mitter' GIT_COMMITTER_EMAIL=committer@example.com
	GIT_AUTHOR_DATE='1234567890 +0100' GIT_COMMITTER_DATE='1234567890 +0100'
	export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
	export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE
	export GIT_COMMITTER_DATE
}

# run STATUS COMMAND...: runs it, stdout and stderr to the files out and err of
# $tmp, and fails if its exit status is not STATUS.
run() {
	run_want=$1
	shift
	run_got=0
	"$@" >"$tmp/out" 2>"$tmp/err" || run_got=$?
	[ "$run_got" = "$run_want" ] || {
		sed 's/^/  stdout: /' "$tmp/out" >&2
		sed 's/^/  stderr: /' "$tmp/err" >&2
		fail "status $run_got, not $run_want: $*"
	}
}

# check_out TEXT / check_err TEXT: what the last run printed, as a whole.
check_out() {
	printf '%s' "$1${1:+
}" | diff -u - "$tmp/out" >&2 || fail "stdout differs"
}
check_err() {
	printf '%s' "$1${1:+
}" | diff -u - "$tmp/err" >&2 || fail "stderr differs"
}

# check_file FILE TEXT: a file's content, as a whole (with a final newline).
check_file() {
	printf '%s\n' "$2" | diff -u - "$1" >&2 || fail "$1 differs"
}

# out_has REGEX, err_has REGEX: a line of the last run matches.
out_has() {
	grep -q -e "$1" "$tmp/out" || {
		cat "$tmp/out" >&2
		fail "no line of stdout matches: $1"
	}
}
err_has() {
	grep -q -e "$1" "$tmp/err" || {
		cat "$tmp/err" >&2
		fail "no line of stderr matches: $1"
	}
}

# err_is_one_line: a refusal says what is to be said in one line.
err_is_one_line() {
	[ "$(wc -l <"$tmp/err")" = 1 ] || {
		cat "$tmp/err" >&2
		fail "not one line on stderr"
	}
}

# same_tree A B: two trees are equal in names, types, modes, links, contents.
tree_list() {
	(cd "$1" && find . -printf '%p %y %m %l ' \
		\( -type f -exec sh -c 'sha256sum <"$1"' sh {} \; \
		-o -printf '\n' \)) | sort
}
same_tree() {
	tree_list "$1" >"$tmp/.tree-a"
	tree_list "$2" >"$tmp/.tree-b"
	diff -u "$tmp/.tree-a" "$tmp/.tree-b" >&2 || fail "$1 and $2 differ"
	rm -f "$tmp/.tree-a" "$tmp/.tree-b"
}

# fake_random LENGTH NUMBER: letters and digits as if drawn by lot, which stand in no
# file of ours, but the same ones each time: of those that are drawn anew some are
# taken for a word or a placeholder, once in some thousand runs.
fake_random() {
	awk -v n="$1" -v x="$2" 'BEGIN {
		c = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
		x = x * 7919 + 12345
		while (n-- > 0) {
			x = (x * 16807) % 2147483647
			printf "%s", substr(c, int(x / 65536) % length(c) + 1, 1)
		}
	}'
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	wait_left=$(($1 * 20))
	shift
	until "$@"; do
		wait_left=$((wait_left - 1))
		[ "$wait_left" -gt 0 ] || return 1
		sleep 0.05
	done
}

# daemon_of NAME: the process id of the daemon that shows the session.
daemon_of() {
	daemon_id=$("$SCRIM" list --json | grep -B1 "\"name\": \"$1\"" |
		sed -n 's/.*"id": "\(.*\)",/\1/p')
	head -n 1 "$XDG_STATE_HOME/scrim/sessions/$daemon_id/lock"
}

# check_usage COMMAND: what every command must do with flags that it lacks and
# with an output that cannot be written. HELP is printed by all of them.
check_usage() {
	run 2 "$SCRIM" "$1" --no-such-option
	check_out ""
	check_err "scrim $1: unknown option '--no-such-option'; see scrim $1 --help"
	run 2 "$SCRIM" "$1" -%
	check_err "scrim $1: unknown option '-%'; see scrim $1 --help"
	run 0 "$SCRIM" "$1" --help
	check_err ""
	out_has "^usage: scrim $1 "
	if [ -e /dev/full ]; then
		usage_got=0
		"$SCRIM" "$1" --help >/dev/full 2>"$tmp/err" || usage_got=$?
		[ "$usage_got" = 1 ] || fail "$1: status $usage_got on a full disk"
		err_has '^scrim: cannot write the output: '
	fi
	usage_got=0
	"$SCRIM" "$1" --help >&- 2>"$tmp/err" || usage_got=$?
	[ "$usage_got" = 1 ] || fail "$1: status $usage_got with stdout closed"
	err_has '^scrim: cannot write the output: '
}
