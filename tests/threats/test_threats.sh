#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rows of the list of threats, each by the number it has there: what a
# process in a view, and a user beside it, can do to see what is hidden. For root
# and an ordinary user, on a mounted view and in the sandbox of scrim run.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

need git getfattr setfattr
attack=$(tool attack)
here=$srcdir/tests/threats
cp "$builddir/tests/threats/probe" "$tmp/.probe"
cp "$builddir/scrim-init" "$tmp/"
cp "$here"/rows*.sh "$tmp/"
seed=${ATTACK_SEED:-$$}
bad=0
total=0

# Long names by the letter.
letters() {
	printf "%${1}s" '' | tr ' ' "$2"
}

put() {
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

git_in() {
	git -c user.name=A -c user.email=a@example.org -c init.defaultBranch=main \
		-c safe.directory='*' -C "$@"
}

plant_git() {
	git_in "$1" init -q
	put "$1/.gitignore" </dev/null
	echo "url of $canary" >"$1/config-in-history"
	git_in "$1" add -f .env .gitignore vis/plain.txt config-in-history
	git_in "$1" commit -qm "first, with $canary"
	git_in "$1" rm -q --cached .env config-in-history
	git_in "$1" commit -qm second
	rm "$1/config-in-history"
	git_in "$1" add -f config/.env
	git_in "$1" stash -q 2>/dev/null || :
	git_in "$1" stash apply -q 2>/dev/null || :
	git_in "$1" reset -q
	git_in "$1" remote add o "https://user:$canary@example.org/x.git"
	echo "$canary" | git_in "$1" hash-object -w --stdin >/dev/null
	git -c safe.directory='*' clone -q --bare "$1" "$1/nested.git"
}

plant() {
	$as "$attack" plant "$1" "$seed"
	hidden_text="KEY=$canary"
	for f in .env~ .env.bak.1699999999 .env.swp .env.save config/.env.local \
		'.env (copy)' .env.orig '#.env#' prod.hid~ UPPER/.ENV \
		.snapshots/1/snapshot/.env .snapshots/1/snapshot/notes.txt \
		.zfs/snapshot/x/plain "$long_name" -n.hid '*.hid' \
		secrets-beside/.env "$(printf 'esc\033[2J.hid')"; do
		echo "$hidden_text" | put "$1/$f"
	done
	ln -s "$1/.env" "$1/abslink"
	ln -s "$1/secrets" "$1/absdir"
	ln -s "/.$1//./.env" "$1/absdots"
	ln -s "$1/vis/plain.txt" "$1/absvis"
	printf 'use %s here\n' "$token" | iconv -f UTF-8 -t UTF-16LE \
		>"$1/utf16.txt"
	printf 'color = %s\nport = 3\npassword = %s\n' blue "$canary" \
		>"$1/masked.conf"
	ln "$1/masked.conf" "$1/masked-alias.txt"
	echo "no secret" >"$1/denied.txt"
	echo fixed >"$1/fixed.txt"
	printf 'first\nsecond\n' >"$1/copied-up"
	echo mine >"$1/only-owner"
	chmod 600 "$1/only-owner"
	echo plain >"$1/with-attr.txt"
	setfattr -n user.note -v "from $token" "$1/with-attr.txt" || :
	setfattr -n user.origin -v "https://u:$token@example.org/" \
		"$1/with-attr.txt" || :
	setfattr -n user.note -v "as it was" "$1/with-attr.txt" || :
	setfattr -n user.where -v "token = $token" "$1/vis" || :
	letters 300000 a >"$1/redos.txt"
	head -c 3000000 /dev/zero >"$1/blob.bin"
	printf '\0%s\0' "$token" >>"$1/blob.bin"
	head -c 100000 /dev/zero >>"$1/blob.bin"
	truncate -s 2T "$1/huge.txt" 2>/dev/null ||
		truncate -s 8G "$1/huge.txt"
	head -c 20000000 /dev/zero | gzip >"$1/bomb.gz"
	mkdir "$1/old-dir"
	echo was >"$1/old-dir/was"
	plant_git "$1"
	cp "$tmp/.probe" "$1/.t-probe"
	cp "$tmp/rows.sh" "$tmp/rows_view.sh" "$1/"
	[ -z "$owner" ] || chown -R -h "$owner" "$1"
	if [ -z "$as" ] && [ "$(id -u)" = 0 ]; then
		mkdir "$1/bind"
		touch "$1/bound-file"
		mount --bind "$1/secrets" "$1/bind"
		mount --bind "$1/.env" "$1/bound-file"
		mount -t tmpfs tmpfs "$1/other"
		cp "$1/.env" "$1/other/other.txt"
	fi
}

rules="--hide .env --hide *.hid --hide secrets/ --mask masked.conf"

# count FILE: adds up what a run of rows.sh, or of attack, ended with.
count() {
	cat "$1"
	count_line=$(grep '^attacks [1-9][0-9]* leaks [0-9]*$' "$1" | tail -n 1)
	case $count_line in
	*' leaks 0') ;;
	'') fail "the attacks did not come to their end" ;;
	*) bad=$((bad + 1)) ;;
	esac
	count_line=${count_line#attacks }
	total=$((total + ${count_line%% *}))
}

secrets_file() {
	"$attack" secrets "$seed" >"$tmp/secrets"
	letters 251 l >>"$tmp/secrets"
	printf '.hid\n' >>"$tmp/secrets"
	letters 255 m >>"$tmp/secrets"
	echo >>"$tmp/secrets"
	chmod 644 "$tmp/secrets"
	{
		read -r canary
		read -r token
		read -r long_name
	} <"$tmp/secrets"
}

# rows DIR FILE [ROW...]: in that directory, as the user it is about.
rows() {
	rows_dir=$1 rows_file=$2
	shift 2
	# shellcheck disable=SC2016
	$as sh -c 'cd "$1" && shift && exec sh "$@"' sh "$rows_dir" \
		"$tmp/rows.sh" "$tmp/$rows_file" "$tmp/secrets" "$tmp/.probe" \
		"$@"
}

# The attacks do find what nothing hides: the workspace without a view.
check_the_attacks() {
	fresh check
	plant "$tmp/check"
	for row in row_01_git_history row_02_hard_links row_03_renamed_parents \
		row_17_symlinks row_19_copies \
		row_23_odd_names row_28_masks row_58_snapshot_directories; do
		! rows "$tmp/check" rows_view.sh $row >"$tmp/out" 2>&1 ||
			fail "$row finds nothing where nothing is hidden"
		grep -q "^$row: a secret by" "$tmp/out" ||
			fail "$row knows no secret when it sees one"
	done
	umount_within "$tmp/check"
}

umount_within() {
	for m in bind bound-file other; do
		! mountpoint -q "$1/$m" || umount "$1/$m"
	done
}

# Another user of the machine gets at nothing; one who was let in (allow_other)
# has the rights that the workspace gives, and what is hidden is hidden.
other_user() {
	setpriv --reuid=12345 --regid=12345 --clear-groups "$@" >"$tmp/out" 2>&1
}
row_55_other_users() {
	[ "$(id -u)" = 0 ] || return 0
	for f in vis/plain.txt .env only-owner; do
		[ -e "$ws/$f" ] || fail "row 55: no $f"
		case $1:$f in
		root-mount:vis/plain.txt)
			other_user cat "$mnt/$f" || fail "row 55: allow_other"
			;;
		*)
			! other_user cat "$mnt/$f" || fail "row 55: $1: $f"
			;;
		esac
	done
	! other_user touch "$mnt/by-another" ||
		fail "row 55: another user writes"
	! other_user chmod 777 "$mnt/only-owner" || fail "row 55: chmod"
	! other_user ls "$state/s" || fail "row 55: the state"
	! other_user cat "/proc/$(view pid "$mnt")/environ" ||
		fail "row 55: the daemon"
	[ "$1" = root-mount ] || ! cat "$mnt/vis/plain.txt" 2>/dev/null ||
		fail "row 55: root is let in without being asked"
}

# The same workspace on a mounted view: first as the agent, then as the user.
on_a_mount() {
	echo "$1, mounted:"
	ws=$tmp/$1/ws mnt=$tmp/$1/mnt state=$tmp/$1/state
	export ws mnt state view_args SCRIM
	fresh "$1" "$1/ws" "$1/mnt"
	plant "$ws"
	# shellcheck disable=SC2086 # words
	(set -f; view mount "$ws" "$mnt" "$state" $rules $view_args)
	row_55_other_users "$1"
	rows "$mnt" rows_view.sh >"$tmp/out" 2>&1 || :
	count "$tmp/out"
	rows / rows_host.sh >"$tmp/out" 2>&1 || :
	count "$tmp/out"
	umount_within "$ws"
}

in_the_sandbox() {
	echo "$1, in the sandbox:"
	ws=$tmp/$1/ws
	fresh "$1" "$1/ws" "$1/state" "$1/home"
	plant "$ws"
	umount_within "$ws"
	# shellcheck disable=SC2086 # words
	(set -f; $as env HOME="$tmp/$1/home" XDG_CACHE_HOME="$tmp/$1/home" \
		XDG_CONFIG_HOME="$tmp/$1/home" timeout 250 "$SCRIM" run -q \
		--state-dir "$tmp/$1/state" -w "$ws" $rules \
		-- sh -c "
		cat >/tmp/secrets
		export IN_RUN=1
		cp rows_view.sh rows.sh .t-probe /tmp/
		sh /tmp/rows.sh /tmp/rows_view.sh /tmp/secrets /tmp/.t-probe") \
		<"$tmp/secrets" >"$tmp/out" 2>&1 || :
	count "$tmp/out"
}

secrets_file
for w in $who; do
	be "$w"
	[ "$w" = root ] || check_the_attacks
	on_a_mount "$w-mount"
	if bwrap --unshare-user --ro-bind / / true 2>/dev/null; then
		in_the_sandbox "$w-run"
	elif [ -n "${CI:-}" ]; then
		fail "no user namespaces for the sandbox"
	fi
done
echo "attacks $total leaks $bad"
[ "$bad" = 0 ]
