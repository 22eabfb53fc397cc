# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Virtual machines for tests, after lib.sh:
# shellcheck disable=SC2154 # of lib.sh
#
#	machine_kernel			finds one, or skips; sets $kernel
#	machine_initramfs MODULE...	begins initramfs/ with these and busybox
#	machine_pack			writes the file initramfs.cpio
#	machine_run HOW FIRST LAST OPTION...
#	machine_boot FIRST		the same by the test's "boot", KVM or emulation
#	said HEADING TEXT		what it said under a heading must be that
#
# machine_run boots it by QEMU and ends with 0 where the line "-- end" came from it:
# HOW is kvm or tcg, FIRST the seconds that it has for its first word, LAST those
# for all. What it said is in the file said. A KVM that is one by name alone
# (within some other machine) stops a guest for good, or gets nowhere.

PATH=$PATH:/usr/sbin:/sbin
need qemu-system-x86_64 cpio modprobe

# setup.sh's, else the machine's own.
machine_kernel() {
	[ "$(uname -m)" = x86_64 ] || skip "the test is of x86_64 machines"
	for base in "$builddir/kernel" ''; do
		for modules in "$base"/lib/modules/*; do
			version=${modules##*/}
			for kernel in "$base/boot/vmlinuz-$version" \
				"$modules/vmlinuz"; do
				[ ! -r "$kernel" ] ||
					[ ! -f "$modules/modules.dep" ] ||
					return 0
			done
		done
	done
	skip "no kernel (contrib/setup.sh check --all fetches one)"
}

machine_initramfs() {
	busybox=$(command -v busybox) || skip "no busybox"
	"$busybox" --list >applets
	for applet in sh insmod mount umount poweroff sync cat find mkdir rm cp \
		grep switch_root; do
		grep -qx $applet applets || skip "busybox has no $applet"
	done
	! ldd "$busybox" >/dev/null 2>&1 || skip "busybox is not a static one"
	for dir in bin proc sys dev disk ro view modules; do
		mkdir -p initramfs/$dir
	done
	cp "$busybox" initramfs/bin/busybox
	: >initramfs/modules/order
	for module; do
		modprobe -d "$base/" -S "$version" --show-depends "$module" ||
			fail "the kernel $version has no $module"
	done >modules.log
	# with all that they need, in order
	while read -r what file _; do
		[ "$what" = insmod ] || continue
		name=$(basename "$file" | sed 's/\.ko.*/.ko/')
		[ ! -e "initramfs/modules/$name" ] || continue
		case $file in
		*.xz) xz -dc "$file" ;;
		*.zst) zstd -dcq "$file" ;;
		*.gz) gzip -dc "$file" ;;
		*) cat "$file" ;;
		esac >"initramfs/modules/$name"
		echo "$name" >>initramfs/modules/order
	done <modules.log
	cat >initramfs/init <<-'END'
	#!/bin/busybox sh
	/bin/busybox --install -s /bin
	export PATH=/bin
	mount -t proc proc /proc
	mount -t devtmpfs dev /dev
	echo "-- begin"
	while read -r module; do insmod /modules/$module; done </modules/order
	END
	chmod +x initramfs/init
}

machine_pack() {
	(cd initramfs && find . | cpio -o -H newc --quiet) >initramfs.cpio
}

machine_run() {
	first=$(($(date +%s) + $2))
	last=$3
	: >console
	accel=$1
	shift 3
	timeout "$last" qemu-system-x86_64 -machine "q35,accel=$accel" \
		-nodefaults -no-user-config -no-reboot -display none -smp 1 \
		-net none -kernel "$kernel" -initrd initramfs.cpio \
		-serial file:console "$@" </dev/null >qemu.log 2>&1 &
	machine=$!
	while kill -0 "$machine" 2>/dev/null; do
		if grep -q 'KVM internal error' qemu.log ||
			{ [ ! -s console ] && [ "$(date +%s)" -gt "$first" ]; }
		then
			kill "$machine" || :
		fi
		sleep 0.2
	done
	wait "$machine" 2>/dev/null || :
	tr -d '\r' <console >said
	grep -qx -e '-- end' said
}

# machine_boot SECONDS: by "boot ACCEL SECONDS" of the test, with KVM if there is
# one that says something within SECONDS, else by emulation.
machine_boot() {
	start=$(date +%s)
	if [ -w /dev/kvm ] && boot kvm "$1"; then
		how=KVM
	elif boot tcg 200; then
		how=emulation
	else
		fail "the machine: $(cat qemu.log said)"
	fi
	echo "ok the machine ran by $how ($(($(date +%s) - start)) s)"
}

# said FROM TEXT: what stands after the heading FROM, up to the next one.
said() {
	sed -n "/^-- $1\$/,/^-- /{/^-- /d; p;}" said >part
	printf '%s\n' "$2" | diff -u - part >&2 || fail "$1: $(cat said)"
}
