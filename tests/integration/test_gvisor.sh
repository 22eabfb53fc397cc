#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/gvisor: a command under runsc on a view.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
need fuse runsc busybox python3
busybox=$(command -v busybox)
! ldd "$busybox" >/dev/null 2>&1 || skip "no static busybox"

mkdir -p ws/sub root/bin root/proc root/dev root/tmp root/workspace
echo hello >ws/f
echo 'KEY=FAKE-EXAMPLE-0123456789' >ws/.env
cp "$busybox" root/bin/busybox
for applet in sh ls cat id touch rm dmesg; do
	ln -sf busybox "root/bin/$applet"
done
# of all platforms this one works in a virtual machine without nested ones
gvisor() {
	"$srcdir/contrib/gvisor/scrim-runsc" -P ptrace -w ws root sh -c "$1"
}
rootless=
[ "$(id -u)" = 0 ] || rootless=--rootless
# shellcheck disable=SC2086,SC1010 # no word where it is empty; runsc's "do"
runsc --root "$tmp/state" --network none --ignore-cgroups --platform ptrace \
	$rootless do true >probe 2>&1 ||
	skip "runsc does not run here: $(tail -n 1 probe)"

run 0 gvisor 'dmesg | head -n 1; ls -A; cat f; echo new >n; echo more >>f
	rm -r sub; cat n'
out_has gVisor
out_has '^hello$'
out_has '^new$'
! grep -q '^\.env$' "$tmp/out" || fail "the secret's name is seen"
err_has '^scrim-runsc: next: scrim review -s '
check_file ws/f hello
[ -d ws/sub ] && [ ! -e ws/n ] || fail "the workspace was written to"
id=$(sed -n 's/.*review -s \([a-z0-9]*\) .*/\1/p' "$tmp/err")
run 0 "$SCRIM" status -s "$id"
for change in n f sub; do
	out_has "$change"
done
run 1 gvisor 'cat .env'
run 1 gvisor 'touch /x'
run 7 gvisor 'exit 7'
run 0 gvisor 'cat /proc/net/dev | grep -c -v -e face -e Inter -e lo: || :'
check_out 0
