#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fio writes with checksums to files that the workspace has and to new ones:
# through the cache, directly and by shared mappings, several jobs at once. All
# of it must be what was written, at once and after a remount; the workspace
# keeps its bytes.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

need fio
size=${FIO_SIZE:-6m}

# job NAME OPTION...: the same words each time, so that fio knows what it wrote
job() {
	job_name=$1
	shift
	cat <<END
[$job_name]
filename=$job_name
size=$size
verify=crc32c
verify_fatal=1
$(printf '%s\n' "$@")
END
}

jobs() {
	job cached rw=randwrite bs=4k ioengine=psync
	job odd rw=randwrite bsrange=512-70k ioengine=psync bs_unaligned=1
	job direct rw=randwrite bs=16k ioengine=libaio iodepth=8 direct=1
	job mapped rw=randwrite bs=4k ioengine=mmap
	job synced rw=write bs=64k ioengine=psync fsync=16
	job new rw=randwrite bs=8k ioengine=psync
}

# fio_in DIR OPTION...: as whoever the view is for
fio_in() {
	fio_dir=$1
	shift
	$as timeout 120 sh -c 'cd "$1" && shift && exec fio "$@"' sh \
		"$tmp/$w/$fio_dir" --output="$tmp/$w/fio.log" --allrandrepeat=1 \
		"$@" "$tmp/$w/jobs" >"$tmp/$w/fio.err" 2>&1
}

verified() {
	fio_in "$@" || {
		cat "$tmp/$w/fio.err" "$tmp/$w/fio.log" >&2
		fail "$w: fio: $*"
	}
}

sums() {
	(cd "$tmp/$w/ws" && sha256sum -- *)
}

for w in $who; do
	be "$w"
	fresh "$w" "$w/ws" "$w/mnt"
	jobs >"$w/jobs"
	chmod a+r "$w/jobs"
	for f in cached odd direct mapped synced; do
		$as sh -c "head -c 6291456 /dev/urandom >'$w/ws/$f'"
	done
	sums >"$w/before"
	view mount "$tmp/$w/ws" "$tmp/$w/mnt" "$tmp/$w/state" --rules none \
		--git full $view_args
	verified mnt --do_verify=1
	verified mnt --verify_only=1
	view umount "$tmp/$w/mnt" "$tmp/$w/state"
	view mount "$tmp/$w/ws" "$tmp/$w/mnt" "$tmp/$w/state"
	verified mnt --verify_only=1
	$as sh -c "printf wrong | dd of='$w/mnt/direct' bs=1 seek=70000 \
		conv=notrunc status=none"
	! fio_in mnt --verify_only=1 || fail "fio would not see a fault"
	view umount "$tmp/$w/mnt" "$tmp/$w/state"
	sums | diff "$w/before" - >&2 || fail "$w: the workspace has changed"
	echo "$w: six jobs verified, and again after a remount"
done
