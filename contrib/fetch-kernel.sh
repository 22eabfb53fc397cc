#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel for the machine of tests/integration/test_vm.sh, out of Debian's own
# package, which is fetched and unpacked but not installed:
#
#	sh contrib/fetch-kernel.sh DIR
#
# DIR gets boot/vmlinuz-VERSION and lib/modules/VERSION. Does nothing where it has
# one. Exit status: 0 done, 1 failed (there is no DIR then), 2 usage.
set -eu

[ $# = 1 ] || {
	echo "usage: $0 DIR" >&2
	exit 2
}
dir=$1
die() {
	echo "fetch-kernel: $*" >&2
	exit 1
}

for have in "$dir"/lib/modules/*/modules.dep; do
	[ ! -f "$have" ] || exit 0
done
PATH=$PATH:/usr/sbin:/sbin
command -v depmod >/dev/null || die "no depmod (package kmod)"
arch=$(dpkg --print-architecture)
# the metapackage names the package of the day; the small one is enough
package=$(apt-cache depends "linux-image-cloud-$arch" 2>/dev/null |
	sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
[ -n "$package" ] || die "apt knows no linux-image-cloud-$arch"

work=$(mktemp -d)
trap 'rm -rf "$work" "$dir.new"' EXIT
(cd "$work" && apt-get -q download "$package") >"$work/log" 2>&1 ||
	die "$(tail -n 2 "$work/log")"
rm -rf "$dir.new" "$dir"
mkdir -p "$dir.new"
dpkg -x "$work"/linux-image-*.deb "$dir.new"
rm -rf "$dir.new/usr/share"
[ -e "$dir.new/lib" ] || ln -s usr/lib "$dir.new/lib"
for modules in "$dir.new"/lib/modules/*; do
	depmod -b "$(cd "$dir.new" && pwd)" "${modules##*/}" ||
		die "depmod failed"
done
mv "$dir.new" "$dir"
