#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --memory, --pids and --cpus by a real systemd: QEMU boots this machine's own
# systemd, D-Bus and logind; an ordinary user logs in there and runs scrim, and
# so does root. Scopes are made, hold, and are gone with what was in them.
# shellcheck disable=SC2016 # expanded in the machine
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/integration/machine.sh"
need mke2fs apt-cache dpkg-query bwrap perl
machine_kernel

# ---------- the system: these packages and what they need ----------

packages='systemd-sysv dbus dbus-user-session libpam-systemd bubblewrap fuse3 login
	mount util-linux coreutils dash findutils grep sed perl-base procps'
for package in $packages; do
	dpkg-query -L "$package" >/dev/null 2>&1 || skip "no package $package"
done
mkdir -p root/usr/bin root/usr/sbin root/usr/lib root/usr/lib64
for dir in bin sbin lib lib64; do
	ln -s usr/$dir root/$dir
done
# Names of files on stdin: into the system, as and where they are.
into_system() {
	tar -C / --no-recursion -T - -cf - 2>tar.log |
		tar -C root --keep-directory-symlink -xf -
}
# shellcheck disable=SC2086 # words
apt-cache depends --recurse --installed --no-recommends --no-suggests \
	--no-conflicts --no-breaks --no-replaces --no-enhances $packages |
	sed -n 's/^\([a-z0-9][^ ]*\)$/\1/p' | sort -u |
	xargs dpkg-query -L 2>/dev/null |
	sed '\,^/usr/share/\(doc\|man\|locale\|info\)/,d; / /d; \,^/\.$,d' |
	sort -u | into_system
ldd "$SCRIM" "$builddir/scrim-init" |
	sed -n 's,^[^/]*\(/[^ ]*\) (.*,\1,p' | sort -u |
	while read -r lib; do
		# a link is no library
		echo "$lib"
		readlink -f "$lib"
	done | sort -u | into_system
ldconfig -r root

mkdir -p root/opt/scrim root/etc/pam.d root/etc/systemd/system root/root \
	root/home/agent root/proc root/sys root/dev root/run root/tmp root/var/log
cp "$SCRIM" "$builddir/scrim-init" root/opt/scrim/
cp -r "$SCRIM_RULES" root/opt/scrim/rules
chmod 1777 root/tmp
cat >root/etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
messagebus:x:100:100::/nonexistent:/usr/sbin/nologin
agent:x:1000:1000::/home/agent:/bin/sh
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
END
printf '%s\n' root:x:0: messagebus:x:100: agent:x:1000: nogroup:x:65534: tty:x:5: \
	>root/etc/group
echo 0123456789abcdef0123456789abcdef >root/etc/machine-id
for service in systemd-user runuser-l runuser other; do
	printf "%s\n" "auth sufficient pam_permit.so" "password required pam_deny.so" \
		'account required pam_permit.so' \
		'session optional pam_systemd.so' >root/etc/pam.d/$service
done
cat >root/etc/systemd/system/check.service <<'END'
[Unit]
After=dbus.service systemd-logind.service
Wants=dbus.socket
Wants=systemd-logind.service
[Service]
Type=oneshot
ExecStart=/bin/sh /opt/check
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStopPost=/usr/bin/systemctl poweroff -ff
END

# ---------- what is done there ----------

cat >root/opt/check <<'END'
chown -R agent:agent /home/agent
chmod 666 /dev/fuse
echo "-- root"
sh /opt/work /sys/fs/cgroup/system.slice
echo "-- user"
runuser -l agent -c 'sh /opt/work \
	/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice'
# from nothing that one has logged in to, as a job of cron
loginctl enable-linger agent
cat >/opt/job <<'E'
cd
mkdir -p ws
cd ws
until [ -S $XDG_RUNTIME_DIR/systemd/private ]; do sleep 0.1; done
/opt/scrim/scrim run --memory 64M -- true 2>&1 | grep limits:
E
export SCRIM_RULES=/opt/scrim/rules HOME=/home/agent
echo "-- job"
job="setpriv --reuid=agent --regid=agent --clear-groups sh /opt/job"
XDG_RUNTIME_DIR=/run/user/1000 $job
# then the user's systemd has nobody to move the process into its scope
echo "-- no bus"
systemctl stop dbus.socket dbus.service
XDG_RUNTIME_DIR=/run/user/1000 $job
echo "-- end"
END
cat >root/opt/work <<'END'
slice=$1
export SCRIM_RULES=/opt/scrim/rules HOME="${HOME:-/root}" LC_ALL=C
export PATH=/opt/scrim:/usr/bin:/bin:/usr/sbin:/sbin
mkdir -p ~/ws
cd ~/ws
echo hello >f

# within SECONDS COMMAND...
within() {
	left=$(($1 * 10))
	shift
	until "$@" 2>/dev/null; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}
scope() {
	set -- "$slice"/run-*.scope
	[ -d "$1" ] && echo "$1"
}
gone() {
	! scope >/dev/null && ! pgrep -f "sleep 1234" >/dev/null
}
# begin COMMAND: in a scope, $scope, once it has said that it began.
begin() {
	rm -f ~/go
	mkfifo ~/go
	scrim run -q --memory 64M --pids 50 --cpus 0.5 -- sh -c \
		"sleep 1234 & setsid sleep 1234 & cat f; $1" \
		<>~/go >~/out 2>~/err &
	pid=$!
	within 20 grep -q hello ~/out || cat ~/out ~/err
	scope=$(scope)
}

begin 'read x; exit 7'
for file in memory.max memory.swap.max pids.max cpu.max; do
	[ ! -e "$scope/$file" ] || echo "$file $(cat "$scope/$file")"
done
in=$(while read -r of; do
	tr '\0' ' ' <"/proc/$of/cmdline"
	echo
done <"$scope/cgroup.procs")
echo "$(echo "$in" | grep -c '^sleep 1234') sleeping"
echo "$(echo "$in" | grep -c '^/opt/scrim') outside"
echo x >~/go
wait $pid
echo "status $?"
within 20 gone && echo "gone"
[ "$(id -u)" != 0 ] || exit 0

begin 'read x'
kill -9 $pid
within 20 gone && echo "killed and gone"

begin 'while :; do :; done'
throttled() {
	grep -q 'nr_throttled [1-9]' "$scope/cpu.stat"
}
within 20 throttled && echo "throttled"
kill $pid
within 20 gone && echo "ended and gone"

# one that wants too much, and what goes on beside it
scrim run -q --memory 64M -- sh -c 'perl -e "\$n = 3e8; \$x = q(x) x \$n"
	echo "status $?"' 2>/dev/null
# each is small, all of them are not
scrim run -q --memory 64M -- sh -c 'for i in 1 2 3 4; do
	perl -e "\$n = 26e6; \$x = q(x) x \$n; print qq(got it\n); sleep 1" &
done
wait' >~/out 2>/dev/null
n=$(grep -c . ~/out)
[ $n -gt 0 ] && [ $n -lt 4 ] && echo "some of four" || echo "$n of four"
scrim run -q --pids 20 -- sh -c 'for i in $(seq 40); do sleep 1234 & done' \
	2>/dev/null
echo "status $?"
scrim run -q --pids 20 -- sh -c 'b() { b | b & }; b; sleep 1; exit 9' 2>/dev/null
echo "status $?"
within 20 gone && echo "gone"
scrim run -q --memory 64M --pids 50 --cpus 0.5 --print -- true |
	sed -n 's/^# limits/limits/p'
env -u XDG_RUNTIME_DIR scrim run --memory 256M -- true 2>&1 | grep limits:
END

# ---------- the machine ----------

machine_initramfs virtio_pci virtio_blk ext4 fuse
cat >>initramfs/init <<'END'
mount -t ext4 /dev/vda /disk
umount /proc
exec switch_root /disk /sbin/init
END
machine_pack
boot() {
	rm -f disk
	mke2fs -q -t ext4 -O ^has_journal -d root disk 300M
	machine_run "$1" "$2" 240 -m 768M -append "console=ttyS0 loglevel=0 panic=-1 \
		systemd.unit=check.service systemd.show_status=no \
		random.trust_cpu=on" \
		-drive file=disk,format=raw,if=virtio
}
machine_boot 10
limited='memory.max 67108864
memory.swap.max 0
pids.max 50
cpu.max 50000 100000
2 sleeping
0 outside
status 7
gone'
said root "$limited"
echo "ok root"
said user "$limited
killed and gone
throttled
ended and gone
status 137
some of four
status 2
status 9
gone
limits: memory 64 MiB, 50 processes, 50 % of a processor (by cgroup, systemd-run)
scrim: limits: memory 256 MiB per process (by rlimits: no cgroup to be had from systemd)"
echo "ok an ordinary user"
said job 'scrim: limits: memory 64 MiB (by cgroup, systemd-run)'
said 'no bus' 'scrim: limits: memory 64 MiB per process (by rlimits: no cgroup to be had from systemd)'
echo "ok outside of a login, and where systemd-run cannot"
