# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154 # variables of and for others
#
# What the tests of the view share, after tests/lib.sh:
#
#	who		"root user" or "user": for whom a test is done
#	be WHO		from now on $as, $owner and $view_args are that user's
#	fresh NAME	an empty directory $tmp/NAME that this user owns
#	view CMD...	view.sh as that user
#	tool NAME	the path of a helper program
#
# As root, the ordinary user is "nobody", for whom programs and rules are copied
# to where that user can read them.

need fuse
# The cases look at SIGBUS themselves, and some run in the sandbox.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_sigbus=0
no_leak_check
chmod 755 "$tmp"
cp "$SCRIM" "$tmp/scrim"
cp -R "$SCRIM_RULES" "$tmp/rules"
SCRIM=$tmp/scrim
SCRIM_RULES=$tmp/rules
for fs_tool in posix model mkws treedump attack; do
	[ ! -x "$builddir/tests/fs/$fs_tool" ] ||
		cp "$builddir/tests/fs/$fs_tool" "$tmp/.$fs_tool"
done
cp "$srcdir/tests/fs/view.sh" "$tmp/.view.sh"
chmod -R a+rX "$tmp/scrim" "$tmp/rules" "$tmp/.view.sh"

# Before 3.17 libfuse cannot be asked for a file without a name.
if ! grep -q '^#define HAVE_FUSE_TMPFILE_OP' "$builddir/config.h"; then
	echo "without O_TMPFILE, which this libfuse does not have"
	NO_TMPFILE=1
	export NO_TMPFILE
fi

tool() {
	[ -x "$tmp/.$1" ] || fail "tests/fs/$1 is not built"
	echo "$tmp/.$1"
}

if [ "$(id -u)" = 0 ]; then
	who="root user"
else
	who=user
fi

be() {
	as='' owner='' VIEW_AS='' VIEW_OWNER='' ALLOW=''
	view_args=
	case $1:$(id -u) in
	root:0)
		view_args="-o allow_other"
		ALLOW=1
		;;
	user:0)
		need setpriv
		as="setpriv --reuid=65534 --regid=65534 --clear-groups"
		owner=65534:65534
		;;
	esac
	VIEW_AS=$as VIEW_OWNER=$owner
	export VIEW_AS VIEW_OWNER ALLOW
}

fresh() {
	for fresh_dir; do
		mkdir -p "$tmp/$fresh_dir"
		[ -z "$owner" ] || chown "$owner" "$tmp/$fresh_dir"
	done
}

view() {
	timeout 60 sh "$tmp/.view.sh" "$@"
}
