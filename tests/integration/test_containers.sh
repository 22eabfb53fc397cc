#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/containers: a hardened container on a view, by Podman as root and
# without. The image is made here of one static program.
. "${srcdir:-.}/tests/lib.sh"
need fuse podman busybox
[ "$(id -u)" = 0 ] || skip "root, to make a user's containers too"
busybox=$(command -v busybox)
! ldd "$busybox" >/dev/null 2>&1 || skip "no static busybox"
for tool in runc crun ''; do
	! command -v "$tool" >/dev/null || break
done
[ -n "$tool" ] || skip "no runc nor crun"

container=$srcdir/contrib/containers/scrim-container
chmod 755 "$tmp"

# make_place DIR: a workspace, an image and a podman of their own below it.
make_place() {
	mkdir -p "$1/ws/sub" "$1/root/bin" "$1/rt" "$1/bin" "$1/state"
	chmod 700 "$1/rt"
	echo hello >"$1/ws/f"
	echo 'KEY=FAKE-EXAMPLE-0123456789' >"$1/ws/.env"
	mkdir -p "$1/root/workspace" "$1/root/tmp"
	cp "$busybox" "$1/root/bin/busybox"
	for applet in sh ls cat id touch rm env head; do
		ln -sf busybox "$1/root/bin/$applet"
	done
	# vfs needs nothing of the kernel; the limits are those of any machine
	cat >"$1/bin/podman" <<-END
	#!/bin/sh
	export STORAGE_DRIVER=vfs HOME=$1 XDG_RUNTIME_DIR=$1/rt
	exec $(command -v podman) --root $1/store --runroot $1/run \\
		--cgroup-manager=cgroupfs --events-backend=file \\
		--runtime $tool "\$@"
	END
	chmod +x "$1/bin/podman"
}

# What any container on a view must be, whoever runs it. In $1: the place.
check_container() {
	PATH=$1/bin:$PATH
	XDG_STATE_HOME=$1/state XDG_RUNTIME_DIR=$1/rt HOME=$1
	XDG_CONFIG_HOME=$1/config XDG_CACHE_HOME=$1/cache
	export PATH XDG_STATE_HOME XDG_RUNTIME_DIR HOME XDG_CONFIG_HOME
	export XDG_CACHE_HOME
	cd "$1"
	tar -C root -c . | podman import - localhost/scrim-test \
		>"$tmp/import" 2>&1 ||
		fail "podman import: $(cat "$tmp/import")"
	run 0 in_container 'ls -A; cat f; echo new >n; echo more >>f
		rm -r sub; cat f n'
	out_has '^hello$'
	out_has '^more$'
	out_has '^new$'
	! grep -q '^\.env$' "$tmp/out" || fail "the secret's name is seen"
	err_has '^scrim-container: next: scrim review -s '
	check_file ws/f hello
	[ -d ws/sub ] && [ ! -e ws/n ] || fail "the workspace was written to"
	run 1 in_container 'cat .env'
	run 1 in_container 'touch /x'
	err_has 'Read-only file system'
	run 0 in_container 'ls /sys/class/net; grep -E "^(CapEff|NoNewPrivs)" \
		/proc/self/status' || fail "status"
	check_out "lo
CapEff:	0000000000000000
NoNewPrivs:	1"
	run 7 in_container 'exit 7'
	# who the agent is
	run 0 in_container 'id -u'
	check_out "$2"
	[ -z "$(find "$XDG_RUNTIME_DIR" -name 'scrim-container.*')" ] ||
		fail "a mount point is left"
}
in_container() {
	"$container" -e podman -w ws -o --ulimit=nofile=1024:1024 \
		-o --ulimit=nproc=1024:1024 ${memory-} localhost/scrim-test \
		sh -c "$1"
}

# ---------- as root ----------

make_place "$tmp/root"
chown -R daemon "$tmp/root/ws"
(check_container "$tmp/root" "$(id -u daemon)") || exit 1
echo "ok as root"

# The view was open to another user's container, and to nobody else.
cd "$tmp/root"
mkdir -m 700 closed
mkdir closed/view
run 0 "$SCRIM" mount -o allow_other ws closed/view
setpriv --reuid=daemon --regid=daemon --clear-groups \
	cat "$tmp/root/closed/view/f" 2>/dev/null &&
	fail "another user reads the view"
chmod 711 closed
setpriv --reuid=daemon --regid=daemon --clear-groups \
	cat "$tmp/root/closed/view/f" >/dev/null || fail "allow_other is not"
chmod 600 ws/f
chown root ws/f
run 0 "$SCRIM" umount closed/view
run 0 "$SCRIM" mount -o allow_other ws closed/view
! setpriv --reuid=daemon --regid=daemon --clear-groups \
	cat "$tmp/root/closed/view/f" >/dev/null 2>&1 ||
	fail "a file of mode 600 is read by another user"
run 0 "$SCRIM" umount closed/view
echo "ok allow_other"

# ---------- without root ----------

# Subordinate ids for a user that has none, seen by this test alone.
make_place "$tmp/user"
chown -R daemon "$tmp/user"
echo "daemon:200000:65536" >"$tmp/subid"
[ -e /etc/subuid ] && [ -e /etc/subgid ] && command -v newuidmap >/dev/null ||
	skip "no newuidmap (uidmap)"
# the functions go along as text
{
	sed -n '/^[a-z_]*() {$/,/^}$/p' "$srcdir/tests/lib.sh"
	sed -n '/^check_container() {/,/^}$/p; /^in_container() {/,/^}$/p' \
		"$srcdir/tests/integration/test_containers.sh"
} >"$tmp/functions"
cat >"$tmp/user_test" <<END
. "$tmp/functions"
container='$container'
tmp='$tmp/user'
memory="-m 0"
trap '[ ! -e "\$tmp/rt/libpod/tmp/pause.pid" ] ||
	kill "\$(cat "\$tmp/rt/libpod/tmp/pause.pid")"' EXIT
(check_container "\$tmp" "\$1") || exit 1
END
cat >"$tmp/as_user" <<END
mount --make-rshared /
mount --bind "$tmp/subid" /etc/subuid
mount --bind "$tmp/subid" /etc/subgid
mount --bind "\$1" /etc/fuse.conf
setpriv --reuid=daemon --regid=daemon --clear-groups sh "$tmp/user_test" "\$2"
END
: >"$tmp/closed.conf"
echo user_allow_other >"$tmp/open.conf"
[ -e /etc/fuse.conf ] || skip "no /etc/fuse.conf"
unshare -m sh "$tmp/as_user" "$tmp/closed.conf" 0 || fail "without root"
echo "ok without root"
unshare -m sh "$tmp/as_user" "$tmp/open.conf" "$(id -u daemon)" ||
	fail "without root, allow_other"
echo "ok without root, allow_other"
