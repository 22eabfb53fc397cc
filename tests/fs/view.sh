#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# view.sh mount WORKSPACE MNT STATE [ARG...]	a new view, or on with the old one
# view.sh umount MNT STATE
# view.sh remount WORKSPACE MNT STATE [ARG...]
# view.sh crash MNT STATE			kills the daemon, then unmounts
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

# The daemon is the only process whose command names the mount point.
crash() {
	for p in /proc/[0-9]*; do
		if tr '\0' '\n' <"$p/cmdline" 2>/dev/null | grep -qxF "$1" &&
			[ "$(readlink "$p/exe" 2>/dev/null)" = "$SCRIM" ]; then
			kill -9 "${p#/proc/}"
		fi
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
remount:*)
	unmount "$2" "$3"
	exec sh "$0" mount "$@"
	;;
esac
