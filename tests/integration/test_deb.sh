#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/debian: builds the package from what make dist makes, has lintian look
# at it, and looks at and runs what is in it.
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
