#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	build.sh TARBALL DIRECTORY
#
# Builds the Debian package of scrim-VERSION.tar.xz (make dist makes it) in
# DIRECTORY, with the tools that debhelper, dpkg-dev and fakeroot have.
set -eu
[ $# = 2 ] || { sed -n 's/^#	/usage: /p' "$0" >&2; exit 2; }
tarball=$1
dir=$2
version=$(basename "$tarball" .tar.xz)
version=${version#scrim-}
mkdir -p "$dir"
cp "$tarball" "$dir/scrim_$version.orig.tar.xz"
tar -C "$dir" -xf "$tarball"
cd "$dir/scrim-$version"
cp -R contrib/debian debian
# a release that is being checked is read-only
chmod -R u+w debian
rm debian/build.sh
dpkg-buildpackage -us -uc -b
