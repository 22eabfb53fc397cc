#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds libfuse 3.18.3 or later for this program alone, as a static library:
#
#	sh contrib/build-libfuse.sh [-f] [-s SOURCE] [DIR]
#
# DIR (default: libfuse in the current directory, which is to be the build
# folder; configure looks there) gets include/, lib/ and lib/pkgconfig/.
# Without -s the source is the newest fuse3 package of Debian, fetched from the
# system's own mirror by a configuration of apt of its own, which leaves the
# system's alone; apt checks it against the distribution's keyring. -s builds
# from an unpacked source directory instead. -f builds again what is there.
# Works as any user. Does nothing where DIR already holds such a library.
#
# Environment: SCRIM_FUSE_SUITE names the suite (forky), SCRIM_FUSE_MIRROR the
# mirror.
#
# Exit status: 0 done, 1 failed (nothing was changed in DIR), 2 usage.
set -eu

need=3.18.3
suite=${SCRIM_FUSE_SUITE:-forky}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
force=no
source=

usage() {
	echo "usage: $0 [-f] [-s SOURCE] [DIR]" >&2
	exit 2
}

say() {
	echo "build-libfuse: $*"
}

die() {
	echo "build-libfuse: $*" >&2
	echo "build-libfuse: scrim also works with the system's libfuse" \
		"(3.14 or later), only without FUSE over io_uring" >&2
	exit 1
}

while getopts fs: opt; do
	case $opt in
	f) force=yes ;;
	s) source=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || usage
dest=${1:-libfuse}

is_done() {
	[ -f "$dest/lib/libfuse3.a" ] &&
	PKG_CONFIG_PATH="$dest/lib/pkgconfig" \
		pkg-config --atleast-version=$need fuse3 2>/dev/null &&
	[ "$(PKG_CONFIG_PATH="$dest/lib/pkgconfig" \
		pkg-config --variable=scrim_uring fuse3)" = yes ]
}

# The system's mirror of Debian, from apt's lists, else from its sources.
mirror() {
	if [ -n "${SCRIM_FUSE_MIRROR:-}" ]; then
		echo "$SCRIM_FUSE_MIRROR"
		return
	fi
	{
		# shellcheck disable=SC2016
		apt-get indextargets --format '$(LABEL) $(REPO_URI)' \
			'Label: Debian' 2>/dev/null |
			sed -n 's/^Debian //p'
		sed -n -e 's/^URIs: *\([^ ]*debian\/*\)$/\1/p' \
			-e 's/^deb .*[ ]\([a-z]*:[^ ]*debian\/*\) .*/\1/p' \
			/etc/apt/sources.list /etc/apt/sources.list.d/* \
			2>/dev/null
	} | sed -n 1p
}

# apt with lists, cache and sources of its own; the system's proxy, credentials
# and other settings hold.
own_apt() {
	tool=$1
	shift
	"$tool" -o "Dir::Etc::SourceList=$tmp/apt/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null \
		-o "Dir::State::Lists=$tmp/apt/lists" \
		-o "Dir::Cache=$tmp/apt/cache" \
		-o Acquire::Languages=none \
		-o APT::Sandbox::User="$(id -un)" -q "$@"
}

# A list may be signed and still be an old one that somebody plays back: it says
# until when it is good. Whoever has told apt not to mind is not minded here.
check_list() {
	until=$(cat "$tmp"/apt/lists/*Release | sed -n 's/^Valid-Until: //p' |
		sed -n 1p)
	[ -n "$until" ] || return 0
	[ "$(date -d "$until" +%s)" -lt "$(date +%s)" ] || return 0
	case $(apt-config dump Acquire::Check-Valid-Until) in
	*'"false"'* | *'"0"'* | *'"no"'*)
		say "the list of $suite was good until $until," \
			"which apt is told not to mind"
		;;
	*) die "the list of $suite was good until $until: a mirror that is not" \
		"kept up; name another in SCRIM_FUSE_MIRROR" ;;
	esac
}

fetch() {
	[ -r $keyring ] || die "no $keyring: only Debian's source package" \
		"can be checked; name an unpacked source with -s"
	command -v dpkg-source >/dev/null ||
		die "dpkg-source is missing: install dpkg-dev"
	from=$(mirror)
	[ -n "$from" ] || die "no mirror of Debian is known to apt:" \
		"name one in SCRIM_FUSE_MIRROR"
	mkdir -p "$tmp/apt/lists/partial" "$tmp/apt/cache/archives/partial"
	echo "deb-src [signed-by=$keyring] $from $suite main" \
		>"$tmp/apt/sources.list"
	own_apt apt-get update >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		die "apt cannot read $suite of $from"
	}
	check_list
	version=$(own_apt apt-cache showsrc fuse3 2>/dev/null |
		sed -n 's/^Version: //p' | sort -V | tail -n 1)
	[ -n "$version" ] || die "$suite of $from has no source package fuse3"
	dpkg --compare-versions "$version" ge $need ||
		die "fuse3 of $suite is $version, older than $need"
	# apt verifies each file's hash up to the signed list of the suite.
	(cd "$tmp" && own_apt apt-get source --download-only \
		"fuse3=$version") >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		die "apt cannot fetch fuse3 $version"
	}
	(cd "$tmp" && dpkg-source --no-check -x fuse3_*.dsc source) \
		>"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		die "fuse3 $version cannot be unpacked"
	}
	source=$tmp/source
	say "fuse3 $version of Debian $suite, signature checked"
}

check_tools() {
	for t in meson ninja pkg-config cc; do
		command -v $t >/dev/null || die "$t is missing: install" \
			"meson, ninja-build, pkg-config and gcc"
	done
	pkg-config --exists liburing || die "install liburing-dev"
	pkg-config --exists numa || die "install libnuma-dev"
}

# Only the library. With the prefix /usr it looks for the system's fusermount3.
build() {
	meson setup "$tmp/build" "$source" --prefix=/usr --libdir=lib \
		--buildtype=release -Dc_args=-fstack-protector-strong \
		-Ddefault_library=static \
		-Denable-io-uring=true -Dutils=false -Dexamples=false \
		-Dtests=false -Dudevrulesdir=/usr/lib/udev/rules.d \
		-Dinitscriptdir= &&
	ninja -C "$tmp/build" &&
	DESTDIR="$tmp/stage" meson install -C "$tmp/build" --no-rebuild
}

# shellcheck disable=SC2016
install_dest() {
	stage=$tmp/stage/usr
	nm "$stage/lib/libfuse3.a" 2>/dev/null |
		grep -q ' T fuse_uring_start$' ||
		die "libfuse was built without io_uring"
	rm -rf "$dest.new"
	mkdir -p "$dest.new/lib/pkgconfig"
	cp -R "$stage/include" "$dest.new/"
	cp "$stage/lib/libfuse3.a" "$dest.new/lib/"
	{
		echo scrim_uring=yes
		sed -e "s|^prefix=.*|prefix=\${pcfiledir}/../..|" \
			-e 's|^Libs: .*|Libs: ${prefix}/lib/libfuse3.a -luring -lnuma -lpthread -ldl|' \
			-e '/^Libs.private:/d' -e '/^Requires/d' \
			"$stage/lib/pkgconfig/fuse3.pc"
	} >"$dest.new/lib/pkgconfig/fuse3.pc"
	rm -rf "$dest"
	mv "$dest.new" "$dest"
}

mkdir -p "$(dirname "$dest")"
dest=$(cd "$(dirname "$dest")" && pwd)/$(basename "$dest")
case $dest in
*[!A-Za-z0-9._/+,@=:-]*) die "$dest: pkg-config cannot quote this path" ;;
esac
check_tools
if [ $force = no ] && is_done; then
	say "$dest is there already"
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "$source" ]; then
	[ -f "$source/meson.build" ] || die "$source: no meson.build there"
	source=$(cd "$source" && pwd)
else
	fetch
fi
build >"$tmp/log" 2>&1 || {
	tail -n 30 "$tmp/log" >&2
	die "the build of libfuse failed"
}
install_dest
is_done || die "the library is not $need or later"
say "built $dest/lib/libfuse3.a"
