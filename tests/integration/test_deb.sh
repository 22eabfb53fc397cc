#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/debian: builds the package from what make dist makes, has lintian look
# at it, looks at and runs what is in it, and builds the image of contrib/kubernetes
# with it, which does what a pod would have it do.
. "${srcdir:-.}/tests/lib.sh"
need make dpkg-buildpackage dh lintian fakeroot xz

make -s -C "$builddir" dist >dist.log 2>&1 ||
	fail "make dist: $(tail dist.log)"
# what it builds for goes by the installed rules, not by those of a test
unset SCRIM_RULES MAKEFLAGS MAKELEVEL MFLAGS CI
DEB_BUILD_OPTIONS=nocheck sh "$srcdir/contrib/debian/build.sh" \
	"$builddir"/scrim-*.tar.xz "$tmp/deb" >build.log 2>&1 ||
	fail "$(tail -n 30 build.log)"
echo "ok built"

lintian --fail-on error,warning deb/*.changes >lintian.log 2>&1 ||
	fail "$(cat lintian.log)"
echo "ok lintian"

dpkg-deb -x deb/scrim_*.deb root
for file in usr/bin/scrim usr/libexec/scrim/scrim-init usr/sbin/mount.scrim \
	usr/share/scrim/rules/profiles/generic.ini \
	usr/share/man/man1/scrim.1.gz usr/share/man/man5/scrim-rules.5.gz \
	usr/share/bash-completion/completions/scrim \
	usr/share/doc/scrim/examples/containers/scrim-container; do
	[ -e "root/$file" ] || [ -L "root/$file" ] || fail "no $file in it"
done
dpkg-deb -f deb/scrim_*_*.deb Depends | grep -q 'bubblewrap.*fuse3' ||
	fail "it does not depend on what it needs"
SCRIM_RULES=$tmp/root/usr/share/scrim/rules
export SCRIM_RULES
run 0 root/usr/bin/scrim rules
out_has dotenv
echo "ok the program in it"

# ---------- the image of contrib/kubernetes, with it ----------

# Its base is made of this machine's own packages, known to its dpkg: there is
# nothing to fetch, and the Containerfile is built as it stands.
if [ "$(id -u)" != 0 ] || ! command -v podman >/dev/null ||
	! command -v runc >/dev/null; then
	[ -z "${CI:-}" ] || fail "no image here: that wants root, podman, runc"
	echo "no image: that wants root, podman and runc" >&2
	exit 0
fi
kube=$srcdir/contrib/kubernetes
file=$kube/Containerfile
names=$(sed -n '/apt-get install/,/&&/p' "$file" | tr ' \t' '\n\n' |
	grep -x '[a-z][a-z0-9-]*' | grep -vx 'apt-get\|update\|install\|y\|rm')
depends=$(dpkg-deb -f deb/scrim_*_*.deb Depends | sed 's/([^)]*)//g; s/|[^,]*//g
	s/,/ /g')
essential=$(dpkg-query -W -f '${Essential} ${Package}\n' | sed -n 's/^yes //p')
# shellcheck disable=SC2086 # words
apt-cache depends --recurse --installed --no-recommends --no-suggests \
	--no-conflicts --no-breaks --no-replaces --no-enhances \
	$names $depends apt passwd mawk $essential |
	sed -n 's/^\([a-z0-9][^ ]*\)$/\1/p' | sort -u >wanted
dpkg-query -W -f '${Package} ${db:Status-Status}\n' |
	sed -n 's/ installed$//p' | sort -u | comm -12 - wanted >closure
mkdir -p base/usr/bin base/usr/sbin base/usr/lib base/usr/lib64 \
	base/var/lib/dpkg/info base/var/lib/dpkg/updates base/var/lib/dpkg/triggers \
	base/var/lib/apt/lists/partial base/var/cache/apt/archives/partial
for dir in bin sbin lib lib64; do
	ln -s usr/$dir base/$dir
done
xargs dpkg-query -L <closure | sort -u |
	sed '\,^/usr/share/\(doc\|man\|locale\|info\)/.,d; / /d; \,^/\.$,d' |
	tar -C / --no-recursion -T - -cf - 2>tar.log |
	tar -C base --keep-directory-symlink -xf -
# all that the machine has, for what others need of names like "awk"
cp /var/lib/dpkg/status base/var/lib/dpkg/status
while read -r name; do
	cp /var/lib/dpkg/info/"$name".* /var/lib/dpkg/info/"$name":* \
		base/var/lib/dpkg/info/ 2>/dev/null || :
done <closure
: >base/var/lib/dpkg/available
rm -rf base/dev
mkdir -p base/etc/apt/apt.conf.d base/etc/apt/sources.list.d base/dev base/proc base/sys base/tmp base/root
chmod 1777 base/tmp
cp base/usr/share/base-passwd/passwd.master base/etc/passwd
cp base/usr/share/base-passwd/group.master base/etc/group
echo '_apt:x:42:65534::/nonexistent:/usr/sbin/nologin' >>base/etc/passwd
: >base/etc/shadow
ldconfig -r base
from=$(sed -n 's/^FROM //p' "$file")

cat >containers.conf <<'END'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
END
CONTAINERS_CONF=$tmp/containers.conf STORAGE_DRIVER=vfs
export CONTAINERS_CONF STORAGE_DRIVER
podman() {
	command podman --root "$tmp/store" --runroot "$tmp/runroot" \
		--cgroup-manager=cgroupfs --events-backend=file --runtime runc "$@"
}
tar -C base -c . | podman import - "$from" >import.log 2>&1 ||
	fail "$(cat import.log)"
mkdir -p tree/contrib
cp deb/scrim_*_*.deb tree/
cp -R "$kube" tree/contrib/
(cd tree && podman build --pull=never --network=none --layers=false \
	-t registry.example/scrim -f contrib/kubernetes/Containerfile . \
	>"$tmp/image.log" 2>&1) || fail "$(tail -n 30 image.log)"
grep -q '^Setting up scrim ' image.log || fail "$(tail -n 30 image.log)"
echo "ok image"

# What the first and the last container of export-job.yaml do, confined like them.
# volumes are root's there, with the group of fsGroup
mkdir -m 755 pod
mkdir pod/base pod/agent pod/answer
chgrp 1000 pod/*
chmod 2777 pod/*
mkdir ws
echo hello >ws/f
echo 'KEY=FAKE-EXAMPLE-0123456789' >ws/.env
in_pod() {
	podman run --rm --read-only --network=none --cap-drop=ALL \
		--security-opt=no-new-privileges --user 1000:1000 -e HOME=/tmp \
		--tmpfs /tmp -v "$tmp/ws:/workspace:ro" -v "$tmp/pod/base:/base" \
		-v "$tmp/pod/agent:/agent" -v "$tmp/pod/answer:/answer" \
		registry.example/scrim "$@"
}
run 0 in_pod sh -ec "$(sed -n '/^ *scrim export/,/^ *tar/p' \
	"$kube/export-job.yaml")"
[ ! -e pod/agent/.env ] || fail "a secret in the agent's copy"
echo more >>pod/agent/f
run 0 in_pod scrim-finish /base/base.tar /agent agent-name oci:/answer
! grep -rqs FAKE-EXAMPLE pod || fail "a secret is in the answer"
grep -q agent-name pod/answer/index.json || fail "no answer"
echo "ok a pod's containers, without privileges and network"
