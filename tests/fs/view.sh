#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# view.sh mount WORKSPACE MNT STATE [ARG...]	a new view, or on with the old one
# view.sh umount MNT STATE
# view.sh remount WORKSPACE MNT STATE [ARG...]
# view.sh crash MNT STATE			kills the daemon, then unmounts
# view.sh bounce WORKSPACE MNT STATE [ARG...]	remounts, by turns after a crash
# view.sh pid MNT				the daemon's process
#
# For tests of views. ARGs are options of scrim mount. $VIEW_AS is put before
# commands, to be another user. $VIEWFS may name what a test is to be tried on
# instead: overlay (of the kernel), fuse-overlayfs, or plain (a mere copy).

set -eu
what=$1
shift

mount_scrim() {
	ws=$1 mnt=$2 state=$3
	shift 3
	if [ -e "$state/made" ]; then
		set -- --session view "$@"
	else
		mkdir -p "$state"
		[ -z "${VIEW_OWNER:-}" ] || chown "$VIEW_OWNER" "$state"
		set -- --name view "$@"
	fi
	rm -f "$state/said"
	# shellcheck disable=SC2086 # words of a command
	${VIEW_AS:-} "$SCRIM" mount --state-dir "$state/s" "$@" "$ws" "$mnt" \
		>"$state/said" 2>&1 || {
		cat "$state/said" >&2
		return 1
	}
	[ -e "$state/made" ] || : >"$state/made"
}

# shellcheck disable=SC2086
mount_other() {
	ws=$1 mnt=$2 state=$3
	mkdir -p "$state/u" "$state/w"
	[ -z "${VIEW_OWNER:-}" ] || chown "$VIEW_OWNER" "$state/u" "$state/w"
	dirs=lowerdir=$ws,upperdir=$state/u,workdir=$state/w
	case $VIEWFS in
	overlay)
		mount -t overlay overlay -o "$dirs,redirect_dir=on,index=on" \
			"$mnt"
		;;
	fuse-overlayfs)
		${VIEW_AS:-} fuse-overlayfs -o "$dirs${ALLOW:+,allow_other}" \
			"$mnt"
		;;
	plain)
		[ -e "$state/made" ] || cp -a "$ws/." "$mnt/"
		: >"$state/made"
		;;
	esac
}

unmount() {
	case ${VIEWFS:-scrim} in
	scrim) ${VIEW_AS:-} "$SCRIM" umount --state-dir "$2/s" "$1" ;;
	plain) ;;
	*) umount "$1" ;;
	esac
}

# The daemon is the only process of the program whose command names the mount
# point. Its exe cannot be read by who is not root.
pid() {
	for p in /proc/[0-9]*; do
		words=$(tr '\0' '\n' 2>/dev/null <"$p/cmdline") || continue
		if [ "${words%%
*}" = "$SCRIM" ] && echo "$words" | grep -qxF "$1"; then
			echo "${p#/proc/}"
		fi
	done 2>/dev/null
}

crash() {
	for p in $(pid "$1"); do
		kill -9 "$p"
	done
	while fusermount3 -u "$1" 2>/dev/null || umount "$1" 2>/dev/null; do
		:
	done
}

case $what:${VIEWFS:-scrim} in
mount:scrim) mount_scrim "$@" ;;
mount:*) mount_other "$@" ;;
umount:*) unmount "$@" ;;
crash:scrim) crash "$1" ;;
crash:*) unmount "$@" ;;
pid:*) pid "$1" ;;
bounce:scrim)
	if [ -e "$3/odd" ]; then
		rm -f "$3/odd"
		crash "$2"
		# its last thread may still hold the session's lock
		for _ in $(seq 100); do
			if sh "$0" mount "$@" 2>"$3/refused"; then
				exit 0
			fi
			sleep 0.1
		done
		cat "$3/refused" >&2
		exit 1
	else
		: >"$3/odd"
		unmount "$2" "$3"
	fi
	exec sh "$0" mount "$@"
	;;
bounce:*) exec sh "$0" remount "$@" ;;
remount:*)
	unmount "$2" "$3"
	exec sh "$0" mount "$@"
	;;
esac
