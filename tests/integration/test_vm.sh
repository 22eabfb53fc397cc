#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A virtual machine: QEMU boots a kernel of the distribution on drives that scrim
# export made (ext4 to be written, erofs to be read), and on the live view by
# virtiofs; what it wrote comes back as a session. With KVM where there is one.
# shellcheck disable=SC2016 # expanded in the machine
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/integration/machine.sh"
need fuse userns mke2fs debugfs mkfs.erofs fsck.erofs
machine_kernel
machine_initramfs virtio_pci virtio_blk ext4 erofs virtiofs

# ---------- the workspace, and its drives ----------

secret=FAKE-EXAMPLE-$$-of-the-workspace
mkdir -p ws/src ws/old
echo hello >ws/src/hello
echo old >ws/old/o
ln -s src/hello ws/link
printf 'KEY=%s\n' "$secret" >ws/.env
run 0 "$SCRIM" export -w ws -n vm -F ext4 --owner 0:0 --size 32M -o disk
run 0 "$SCRIM" export -s vm -F erofs -o ro
! grep -q "$secret" disk ro || fail "a secret's bytes are on a drive"

# ---------- the live view by virtiofs, where this user can serve it ----------

virtiofsd=
for program in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd; do
	[ -z "$virtiofsd" ] && [ -x $program ] && virtiofsd=$program
done
view=''
if [ -n "$virtiofsd" ] && [ "$(id -u)" = 0 ]; then
	view=1
	mkdir mnt
	run 0 timeout 30 "$SCRIM" mount -n live ws mnt
else
	echo "no virtiofs of the view: that wants root and virtiofsd" >&2
fi
serve_view() {
	rm -f fs.sock
	case $virtiofsd in
	*/qemu/*) set -- -o "source=$tmp/mnt" -o sandbox=chroot ;;
	*) set -- --shared-dir "$tmp/mnt" --sandbox chroot ;;
	esac
	# it keeps all mounts of its time in a namespace of its own, so that other
	# views could not end
	timeout 300 unshare -m sh -c 'sed -n "s|^[^ ]* \([^ ]*\) fuse.scrim .*|\1|p" \
			/proc/self/mounts | while read -r other; do
			[ "$other" = "$1" ] || umount -l "$other"
		done
		shift
		exec "$@"' sh "$tmp/mnt" \
		"$virtiofsd" --socket-path="$tmp/fs.sock" "$@" \
		>virtiofsd.log 2>&1 &
	served=$!
	wait_for 20 test -S fs.sock || fail "virtiofsd: $(cat virtiofsd.log)"
}

# ---------- the machine ----------

{
	cat <<-'END'
	echo "-- drive"
	mount -t ext4 /dev/vda /disk && cd /disk || poweroff -f
	cat src/hello link
	find . | grep -c '\.env'
	grep -rs FAKE-EXAMPLE . /dev/vda | grep -c .
	echo "from the machine" >>src/hello
	echo new >new
	mkdir dir
	cp new dir/copy
	rm -r old
	cd / && umount /disk
	echo "-- read-only drive"
	mount -t erofs -o ro /dev/vdb /ro && cat /ro/src/hello
	touch /ro/x || echo "not writable"
	END
	if [ -n "$view" ]; then
		cat <<-'END'
		echo "-- view"
		mount -t virtiofs view /view && cd /view && cat src/hello
		cat .env || echo "no secret"
		echo "by virtiofs" >by-virtiofs
		cd / && umount /view
		END
	fi
	echo 'echo "-- end"; sync; poweroff -f'
} >>initramfs/init
machine_pack

# boot ACCELERATOR SECONDS: 0 where the machine got to its end.
boot() {
	cp disk0 disk
	accelerator=$1
	first_word=$2
	set --
	if [ -n "$view" ]; then
		serve_view
		set -- -numa node,memdev=mem \
			-object memory-backend-memfd,id=mem,size=256M,share=on \
			-chardev "socket,id=fs,path=$tmp/fs.sock" \
			-device vhost-user-fs-pci,chardev=fs,tag=view
	fi
	booted=0
	machine_run "$accelerator" "$first_word" 240 -m 256M "$@" \
		-append 'console=ttyS0 quiet panic=-1 random.trust_cpu=on' \
		-drive file=disk,format=raw,if=virtio \
		-drive file=ro,format=raw,if=virtio,readonly=on || booted=1
	[ -z "$view" ] || wait "$served" || :
	return $booted
}
mv disk disk0
machine_boot 15
said drive 'hello
hello
0
0'
said 'read-only drive' 'hello
touch: /ro/x: Read-only file system
not writable'
echo "ok boots, reads, sees no secret, writes"

# ---------- what it wrote is a session ----------

run 0 "$SCRIM" import -s vm disk
sed -n 's/^  \([ADMRT] .*\)$/\1/p' err | sort >changes
check_file changes 'A dir/
A dir/copy
A new
D old/
D old/o
M src/hello'
check_file ws/src/hello hello
run 0 "$SCRIM" diff -s vm src/hello
out_has '^+from the machine$'
run 0 "$SCRIM" apply -s vm --yes src/hello new
check_file ws/src/hello 'hello
from the machine'
check_file ws/.env "KEY=$secret"
run 0 "$SCRIM" import -s vm ro
[ -e ws/old/o ] || fail "it was not applied"
echo "ok the drive comes back"

if [ -n "$view" ]; then
	said view 'hello
cat: can'"'"'t open '"'"'.env'"'"': No such file or directory
no secret'
	run 0 timeout 30 "$SCRIM" umount mnt
	run 0 "$SCRIM" status -s live
	out_has 'A .*by-virtiofs'
	[ ! -e ws/by-virtiofs ] || fail "virtiofs wrote to the workspace"
	echo "ok the view by virtiofs"
fi
