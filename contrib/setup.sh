#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	sh contrib/setup.sh demo	installs what is missing, builds, and plays
#					one round on a sample workspace
#	sh contrib/setup.sh check	the same set-up, and then make check
#	sh contrib/setup.sh check --all	and with the programs that people put an
#					agent in: containers, proxies...
#	sh contrib/setup.sh check --deep	and make distcheck, all tests under
#					the sanitizers, and valgrind: for a release
#
# What is missing is installed by the system's package manager (apt, dnf, pacman
# or apk), by way of sudo where the user is not root and something is missing at
# all. Nothing else is fetched. The build is in build/ of this tree. Both can be
# run again and again. The last line of check is "N passed, N failed, N
# skipped", and its exit status is 1 where one failed.
#
# Environment: CC, CFLAGS and so on, as configure has them, at the first build;
# CI: warnings are errors, shellcheck, clang and the sanitizers have their turn
# too, and a test that cannot run is a failure.
set -eu

usage() {
	sed -n 's/^#	sh /usage: sh /p' "$0" >&2
	exit 2
}

die() {
	echo "setup: $*" >&2
	exit 1
}

say() {
	printf '\n== %s\n' "$*"
}

all=
deep=
case $* in
demo | check) what=$1 ;;
"check --all") what=check all=yes ;;
"check --deep") what=check all=yes deep=yes ;;
*) usage ;;
esac
cd "$(dirname "$0")/.."
top=$(pwd)
[ -f configure.ac ] || die "$top is not the source of scrim"

# ---------- what is needed ----------

# "prog:NAME" is a program, "pc:NAME" a library by its pkg-config name,
# "file:PATH" a file, "clang:SANITIZER" what clang links for it; then the package that has it in apt, dnf, pacman, apk.
needed='
prog:make make make make make
prog:autoreconf autoconf autoconf autoconf autoconf
prog:automake automake automake automake automake
prog:pkg-config pkg-config pkgconf-pkg-config pkgconf pkgconf
pc:fuse3 libfuse3-dev fuse3-devel fuse3 fuse3-dev
pc:libpcre2-8 libpcre2-dev pcre2-devel pcre2 pcre2-dev
pc:libgit2 libgit2-dev libgit2-devel libgit2 libgit2-dev
pc:inih libinih-dev inih-devel libinih inih-dev
pc:ncursesw libncurses-dev ncurses-devel ncurses ncurses-dev
pc:jansson libjansson-dev jansson-devel jansson jansson-dev
pc:zlib zlib1g-dev zlib-devel zlib zlib-dev
pc:libseccomp libseccomp-dev libseccomp-devel libseccomp libseccomp-dev
pc:libarchive libarchive-dev libarchive-devel libarchive libarchive-dev
pc:nettle nettle-dev nettle-devel nettle nettle-dev
prog:fusermount3 fuse3 fuse3 fuse3 fuse3
prog:bwrap bubblewrap bubblewrap bubblewrap bubblewrap
prog:git git git git git
'
# What the tests want too.
tested='
pc:cmocka libcmocka-dev libcmocka-devel cmocka cmocka-dev
prog:g++ g++ gcc-c++ gcc g++
pc:tomlplusplus libtomlplusplus-dev tomlplusplus-devel tomlplusplus tomlplusplus-dev
prog:ctags universal-ctags ctags ctags ctags
prog:mandoc mandoc mandoc mandoc mandoc
prog:python3 python3 python3 python python3
prog:rsync rsync rsync rsync rsync
prog:sqlite3 sqlite3 sqlite sqlite sqlite
prog:vi vim-tiny vim-minimal vim vim
prog:xz xz-utils xz xz xz
prog:ps procps procps-ng procps-ng procps-ng
prog:setfacl acl acl acl acl
prog:setfattr attr attr attr attr
prog:socat socat socat socat socat
prog:tmux tmux tmux tmux tmux
prog:fio fio fio fio fio
prog:stress-ng stress-ng stress-ng stress-ng stress-ng
prog:strace strace strace strace strace
prog:perl perl-base perl-interpreter perl perl
prog:debugfs e2fsprogs e2fsprogs e2fsprogs e2fsprogs-extra
prog:mkfs.erofs erofs-utils erofs-utils erofs-utils erofs-utils
'
# To build libfuse, on Debian where the system's is older than scrim wants.
of_libfuse='
prog:meson meson
prog:ninja ninja-build
prog:dpkg-source dpkg-dev
pc:liburing liburing-dev
pc:numa libnuma-dev
'
# What only CI runs.
of_ci='
prog:clang clang clang clang clang
clang:thread libclang-rt-dev compiler-rt compiler-rt compiler-rt
prog:fuse-overlayfs fuse-overlayfs fuse-overlayfs fuse-overlayfs fuse-overlayfs
prog:rg ripgrep ripgrep ripgrep ripgrep
prog:shellcheck shellcheck ShellCheck shellcheck shellcheck
prog:valgrind valgrind valgrind valgrind valgrind
'

# What tests/integration drives; with "check --all".
of_all='
prog:podman podman podman podman podman
prog:runc runc runc runc runc
prog:newuidmap uidmap shadow-utils shadow shadow-uidmap
prog:busybox busybox-static busybox busybox busybox-static
prog:chromium chromium chromium chromium chromium
prog:curl curl curl curl curl
prog:openssl openssl openssl openssl openssl
prog:squid squid-openssl squid squid squid
prog:mitmdump mitmproxy mitmproxy mitmproxy mitmproxy
prog:qemu-system-x86_64 qemu-system-x86 qemu-system-x86-core qemu-system-x86 qemu-system-x86_64
prog:cpio cpio cpio cpio cpio
prog:modprobe kmod kmod kmod kmod
prog:nft nftables nftables nftables nftables
prog:ip iproute2 iproute iproute2 iproute2
prog:skopeo skopeo skopeo skopeo skopeo
prog:lighttpd lighttpd lighttpd lighttpd lighttpd
prog:rpmspec rpm rpm-build rpm-tools rpm-dev
prog:nvim neovim neovim neovim neovim
'
# To build the package of contrib/debian, on Debian.
of_debian='
prog:dpkg-buildpackage dpkg-dev
prog:dh debhelper
prog:lintian lintian
prog:fakeroot fakeroot
prog:runsc runsc
prog:rpmlint rpmlint
prog:makepkg makepkg
prog:nix-instantiate nix-bin
prog:apparmor_parser apparmor
prog:faketime faketime
prog:mkfs.btrfs btrfs-progs
prog:mount.exfat-fuse exfat-fuse
prog:mkfs.exfat exfatprogs
prog:podman-compose podman-compose
prog:docker-registry docker-registry
file:/usr/lib/systemd/user/sockets.target.wants/dbus.socket dbus-user-session
prog:dbus-daemon dbus
file:/usr/lib/python3/dist-packages/yaml/__init__.py python3-yaml
'

column=0
manager=
for m in apt-get dnf pacman apk; do
	column=$((column + 1))
	if command -v "$m" >/dev/null; then
		manager=$m
		break
	fi
done

has() {
	case $1 in
	prog:*)
		command -v "${1#*:}" >/dev/null ||
			[ -x "/usr/sbin/${1#*:}" ] || [ -x "/sbin/${1#*:}" ]
		;;
	pc:*) pkg-config --exists "${1#*:}" 2>/dev/null ;;
	file:*) [ -e "${1#*:}" ] ;;
	clang:*)
		echo 'int main(void) { return 0; }' |
			clang -fsanitize="${1#*:}" -x c -o /dev/null - 2>/dev/null
		;;
	esac
}

# A compiler, and the C library to compile against, go by trying.
has_compiler() {
	dir=$(mktemp -d) || return 1
	echo '#include <stdio.h>
#include <linux/openat2.h>
int main(void) { return 0; }' >"$dir/t.c"
	result=0
	${CC:-cc} -o "$dir/t" "$dir/t.c" 2>/dev/null || result=1
	rm -rf "$dir"
	return $result
}

compiler_packages() {
	case $manager in
	apt-get) echo gcc libc6-dev linux-libc-dev ;;
	dnf) echo gcc glibc-devel kernel-headers ;;
	pacman) echo gcc linux-api-headers ;;
	apk) echo gcc musl-dev linux-headers ;;
	esac
}

# The packages of what is missing from the list in $1.
missing_of() {
	echo "$1" | while read -r thing apt dnf pacman apk; do
		if [ -z "$thing" ] || has "$thing"; then
			continue
		fi
		case $column in
		1) echo "$apt" ;;
		2) echo "$dnf" ;;
		3) echo "$pacman" ;;
		4) echo "$apk" ;;
		*) echo "$apt" ;;
		esac
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "not root, and no sudo; as root: $*"
	fi
}

install_packages() {
	case $manager in
	apt-get)
		as_root apt-get update -q
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
			--no-install-recommends "$@"
		;;
	dnf) as_root dnf install -y "$@" ;;
	pacman) as_root pacman -Sy --needed --noconfirm "$@" ;;
	apk) as_root apk add "$@" ;;
	*) die "no package manager that is known here; install: $*" ;;
	esac
}

# 1 (false) where the system's libfuse is new enough, or none can be built: not
# in a path that pkg-config would have to quote.
wants_libfuse() {
	case $top in
	*[!A-Za-z0-9/._+-]*) return 1 ;;
	esac
	[ "$manager" = apt-get ] &&
		[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] &&
		! pkg-config --atleast-version=3.18.3 fuse3 2>/dev/null
}

# Without it, as in a bare chroot, fusermount3 does not unmount for a user.
make_mtab() {
	[ "$manager" != apt-get ] || [ -e /etc/mtab ] || [ -L /etc/mtab ] ||
		as_root ln -s ../proc/self/mounts /etc/mtab
}

set_up() {
	make_mtab
	list=$needed
	! wants_libfuse || list=$list$of_libfuse
	[ "$what" = demo ] || list=$list$tested
	[ -z "${CI:-}${deep:-}" ] || list=$list$of_ci
	[ -z "$all" ] || list=$list$of_all
	[ -z "$all" ] || [ "$manager" != apt-get ] || list=$list$of_debian
	# a package of its own from Debian 13 on, in QEMU's before
	[ -z "$all" ] || ! apt-cache show virtiofsd >/dev/null 2>&1 ||
		list="${list}file:/usr/libexec/virtiofsd virtiofsd
"
	packages=$(missing_of "$list" | sort -u)
	has_compiler || packages="$packages $(compiler_packages)"
	# shellcheck disable=SC2086 # one word for each package
	set -- $packages
	if [ $# = 0 ]; then
		say "nothing to install"
		return
	fi
	say "installing: $*"
	install_packages "$@"
	packages=$(missing_of "$list" | sort -u | tr '\n' ' ')
	[ -z "$packages" ] || die "still missing after the installation: $packages"
	has_compiler || die "the C compiler does not work"
}

# ---------- the build ----------

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# Where the system's libfuse is too old, one for DIR alone; scrim does without.
private_libfuse() {
	if ! wants_libfuse; then
		say "libfuse: the system's $(pkg-config --modversion fuse3)"
	elif sh contrib/build-libfuse.sh "$1/libfuse"; then
		say "libfuse: the private one in $1/libfuse"
	else
		say "libfuse: the system's $(pkg-config --modversion fuse3)," \
			"without io_uring"
	fi
}

# build DIR ARGUMENT...: configure (once, with the arguments) and make in DIR.
build() {
	build_dir=$1
	shift
	[ ! -f config.status ] ||
		die "this tree was configured in place; make distclean first"
	if [ -z "$(find configure -newer configure.ac 2>/dev/null)" ]; then
		say "autoreconf"
		autoreconf -fi
	fi
	mkdir -p "$build_dir"
	# Relative: configure takes no source directory with a space in it.
	up=$(echo "$build_dir" | sed 's|[^/][^/]*|..|g')
	(
		cd "$build_dir"
		if [ ! -f Makefile ]; then
			say "configure in $build_dir"
			"$up/configure" -q "$@"
		fi
		say "make in $build_dir"
		make -s -j"$jobs"
	)
}

# ---------- check ----------

passed=0 failed=0 skipped=0

# Adds up the counts of a test-suite.log.
count() {
	counts=$(sed -n 's/^# \([A-Z]*\): *\([0-9]*\)$/\1 \2/p' "$1")
	for pair in PASS:passed XFAIL:passed FAIL:failed XPASS:failed \
		ERROR:failed SKIP:skipped; do
		n=$(echo "$counts" | sed -n "s/^${pair%:*} //p")
		eval "${pair#*:}=\$((${pair#*:} + ${n:-0}))"
	done
}

# check_in DIR [ARGUMENT...]: make check there, with what failed shown.
check_in() {
	check_dir=$1
	shift
	say "make check in $check_dir"
	rm -f "$check_dir/test-suite.log"
	status=0
	make -s -C "$check_dir" check "$@" || status=$?
	if [ ! -f "$check_dir/test-suite.log" ]; then
		failed=$((failed + 1))
		return
	fi
	before=$failed
	count "$check_dir/test-suite.log"
	if [ "$status" != 0 ]; then
		cat "$check_dir/test-suite.log"
		[ "$failed" -gt "$before" ] || failed=$((failed + 1))
	fi
}

# CI's machine is often a container where root has to open the device.
open_fuse() {
	if [ ! -e /dev/fuse ]; then
		modprobe fuse 2>/dev/null ||
			as_root mknod -m 666 /dev/fuse c 10 229 || :
	fi
	if [ -e /dev/fuse ] && { [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ] ||
		[ "$(id -u)" = 0 ]; }; then
		as_root chmod 666 /dev/fuse || :
	fi
}

# ci_step NAME COMMAND...: passed or failed, as one more test.
ci_step() {
	ci_name=$1
	shift
	say "$ci_name"
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $ci_name"
	fi
}

# Shell scripts, by their first line or their name.
lint_shell() {
	git -c safe.directory='*' ls-files -z | xargs -0 grep -lE '^#!/bin/(ba)?sh' |
		tr '\n' '\0' | xargs -0 shellcheck -x -S warning
}

# A release from this tree, checked as a package builder would, with another
# compiler and by a user who may nothing.
check_release() {
	rm -f build/scrim-*.tar.xz
	make -s -C build dist
	release=$(mktemp -d)
	tar xf build/scrim-*.tar.xz -C "$release" --strip-components=1
	mkdir "$release/b"
	chmod 755 "$release"
	as_other=
	if [ "$(id -u)" = 0 ]; then
		as_other="setpriv --reuid=65534 --regid=65534 --clear-groups"
		chown -R 65534:65534 "$release"
	fi
	result=0
	# shellcheck disable=SC2086,SC2016 # words; expanded there
	(cd "$release/b" && HOME=$release $as_other env -u CI sh -ec '
		flags="CC=clang --enable-werror"
		../configure -q $flags
		make -s -j"$1" distcheck DISTCHECK_CONFIGURE_FLAGS="$flags"' \
		sh "$jobs") >"$release/log" 2>&1 || result=1
	count "$release/log"
	if [ "$result" != 0 ]; then
		tail -n 50 "$release/log"
		find "$release" -name test-suite.log -exec cat {} +
	fi
	chmod -R u+w "$release"
	rm -rf "$release"
	return $result
}

# gcc sees cut texts everywhere where it has to sanitize.
build_sanitized() {
	build build/sanitizers --enable-sanitizers --enable-werror \
		CFLAGS="-O1 -g -Wno-format-truncation"
}

# With the tests' programs, and under the thread sanitizer, so that it is of use
# besides its warnings.
build_with_clang() {
	build build/clang --enable-werror --enable-sanitizers=thread CC=clang &&
		make -s -C build/clang -j"$jobs" check TESTS=
}

# What has threads, or a view's daemon, which has them, under load.
threaded="tests/unit/test_apply tests/unit/test_control tests/unit/test_each
	tests/unit/test_layer tests/unit/test_protect
	tests/unit/test_race tests/unit/test_taint tests/unit/test_scan
	tests/fs/test_threads.sh tests/fs/test_model.sh tests/fs/test_stress.sh
	tests/fs/test_attack.sh tests/fs/test_workspace.sh tests/fs/test_fio.sh
	tests/load/test_load.sh tests/cli/test_live.sh tests/cli/test_checkpoint.sh
	tests/cli/test_quota.sh tests/integration/test_git_live.sh
	tests/integration/test_taint.sh"

# The whole suite by a package builder's way and under the sanitizers, what has
# threads under that for threads, and the unit tests under valgrind: an hour or more.
check_deep() {
	ci_step "make distcheck with clang" check_release
	build_sanitized
	SCRIM_CRASH_ALL=1 SCRIM_RACE_ROUNDS=400 check_in build \
		TESTS="tests/unit/test_commit_mark tests/unit/test_crash \
		tests/unit/test_race"
	MODEL_OPS=5000 FUZZ_SECONDS=60 KILL_ROUNDS=60 check_in build/sanitizers
	build_with_clang
	export MODEL_OPS=5000 THREADS_ROUNDS=60 STRESS_SECONDS=20
	check_in build/clang TESTS="$threaded"
	unset MODEL_OPS THREADS_ROUNDS STRESS_SECONDS
	SCRIM_NO_JIT=1 check_in build LOG_COMPILER="$top/tests/valgrind.sh" \
		TESTS="$(make -s -C build print-unit-tests)"
}

# What fits into a CI run of half an hour.
check_ci() {
	ci_step "build with clang" build_with_clang
	check_in build/clang TESTS=tests/fs/test_threads.sh
	build_sanitized
	export FUZZ_SECONDS=15
	check_in build/sanitizers TESTS="$(make -s -C build print-unit-tests) \
		tests/fuzz/test_fuzz.sh"
	unset FUZZ_SECONDS
}

check() {
	private_libfuse build
	[ -z "$all" ] || [ "$manager" != apt-get ] ||
		sh contrib/fetch-kernel.sh build/kernel ||
		say "no kernel for a virtual machine"
	if [ -z "${CI:-}${deep:-}" ]; then
		build build
		check_in build
	else
		open_fuse
		ci_step "shellcheck" lint_shell
		build build --enable-werror
		check_in build
		if [ -n "$deep" ]; then
			check_deep
		else
			check_ci
		fi
	fi
	echo
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# ---------- demo ----------

scrim=$top/build/scrim

# Shows a command and runs it; what it may end with besides 0 is in $expect.
expect=
step() {
	printf '\n$ %s\n' "$*"
	step_status=0
	"$@" || step_status=$?
	case " 0 $expect " in
	*" $step_status "*) ;;
	*) die "that ended with status $step_status" ;;
	esac
}

scrim() {
	"$scrim" "$@"
}

demo_cleanup() {
	demo_status=$?
	trap - EXIT
	cd /
	[ ! -d "$demo/view" ] ||
		"$scrim" umount --lazy "$demo/view" 2>/dev/null || :
	rm -rf "$demo"
	exit $demo_status
}

# A workspace with secrets that are none.
make_workspace() {
	mkdir -p app/config app/keys
	cd app
	printf 'print("hello")\n' >hello.py
	printf '# demo\n\nSay hello.\n' >README.md
	printf 'DB_PASSWORD=FAKE-not-a-password-EXAMPLE\n' >.env
	printf 'DB_PASSWORD=\n' >.env.example
	printf 'colour: blue\n' >config/app.yml
	{
		printf -- '-----BEGIN %s PRIVATE KEY-----\n' OPENSSH
		echo FAKEFAKEFAKEFAKEEXAMPLEEXAMPLEEXAMPLE
		printf -- '-----END %s PRIVATE KEY-----\n' OPENSSH
	} >keys/id_rsa
	git -c init.defaultBranch=main init -q .
	printf '.env\nkeys/\n' >.gitignore
	git add -A
	git -c user.name=demo -c user.email=demo@example.org commit -qm 'begin'
}

# What the agent does: looks for secrets, does its work, breaks something too.
make_agent() {
	cat >"$demo/agent.sh" <<'END'
cat .env keys/id_rsa
sed -i 's/hello/good morning/' hello.py
printf '\nSays good morning.\n' >>README.md
mkdir -p tests
echo 'assert True' >tests/test_hello.py
rm config/app.yml
END
}

# What may end with STATUS: step_fails STATUS COMMAND...
step_fails() {
	expect=$1
	shift
	step "$@"
	expect=
}

demo_scan() {
	say "a workspace with two (fake) secrets in it: $demo/app"
	step ls -A
	say "what an agent must not see (1, for there is something)"
	step_fails 1 scrim scan
}

demo_view() {
	say "a view of it, without them"
	mkdir "$demo/view"
	step scrim mount --name demo . "$demo/view"
	step ls -A "$demo/view" "$demo/view/keys"
	step_fails 1 cat "$demo/view/.env"
	say "an agent at work in the view"
	step cat "$demo/agent.sh"
	cd "$demo/view"
	step sh "$demo/agent.sh"
	cd "$demo/app"
	step scrim umount "$demo/view"
	say "the workspace is as it was"
	step git status --short
	step cat hello.py
}

demo_review() {
	say "look, and decide"
	step scrim list
	step scrim status
	step scrim diff
	step scrim apply --yes hello.py README.md tests
	step git status --short
	step cat hello.py
	say "or rather not: all is as it was"
	step scrim undo --yes
	step git status --short
	say "but yes (an undo is a job too, the second); the rest is dropped"
	step scrim undo --yes 2
	step scrim discard --yes
	step cat hello.py config/app.yml .env
}

# The same in one go, where the machine lets a sandbox be made.
demo_run() {
	say "the same in a sandbox, with one command"
	if ! bwrap --unshare-user --ro-bind / / true 2>/dev/null; then
		echo "(user namespaces are forbidden here; scrim doctor tells more)"
		return
	fi
	step scrim run --name sandboxed -- \
		sh -c 'cat .env; echo "# seen" >>hello.py' </dev/null
	step scrim diff --session sandboxed
	step scrim discard --session sandboxed --yes
}

demo() {
	private_libfuse build
	build build
	demo=$(mktemp -d "${TMPDIR:-/tmp}/scrim-demo.XXXXXX")
	trap demo_cleanup EXIT
	trap 'exit 1' HUP INT TERM
	XDG_STATE_HOME=$demo/state
	XDG_CONFIG_HOME=$demo/config
	SCRIM_RULES=$top/rules
	GIT_PAGER='cat'
	export XDG_STATE_HOME XDG_CONFIG_HOME SCRIM_RULES GIT_PAGER
	cd "$demo"
	make_workspace
	make_agent
	demo_scan
	demo_view
	demo_review
	demo_run
	say "done; scrim is $scrim, and its help lists the commands"
}

set_up
case $what in
demo) demo ;;
check) check ;;
esac
