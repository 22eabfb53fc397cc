#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/packages and the configurations in contrib: each is read by the program
# that it is for, and says what the rest of the tree says. The .deb has a test of
# its own.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
need make rpmspec rpmlint makepkg nix-instantiate apparmor_parser podman-compose \
	nvim
srcdir=$(cd "$srcdir" && pwd)
packages=$srcdir/contrib/packages
version=$(sed -n 's/^AC_INIT(\[scrim\], \[\([^]]*\)\].*/\1/p' "$srcdir/configure.ac")
[ -n "$version" ] || fail "no version"
for python in python3 /usr/bin/python3 ''; do
	[ -n "$python" ] || skip "no PyYAML (python3-yaml)"
	! $python -c 'import yaml' 2>/dev/null || break
done

# What make install puts where: the packages must list it.
make -s -C "$builddir" install DESTDIR="$tmp/root" prefix=/usr \
	sbindir=/usr/sbin libexecdir=/usr/libexec >install.log 2>&1 ||
	fail "$(tail install.log)"
(cd root && find . \( -type f -o -type l \) -print | cut -c 2- | sort) >installed
[ -s installed ] || fail "nothing is installed"

# ---------- RPM ----------

run 0 rpmspec -P "$packages/scrim.spec"
out_has "^Version: *$version\$"
cp out spec
sed -n '/^%files/,/^%changelog/p' spec | grep '^/' >listed
while read -r file; do
	found=''
	while read -r pattern; do
		# shellcheck disable=SC2254 # patterns they are
		case $file in
		$pattern | $pattern/*) found=yes ;;
		esac
	done <listed
	[ -n "$found" ] || fail "$file is in no line of the spec's files"
done <installed
while read -r pattern; do
	# shellcheck disable=SC2086 # a pattern
	ls -d "$tmp/root"$pattern >/dev/null || fail "the spec lists $pattern"
done <listed
rpmlint "$packages/scrim.spec" >rpmlint.log 2>&1 || fail "$(cat rpmlint.log)"
grep -q ' 0 errors' rpmlint.log || fail "$(cat rpmlint.log)"
for word in $(sed -n 's/^%doc //p' spec); do
	[ -e "$srcdir/$word" ] || fail "the spec has no $word"
done
echo "ok rpm"

# ---------- Arch ----------

mkdir -m 777 arch bin
cp "$packages/PKGBUILD" arch
# makepkg asks for pacman before it reads anything
printf '#!/bin/sh\nexit 0\n' >bin/pacman
chmod 755 bin/pacman "$tmp"
as_other=''
[ "$(id -u)" != 0 ] ||
	as_other='setpriv --reuid=65534 --regid=65534 --clear-groups'
# shellcheck disable=SC2086 # words
(cd arch && run 0 $as_other env HOME="$tmp/arch" PATH="$tmp/bin:$PATH" \
	makepkg --printsrcinfo)
out_has "^	pkgver = $version\$"
for field in pkgdesc arch url license depends source sha256sums; do
	out_has "^	$field = ."
done
for pair in fuse3:fuse3 pcre2:libpcre2 libgit2:libgit2 libinih:inih \
	jansson:jansson libarchive:libarchive nettle:nettle zlib:zlib \
	libseccomp:libseccomp ncurses:ncursesw; do
	out_has "^	depends = ${pair%%:*}\$"
	grep -q "${pair#*:}" "$srcdir/configure.ac" || fail "${pair#*:} is not needed"
	grep -q "pkgconfig(${pair#*:}" "$packages/scrim.spec" ||
		fail "the spec does not need ${pair#*:}"
done
echo "ok arch"

# ---------- Nix ----------

HOME=$tmp NIX_STATE_DIR=$tmp/nix NIX_STORE_DIR=$tmp/store NIX_LOG_DIR=$tmp/nix \
	run 0 nix-instantiate --eval --strict -E "
	let
	  flake = import $packages/flake.nix;
	  lib = { genAttrs = names: f: builtins.listToAttrs (map
	    (name: { inherit name; value = f name; }) names);
	    makeBinPath = builtins.concatStringsSep \":\"; };
	  names = [ \"autoreconfHook\" \"pkg-config\" \"makeWrapper\" \"cmocka\"
	    \"fuse3\" \"inih\" \"jansson\" \"libarchive\" \"libgit2\"
	    \"libseccomp\" \"ncurses\" \"nettle\" \"pcre2\" \"zlib\"
	    \"bubblewrap\" ];
	  pkgs = lib.genAttrs names (n: n) // { inherit lib;
	    stdenv.mkDerivation = x: x; };
	  nixpkgs = { inherit lib; legacyPackages = lib.genAttrs
	    [ \"x86_64-linux\" \"aarch64-linux\" ] (s: pkgs); };
	  made = (flake.outputs { self = {}; inherit nixpkgs; })
	    .packages.x86_64-linux.default;
	in \"\${made.pname} \${made.version} \${toString made.buildInputs}\""
out_has "^\"scrim $version .*fuse3.*pcre2.*\"\$"
echo "ok nix"

# ---------- AppArmor ----------

cp "$srcdir/contrib/apparmor/bwrap" profile
if [ "$(apparmor_parser --version | sed -n 's/.*version \([0-9]*\).*/\1/p')" -lt 4 ]
then
	# "userns" is for 4.0 and later: Debian 13, Ubuntu 24.04
	sed -i 's|abi/4.0|abi/3.0|; /^  userns,$/d' profile
fi
run 0 apparmor_parser -Q -K -T profile
grep -q '^  userns,$' "$srcdir/contrib/apparmor/bwrap" || fail "no userns"
echo "ok apparmor"

# ---------- Envoy, LiteLLM, compose ----------

run 0 "$python" - "$srcdir/contrib" <<'END'
import sys, yaml
top = sys.argv[1]
load = lambda name: yaml.safe_load(open(top + "/" + name))
envoy = load("proxy/envoy.yaml")["static_resources"]
listener, = envoy["listeners"]
assert listener["address"]["pipe"]["mode"] == 0o600
manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
names = [f["name"] for f in manager["http_filters"]]
assert names == ["envoy.filters.http.credential_injector",
                 "envoy.filters.http.router"], names
for f in manager["http_filters"]:
    assert f["typed_config"]["@type"].startswith("type.googleapis.com/envoy.")
assert manager["http_filters"][0]["typed_config"]["overwrite"] is True
clusters = {c["name"]: c for c in envoy["clusters"]}
host, = manager["route_config"]["virtual_hosts"]
for route in host["routes"]:
    if "route" in route:
        cluster = clusters[route["route"]["cluster"]]
        tls = cluster["transport_socket"]["typed_config"]
        assert tls["sni"] == route["route"]["host_rewrite_literal"]
        assert tls["common_tls_context"]["validation_context"]["trusted_ca"]
    else:
        assert route["direct_response"]["status"] == 403
assert host["routes"][-1]["match"] == {"prefix": "/"}
assert "direct_response" in host["routes"][-1], "the rest is let through"
for model in load("proxy/litellm.yaml")["model_list"]:
    assert model["model_name"]
    key = model["litellm_params"]["api_key"]
    assert key.startswith("os.environ/"), "a key in the file"
agent = load("containers/compose.yaml")["services"]["agent"]
assert agent["read_only"] and agent["network_mode"] == "none"
assert agent["cap_drop"] == ["ALL"]
assert "no-new-privileges:true" in agent["security_opt"]
END
run 0 env SCRIM_VIEW="$tmp/view" SCRIM_USER=1:2 IMAGE=agent podman-compose \
	--dry-run -f "$srcdir/contrib/containers/compose.yaml" run agent true
cat out err >compose
for word in '--read-only' '--network none' '--cap-drop ALL' '-u 1:2' \
	"$tmp/view:/workspace" 'no-new-privileges'; do
	grep -q -e "$word" compose || fail "compose without $word: $(cat compose)"
done
if docker compose version >/dev/null 2>&1; then
	run 0 env SCRIM_VIEW="$tmp/view" SCRIM_USER=1:2 IMAGE=agent docker \
		compose -f "$srcdir/contrib/containers/compose.yaml" config
	out_has 'read_only: true'
fi
echo "ok configurations"

# ---------- Neovim: a command opens the program in a terminal ----------

printf '#!/bin/sh\necho "$*" >"%s/said"\n' "$tmp" >bin/scrim
chmod 755 bin/scrim
PATH=$tmp/bin:$PATH run 0 timeout 60 nvim --headless -u NONE -i NONE \
	-c "luafile $srcdir/contrib/agents/editors/scrim.lua" \
	-c 'ScrimAgent true "a b"' \
	-c "lua vim.wait(20000, function() return vim.fn.filereadable('$tmp/said') == 1 end)" \
	-c 'qa!'
check_file said 'run -- true "a b"'
rm said
PATH=$tmp/bin:$PATH run 0 timeout 60 nvim --headless -u NONE -i NONE \
	-c "luafile $srcdir/contrib/agents/editors/scrim.lua" -c ScrimReview \
	-c "lua vim.wait(20000, function() return vim.fn.filereadable('$tmp/said') == 1 end)" \
	-c 'qa!'
check_file said review
echo "ok nvim"
