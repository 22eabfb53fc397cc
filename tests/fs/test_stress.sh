#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stress-ng's file system stressors in a view, all at once, two rounds of the
# same: no stressor may fail, the kernel may not warn, nothing may hang, and the
# daemon may neither keep descriptors, memory nor content of what is gone.
# STRESS_SECONDS says how long a round is (5).

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

need stress-ng
seconds=${STRESS_SECONDS:-5}
warnings='WARNING: |BUG: |Oops|blocked for more than|general protection fault'

# Those that this version of stress-ng has. Not fanotify, which holds all mounts
# of the machine, nor iomix, which drops all of its caches.
stressors() {
	known=" $(stress-ng --stressors) "
	for s in access chdir chmod chown copy-file dentry dir dirdeep dirmany \
		dnotify fallocate fcntl fiemap file-ioctl filename \
		flock fpunch fsize fstat getdent handle hdd inotify io \
		lease link locka lockf lockofd mknod open readahead rename \
		revio seek symlink sync-file touch utime xattr; do
		case $known in
		*" $s "*) printf -- '--%s 1 ' "$s" ;;
		esac
	done
}

# The kernel's warnings, if it shows them. What others wait for is not ours.
kernel_warnings() {
	dmesg 2>/dev/null | grep -E "$warnings" |
		grep -v -e 'task \(.*\) blocked for' || :
	dmesg 2>/dev/null | grep -e 'task \(scrim\|stress\).* blocked for' || :
}

round() {
	# shellcheck disable=SC2046 # words
	$as timeout $((seconds * 3 + 120)) stress-ng $(stressors) --verify \
		--hdd-bytes 8m --fallocate-bytes 8m \
		--copy-file-bytes 128m --sync-file-bytes 8m \
		--readahead-bytes 8m --seek-size 8m --revio-bytes 8m \
		--timeout "$seconds" --temp-path "$tmp/$w/mnt" \
		>"$tmp/$w/stress.log" 2>&1 || {
		cat "$tmp/$w/stress.log" >&2
		fail "$w: stress-ng has failed"
	}
	$as timeout 20 ls -A "$tmp/$w/mnt" >"$tmp/$w/left" || fail "$w: a hang"
	[ ! -s "$tmp/$w/left" ] || fail "$w: left: $(cat "$tmp/$w/left")"
}

# The daemon's memory in KiB, and its descriptors where they may be counted.
memory() {
	awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status"
}

few_descriptors() {
	[ "$(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l)" -le "$1" ]
}

no_content() {
	[ -z "$(find "$tmp/$w/state/s" -path '*/data/*' -type f)" ]
}

for w in ${who%% *}; do
	be "$w"
	fresh "$w" "$w/ws" "$w/mnt"
	kernel_warnings | sort >"$tmp/warned"
	view mount "$tmp/$w/ws" "$tmp/$w/mnt" "$tmp/$w/state" --rules none \
		--git full $view_args
	pid=$(view pid "$tmp/$w/mnt")
	[ -n "$pid" ] || fail "no daemon"
	fds=$(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l)
	round
	first=$(memory)
	round
	second=$(memory)
	[ "$second" -le $((first + first / 4 + 16384)) ] ||
		fail "$w: memory after each round: $first, $second KiB"
	wait_for 20 few_descriptors $((fds + 40)) ||
		fail "$w: the daemon keeps descriptors: $fds at first, now" \
			"$(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
	wait_for 20 no_content || fail "$w: content of deleted files is kept"
	view umount "$tmp/$w/mnt" "$tmp/$w/state"
	# those from before may have gone out of its log
	kernel_warnings | sort | comm -13 "$tmp/warned" - >"$tmp/warns"
	[ ! -s "$tmp/warns" ] || fail "the kernel warned: $(cat "$tmp/warns")"
	[ -z "$(ls -A "$tmp/$w/ws")" ] || fail "the workspace has changed"
	echo "$w: two rounds of $seconds s; memory $first, $second KiB"
done
