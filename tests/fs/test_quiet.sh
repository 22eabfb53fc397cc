#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who only looks leaves no trace: in a workspace of whom scrim runs for, no access
# time of any file or directory moves, whatever command looks at it, nor by what
# is read of it through the view. Symlinks are left out: readlink(2) moves theirs
# whoever calls it. So are git's own files, which libgit2 opens by itself.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"
need git
need userns
cp "$builddir/scrim-init" "$tmp/"

do_in() {
	# shellcheck disable=SC2016 # for the shell in there
	$as sh -c 'cd "$0" && exec "$@"' "$@"
}

atimes() {
	# find would move them itself
	(cd "$ws" && xargs -0 stat -c '%n %x' <"$tmp/$w/names")
}

# looks COMMAND...: as that user, in the workspace; the times are as before
looks() {
	do_in "$ws" timeout 60 "$@" >"$tmp/$w/out" 2>&1 || {
		r=$?
		[ "$r" = 1 ] && [ "$may_find" = yes ] || {
			cat "$tmp/$w/out" >&2
			fail "$w: $* ended with $r"
		}
	}
	atimes | diff "$tmp/$w/was" - >"$tmp/$w/moved" || {
		sed -n 's/^> //p' "$tmp/$w/moved" | head -n 20 >&2
		fail "$w: access times moved by: $*"
	}
}

scrim_looks() {
	home=$tmp/$w/home
	looks env -u XDG_RUNTIME_DIR HOME="$home" XDG_STATE_HOME="$home/state" \
		XDG_CACHE_HOME="$home/cache" XDG_CONFIG_HOME="$home/config" \
		"$SCRIM" "$@"
}

scrim_at() {
	sub=$1
	shift
	scrim_looks "$sub" --state-dir "$tmp/$w/s" "$@"
}

make_workspace() {
	$as sh -ec "cd '$ws'; mkdir -p dir/sub goes/secrets deep/a/b/c
		echo text >plain; echo text >dir/inner; echo text >dir/sub/more
		echo text >deep/a/b/c/leaf; echo text >goes/with
		echo CANARY=FAKE >.env; echo CANARY=FAKE >goes/.env
		echo 'password = \"EXAMPLE-not-a-real-one-9Xq2\"' >app.conf
		ln -s plain link; ln plain second
		printf '[rule mine]\npath = secrets/**\naction = hide\n' >.scrim.ini
		git init -q .; git config user.name T; git config user.email t@example.org
		git add plain dir; git commit -qm one; git gc -q
		echo text >loose; git add loose; git commit -qm two"
}

change_view() {
	do_in "$m" sh -ec "cat plain dir/inner app.conf; ls -lR . ; readlink link
		find . -type f -exec cat {} +; getfattr -R -d . || :
		echo more >>plain; rm -r goes; mv deep deeper; mkdir new
		echo new >new/file; chmod 600 dir/inner" >"$tmp/$w/out" 2>&1 ||
		fail "$w: $(tail -n 3 "$tmp/$w/out")"
	looks true
}

look_all() {
	may_find=yes
	scrim_at status
	scrim_at status --json
	scrim_at diff
	scrim_at diff --stat
	scrim_at apply --dry-run
	printf 'q\n' >"$tmp/$w/script"
	scrim_at review --script "$tmp/$w/script"
	scrim_at log
	scrim_at list
	scrim_at snapshot
	scrim_at export -o "$tmp/$w/out.tar"
	scrim_looks scan
	scrim_looks scan --history
	scrim_looks rules explain app.conf
	may_find=no
}

for w in $who; do
	be "$w"
	fresh "$w/ws" "$w/mnt" "$w/home"
	chmod 777 "$tmp/$w"
	ws=$tmp/$w/ws m=$tmp/$w/mnt may_find=no
	make_workspace
	(cd "$ws" && find . ! -type l ! -path "./.git/objects*" \
		\( -type d -o ! -path "./.git/*" \) -print0) >"$tmp/$w/names"
	find "$ws" -depth ! -type l -exec touch -a -d '3 days ago' {} +
	touch -m -d '2 days ago' "$ws/plain"
	$as cat "$ws/loose" >/dev/null
	[ "$(find "$ws/loose" -amin -5)" ] || {
		echo "skipped: no access times are kept below $tmp"
		exit 77
	}
	(cd "$ws" && xargs -0 touch -a -d '3 days ago' <"$tmp/$w/names")
	atimes >"$tmp/$w/was"
	scrim_at mount --name one "$ws" "$m"
	change_view
	look_all
	scrim_at umount "$m"
	look_all
	scrim_at mount --name two --git full "$ws" "$m"
	looks find "$m" -type f -exec cat {} +
	scrim_at umount "$m"
	scrim_at discard -s one --yes dir/inner
	scrim_at discard -s one --yes
	scrim_at run -q -- cat plain dir/inner
	echo "$w: passed"
done
