#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Looks at the tree itself, not at what it does: sizes, layers, names, and that
# whatever has to come in company (a command and its test, a module and its unit
# test) does so. Each check prints "file:line: what is wrong"; all of them run.
# Takes a second or two; needs awk, grep and find, and ctags for function sizes.

# shellcheck disable=SC2046,SC2317 # no spaces in names; called by name
set -u
LC_ALL=C
export LC_ALL
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${builddir:=$srcdir}"
scrim=${SCRIM:-$builddir/scrim}
cd "$srcdir" || exit 1

tmp=$(mktemp -d "${TMPDIR:-/tmp}/scrim-tree.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

# Modules without a tests/unit/test_NAME.c: "module reason", a line each.
no_unit_test='
scan/mask_blocks is tested by test_mask
scan/mask_base64 is tested by test_mask_plain
scan/mask_kubernetes is tested by test_mask_plain
scan/mask_pieces is tested by test_mask
scan/mask_rewrite is tested by test_mask_plain
scan/mask_copy is tested by test_mask_undo
scan/mask_markup is tested by test_mask
scan/mask_mixed is tested by test_mask
scan/mask_twins is tested by test_mask
scan/fold_letters is tested by test_fold
fs/users is tested by tests/cli/test_umount.sh
review/ignored is tested by tests/cli/test_look.sh
review/similar is tested by tests/cli/test_look.sh
review/html is tested by test_diff.sh
review/blobs_store is tested by test_blobs
review/choices_file is declared in choices.h and tested by test_choices
review/choose_seal is declared in choose.h and tested by test_choose
review/folding is tested by test_commit
review/plan_print is tested by test_apply.sh
review/risk_content is declared in risk.h and tested by test_risk
review/risk_package is the same
review/risk_path is the same
review/risk_secret is the same
review/risk_text is the same
review/engine is declared in engine.h and tested by test_apply, test_crash
review/engine_act is the same
review/engine_build is the same
review/engine_check is the same
review/engine_flush is the same
review/engine_move is the same
review/engine_outside is tested by test_links.sh
review/engine_stage is tested by test_apply, test_crash
review/job_disk is tested by test_apply and test_crash
review/job_made is tested by test_job
review/job_prune is the same
review/plan is tested by test_apply
review/plan_content is the same
review/plan_depend is the same
review/plan_links is the same
review/plan_short is tested by test_apply_masks.sh
review/undo is the same
review/undo_item is the same
review/undo_links is the same
review/undo_merge is the same
session/shown is tested by test_apply_masks.sh
session/atime is the same
session/attr is tested by test_layer
session/check_state is declared in check.h and tested by test_check
scan/taint_find is tested by test_taint
scan/taint_values is tested by test_taint
scan/tree_copies is tested by test_taint.sh
session/gitnews is tested by test_git_live.sh
session/retaint is tested by test_taint.sh
session/copyup is tested by test_layer
session/data is tested by test_layer
session/delta_content is tested by test_delta
session/delta_links is tested by test_delta
session/delta_names is tested by test_delta
session/delta_walk is tested by test_delta
session/drop is tested by test_delta
session/graft is tested by test_delta
session/handle is tested by test_layer
session/links is tested by test_layer
session/list is tested by test_layer
session/lower is tested by test_layer
session/make is tested by test_layer
session/names is tested by test_layer
session/rename is tested by test_layer
session/resolve is tested by test_layer
session/restore is tested by tests/cli/test_restore.sh, test_fork.sh
session/rewrite is tested by tests/cli/test_discard.sh, test_live.sh
session/settle is tested by test_delta
session/state is tested by test_layer
session/touch is tested by test_layer
session/tree is tested by test_layer
session/upgrade is tested by test_checkpoint
session/view is tested by test_layer
session/xattr is tested by test_layer
sandbox/explain is tested by tests/cli/test_run.sh
sandbox/home is tested by test_profile
sandbox/init is a program, tested by tests/cli/test_run.sh
sandbox/reveal is tested by test_sandbox
sandbox/rootfs is tested by test_sandbox
sandbox/scope is tested by tests/cli/test_run.sh
sandbox/supervise is tested by tests/cli/test_run.sh
sandbox/vars is tested by test_environ
sandbox/warden is tested by tests/cli/test_run.sh
review/diff_print is declared in diff.h and tested by test_diff
review/source is tested by test_diff
review/source_layer hands on to the layer; tested by the commands
review/word is tested by test_diff
review/gitblobs is tested by tests/integration/test_gitview.sh
review/gitbuild is tested by tests/integration/test_gitview.sh
review/gitbuildconf is tested by tests/integration/test_gitview.sh
review/gitbuildrun is tested by tests/integration/test_gitview.sh
review/gitdecide is tested by tests/integration/test_gitview.sh
review/gitdir is tested by tests/integration/test_gitview.sh
review/gitfind is tested by tests/integration/test_gitview.sh
review/gitindex is tested by tests/integration/test_gitview.sh
review/gitjudge is tested by tests/integration/test_gitview.sh
review/gitbound is tested by tests/integration/test_gitview.sh
review/gitmeta is tested by tests/integration/test_gitview.sh
review/gitobjects is tested by tests/integration/test_gitview.sh
review/gitodb is tested by tests/integration/test_gitview.sh
review/gitpack is tested by tests/integration/test_gitview.sh
review/gitlinks is tested by tests/integration/test_git_mount.sh
review/gitmask hands on to the policy and the masks; tested by the commands
review/gitrules is tested by tests/integration/test_gitview.sh
review/gitstate is tested by test_gitrecall
review/gituser is tested by tests/cli/test_pager.sh
review/giturl is declared in gitconf.h and tested by test_gitconf
review/historycopy is declared in history.h and tested by tests/integration/test_history.sh
review/historywalk is declared in history.h and tested by tests/integration/test_history.sh
review/hunk_edit is declared in hunk.h and tested by test_hunk
scan/mask_lines is tested by test_mask_undo
scan/mask_make is tested by test_mask
scan/mask_values is declared in mask_make.h and tested by test_mask
scan/env_rules is declared in policy_load.h and tested by test_policy
scan/policy_load is tested by test_policy
scan/rule is declared in ruleset.h and tested by test_ruleset
scan/rulekeys is tested by test_ruleset
scan/assign_pair is a half of assign, tested by test_assign
scan/scan_match is part of the engine, tested by test_scan
scan/scan_report is part of the engine, tested by test_scan
scan/scanner is part of the engine, tested by test_scan
util/remove is declared in io.h and tested by test_io
'

# ---------- the files ----------

# What is tracked, or in a released archive what is there.
if [ -e .git ] && command -v git >/dev/null; then
	git ls-files
else
	find . \( -name build -o -name _build -o -name _inst \) -prune -o -type f -print | sed 's|^\./||'
fi | while IFS= read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done |
	grep -v -e '^autom4te' -e '^config\.' -e '^configure' -e '^aclocal' \
		-e '^Makefile.in' -e '^build-aux/[^b]' >"$tmp/files"
grep -e '^src/.*\.[ch]$' -e '^tests/.*\.[ch]$' "$tmp/files" >"$tmp/c"
grep '^src/' "$tmp/c" >"$tmp/src"

# C sources with strings emptied and comments removed: "file:line:text". A
# comment of the // kind stays, to be found below.
strip_c() {
	awk '
	FNR == 1 { inside = 0 }
	{
		line = $0; out = ""; n = length(line); q = ""
		for (i = 1; i <= n; i++) {
			c = substr(line, i, 1); two = substr(line, i, 2)
			if (inside) {
				if (two == "*/") { inside = 0; i++ }
			} else if (q != "") {
				if (c == "\\") i++
				else if (c == q) { q = ""; out = out c }
			} else if (two == "/*") { inside = 1; i++ }
			else if (two == "//") { out = out substr(line, i); break }
			else { out = out c; if (c == "\"" || c == "\047") q = c }
		}
		if (out ~ /[^ \t]/) print FILENAME ":" FNR ":" out
	}' $(cat "$tmp/c")
}
strip_c >"$tmp/stripped"

# ---------- checks: each prints what is wrong ----------

check_spdx() {
	while IFS= read -r f; do
		case $f in
		*.c|*.h|*.sh|*.am|*.ac|*.m4|*.py|*.ini|*.[1-8]|.ci/*) ;;
		*) continue ;;
		esac
		case $f in tests/data/*) continue ;; esac
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: ' ||
			echo "$f:1: no SPDX line"
	done <"$tmp/files"
}

check_lengths() {
	while IFS= read -r f; do
		case $f in *.h) max=150 ;; *) max=500 ;; esac
		n=$(wc -l <"$f")
		[ "$n" -le "$max" ] || echo "$f:$n: more than $max lines"
	done <"$tmp/c"
}

check_functions() {
	command -v ctags >/dev/null && ctags --version | grep -q Universal ||
		return 0
	ctags -f - --languages=C --langmap=C:+.h --kinds-C=f --fields=ne \
		-L "$tmp/src" | awk -F '\t' '
	{
		from = to = 0
		for (i = 4; i <= NF; i++) {
			if ($i ~ /^line:/) from = substr($i, 6) + 0
			if ($i ~ /^end:/) to = substr($i, 5) + 0
		}
		if (!to) next
		len = to - from + 1; size[++n] = len
		if (len > 80)
			print $2 ":" from ": " $1 " has " len " lines, at most 80"
	}
	END {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && size[j] < size[j - 1]; j--) {
				t = size[j]; size[j] = size[j - 1]; size[j - 1] = t
			}
		if (n && size[int((n + 1) / 2)] > 15)
			print "src:1: median of function lengths is over 15"
	}'
}

check_comments() {
	grep -e '//' "$tmp/stripped" | sed 's|^\([^:]*:[0-9]*\):.*|\1: a // comment|'
}

check_calls() {
	grep -E '[^A-Za-z0-9_](strcpy|strcat|stpcpy|sprintf|vsprintf|gets|system|popen|strtok|alloca|mktemp|tmpnam|tempnam)[[:space:]]*\(' \
		"$tmp/stripped" | sed 's|$| <- forbidden call|'
	grep -E '__attribute__\(\(.*cleanup' "$tmp/stripped" |
		sed 's|$| <- cleanup attribute|'
}

check_words() {
	grep -v -e '^tests/check-tree.sh$' -e '^COPYING$' "$tmp/files" |
		tr '\n' '\0' | xargs -0 grep -nIwE 'TODO|FIXME|XXX' |
		sed 's|$| <- unfinished|'
}

# Which header of a library may be included from where.
check_libraries() {
	while read -r header where; do
		grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$header" \
			$(cat "$tmp/src") /dev/null | grep -vE "^$where" |
			sed "s#\$# <- only in $where#"
	done <<END
fuse src/fs/
git2 src/review/
pcre2 src/scan/
ini\.h src/util/conf\.c
(ncurses|curses) src/(review|cli)/
jansson src/(util/json\.c|util/json\.h|cli/|review/|scan/)
seccomp\.h src/sandbox/seccomp\.c
(archive|libarchive) src/(review|cli|session)/
END
}

# Layers: a directory may include from itself and from those named after it.
check_layers() {
	while read -r layer allowed; do
		grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
			$(grep "^src/$layer/" "$tmp/src") /dev/null |
			grep -vE "\"(config\.h|($layer${allowed:+|$allowed})/[^\"]*)\"" |
			sed 's|$| <- against the layers|'
	done <<END
util
scan util
session util|scan
fs util|scan|session
review util|scan|session
sandbox util|scan
cli util|scan|session|fs|review|sandbox
END
}

# The kernel is answered in one place.
check_replies() {
	grep -n 'fuse_reply_' $(grep '^src/fs/' "$tmp/src" |
		grep -v '^src/fs/reply\.c$') /dev/null |
		sed 's|$| <- only in src/fs/reply.c|'
}

check_unit_tests() {
	grep -E '^src/(util|scan|session|review|sandbox)/.*\.c$' "$tmp/src" |
	while IFS= read -r f; do
		m=${f#src/}
		m=${m%.c}
		[ ! -f "tests/unit/test_${m##*/}.c" ] || continue
		printf '%s' "$no_unit_test" | grep -q "^$m ." ||
			echo "$f:1: no tests/unit/test_${m##*/}.c"
	done
	for t in tests/unit/test_*.c; do
		grep -qE "(^|[[:space:]])${t%.c}([[:space:]]|\$)" Makefile.am ||
			echo "$t:1: not in unit_tests of Makefile.am"
	done
}

check_commands() {
	sed -n 's/^[[:space:]]*COMMAND(\([a-z]*\)).*/\1/p' src/cli/commands.c \
		>"$tmp/commands"
	[ -s "$tmp/commands" ] || echo "src/cli/commands.c:1: no commands"
	[ ! -x "$scrim" ] || "$scrim" completion bash >"$tmp/completion"
	while IFS= read -r c; do
		t=tests/cli/test_$c.sh
		[ -f "$t" ] || echo "src/cli/cmd_$c.c:1: no $t"
		[ ! -f "src/cli/cmd_$c.c" ] ||
			! grep -q CMD_HIDDEN "src/cli/cmd_$c.c" || continue
		grep -q "^\.Ss scrim $c\$" man/scrim.1 ||
			echo "man/scrim.1:1: no section '.Ss scrim $c'"
		[ ! -f "$tmp/completion" ] ||
			grep -q "^	$c)" "$tmp/completion" ||
			echo "src/cli/cmd_$c.c:1: not in the completions"
	done <"$tmp/commands"
}

check_shell_tests() {
	for t in tests/*/test_*.sh; do
		[ -x "$t" ] || echo "$t:1: not executable"
		grep -qE "(^|[[:space:]])$t([[:space:]]|\$)" Makefile.am ||
			echo "$t:1: not in Makefile.am"
	done
	# "trap 'x; cleanup' EXIT" forgets that the test failed
	grep -nE "trap '.*cleanup.*EXIT" tests/*/test_*.sh |
		sed 's/:[^:]*$/: a trap that loses the status; see at_exit/'
}

# Every library that configure asks for is one that setup.sh installs.
check_setup() {
	sed -n 's/^PKG_CHECK_MODULES(\[[A-Z0-9]*\], \[\([^] ]*\).*/\1/p' \
		configure.ac | while IFS= read -r m; do
		grep -q "^pc:$m " contrib/setup.sh ||
			echo "contrib/setup.sh:1: does not install $m"
	done
}

status=0
for check in spdx lengths functions comments calls words libraries layers \
	replies unit_tests commands shell_tests setup; do
	"check_$check" >"$tmp/said"
	[ -s "$tmp/said" ] || continue
	echo "$check:"
	sed 's/^/  /' "$tmp/said"
	status=1
done
exit $status
