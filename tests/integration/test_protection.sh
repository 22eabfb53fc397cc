#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # expanded by the inner shell
#
# What a person can count on with protected files, from the command line to the
# workspace and back: who overrides whom and how it is explained, directories in
# which only hidden files are left, --protected, masked files that real parsers
# read, files that turn secret, variables of the environment.

. "${srcdir:-.}/tests/lib.sh"
need fuse
unset SCRIM_SESSION || :

token=$(printf 'ghp_%s' "$(fake_random 30 1)")
# the last six characters of such a token are a checksum
if command -v python3 >/dev/null; then
	token=$token$(python3 -c '
import sys, zlib
d = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
n = zlib.crc32(sys.argv[1][4:].encode())
s = ""
for _ in range(6): s, n = d[n % 62] + s, n // 62
print(s)' "$token")
fi
config=$XDG_CONFIG_HOME/scrim/scrim.ini
mkdir -p ws mnt "$(dirname "$config")"

remount() {
	! mountpoint -q mnt || run 0 timeout 60 "$SCRIM" umount mnt
	run 0 timeout 60 "$SCRIM" mount --git=none "$@" ws mnt
}
explain() {
	run 0 "$SCRIM" rules explain "$@"
}

# ---------- who overrides whom, in the view and in the explanation ----------

echo KEY=FAKE-1 >ws/.env
echo KEY=FAKE-2 >ws/.env.sample-like
echo notes >ws/notes.txt
mkdir ws/own
echo x >ws/own/a.dat

explain -w ws ws/.env ws/own/a.dat
out_has '^.*\.env: hidden'
out_has '^.*a\.dat: shown'
printf '[show]\npaths = .env\n[hide]\npaths = own/\n' >"$config"
explain -w ws ws/.env ws/own/a.dat
out_has '^.*\.env: shown'
out_has '^.*a\.dat: hidden'
out_has 'scrim.ini'
# the workspace tightens alone
printf '[hide]\npaths = notes.txt\n\t.env\n' >ws/.scrim.ini
explain -w ws ws/notes.txt ws/.env
out_has '^.*notes\.txt: hidden'
out_has '^.*\.env: hidden'
out_has '\.scrim\.ini'
printf '[x]\nkind = path\naction = show\npaths = *\n' >ws/.scrim.ini
explain -w ws ws/own/a.dat
out_has '^.*a\.dat: hidden'
rm ws/.scrim.ini
# the command line has the last word, but for the workspace's
explain -w ws --show 'own/*' --show own --hide notes.txt ws/notes.txt \
	ws/own/a.dat
out_has '^.*notes\.txt: hidden'
out_has '^.*a\.dat: shown'
# a session's own options, as its view has them
remount --name view --hide notes.txt --mask '*.conf'
cd "$tmp/mnt" || exit 1
explain --session view notes.txt own/a.dat .env
cd "$tmp" || exit 1
out_has '^notes\.txt: hidden'
out_has '^own/a\.dat: hidden'
out_has '^\.env: shown'
[ ! -e mnt/notes.txt ] || fail "--hide does not hide"
[ ! -e mnt/own ] || fail "the user's [hide] does not hide"
grep -q FAKE-1 mnt/.env || fail "the user's [show] does not show"
run 0 timeout 60 "$SCRIM" umount mnt
rm "$config"

# ---------- directories in which only hidden files are left ----------

mkdir -p ws/certs/deep
echo FAKE >ws/certs/server.hid
echo FAKE >ws/certs/deep/other.hid
echo readme >ws/certs/README
remount --name dirs --hide '*.hid'
rm -r mnt/certs || fail "a directory with hidden files cannot be removed"
[ ! -e mnt/certs ] || fail "it is still there"
run 0 timeout 60 "$SCRIM" umount mnt
got=0
timeout 60 "$SCRIM" apply --session dirs --yes >out 2>err || got=$?
[ "$got" = 1 ] || fail "apply says $got: $(cat out err)"
[ ! -e ws/certs/README ] || fail "what was removed is there"
[ "$(cat ws/certs/server.hid ws/certs/deep/other.hid)" = "FAKE
FAKE" ] || fail "a hidden file was removed"
cat out err | grep -q 'certs' || fail "apply does not say that it is kept"

# ---------- --protected ----------

echo FAKE-real >ws/one.hid
echo FAKE-real >ws/two.hid
remount --name prot --hide '*.hid'
echo agent >mnt/one.hid
echo agent >mnt/two.hid
run 0 timeout 60 "$SCRIM" umount mnt
run 1 timeout 60 "$SCRIM" apply --session prot --yes
[ "$(cat ws/one.hid ws/two.hid)" = "FAKE-real
FAKE-real" ] || fail "apply wrote over a protected file"
got=0
timeout 60 "$SCRIM" apply --session prot --yes --protected one.hid >out 2>err ||
	got=$?
[ "$(cat ws/one.hid)" = agent ] || fail "--protected does not: $(cat out err)"
[ "$(cat ws/two.hid)" = FAKE-real ] || fail "--protected takes more than named"

# ---------- masked files are still what they were ----------

printf '# of the app\nexport TOKEN="%s"\nNAME=demo # why\nEMPTY=\nPASS='\''%s'\''\n' \
	"$token" FAKE-correct-horse >ws/my.env
printf '{"a": [1, "%s"], "token": "%s", "n": null}\n' "$token" "$token" \
	>ws/a.json
printf 'x:\n  token: %s\n  quoted: "%s"\n  list:\n    - %s\n' "$token" "$token" \
	"$token" >ws/a.yaml
printf 'title = "t"\n[server]\ntoken = "%s"\nmulti = """\n%s\n"""\nport = 80\n' \
	"$token" "$token" >ws/a.toml
printf '[s]\ntoken = %s\npassword = FAKE-correct-horse\nport = 80\n' "$token" \
	>ws/a.ini
printf 'use %s here\n' "$token" | iconv -t UTF-16 >ws/bom.txt
printf 'use %s here\n' "$token" | iconv -t UTF-16BE >ws/be.txt
printf 'use %s here\n' "$token" | iconv -t UTF-16LE >ws/le.txt
{ head -c 40000000 /dev/zero; printf ' %s ' "$token"; } >ws/huge.bin
{ printf 'a\0b\1c'; printf ' %s ' "$token"; printf '\377\0'; } >ws/small.bin
remount --name masks --mask my.env --mask a.ini
part=$(echo "$token" | cut -c10-24)
for f in my.env a.json a.yaml a.toml a.ini bom.txt be.txt le.txt small.bin \
	huge.bin; do
	tr -d '\0' <"mnt/$f" >seen || fail "$f cannot be read"
	! grep -qaF -e "$part" -e FAKE-correct seen || fail "$f shows its secret"
	[ "$(stat -c %s "mnt/$f")" = "$(stat -c %s "ws/$f")" ] || fail "$f: size"
done
# of UTF-16 a reader sees text, before and after the mask
[ "$(iconv -f UTF-16 mnt/bom.txt | cut -c1-4)" = "use " ] || fail "UTF-16"
[ "$(iconv -f UTF-16BE mnt/be.txt | sed 's/.* //')" = here ] || fail "UTF-16BE"
grep -q '^# of the app$' mnt/my.env || fail "a comment is masked"
grep -q '^NAME=' mnt/my.env || fail "a name is masked"
if command -v python3 >/dev/null; then
	python3 - <<'END' || fail "a masked file cannot be parsed"
import configparser, json, shlex
try:
    import tomllib
except ImportError:
    tomllib = None
try:
    import yaml
except ImportError:
    yaml = None

def shape(v):
    if isinstance(v, dict):
        return {k: shape(x) for k, x in v.items()}
    if isinstance(v, list):
        return [shape(x) for x in v]
    return len(v.strip()) if isinstance(v, str) else v

def both(name, parse):
    one, two = (parse(open(d + name).read()) for d in ("ws/", "mnt/"))
    assert shape(one) == shape(two), name
    assert one != two, name

both("/a.json", json.loads)
if tomllib:
    both("/a.toml", tomllib.loads)
if yaml:
    both("/a.yaml", yaml.safe_load)
def ini(text):
    p = configparser.ConfigParser()
    p.read_string(text)
    return {s: dict(p[s]) for s in p.sections()}
both("/a.ini", ini)
def env(text):
    return dict(w.split("=", 1) for l in text.splitlines()
                for w in shlex.split(l, comments=True) if "=" in w)
both("/my.env", env)
END
fi

# Reformatted, with lines moved: applied with the real secrets.
if command -v python3 >/dev/null; then
	python3 -c 'import json
d = json.load(open("mnt/a.json"))
json.dump(dict(reversed(d.items())), open("mnt/a.json", "w"), indent=4)'
	run 0 timeout 60 "$SCRIM" apply --session masks --yes a.json
	[ "$(grep -c "$token" ws/a.json)" = 2 ] || fail "not both came back"
fi
# Damaged, and in another file: refused with file and line, nothing written.
sed -i 's/SCRIM_\(....\)/SCRIM_\1x/' mnt/a.toml
cp mnt/a.yaml mnt/copy.yaml
got=0
timeout 60 "$SCRIM" apply --session masks --yes >out 2>err || got=$?
[ "$got" = 1 ] || fail "a damaged mask was applied: $got"
cat out err | grep -q 'a\.toml.*line\|a\.toml:[0-9]' || fail "$(cat out err)"
cat out err | grep -q 'copy\.yaml.*line\|copy\.yaml:[0-9]' || fail "$(cat out err)"
[ ! -e ws/copy.yaml ] || fail "a copy of a masked file was applied"

# ---------- a file that turns secret after it was read ----------

echo harmless >ws/turns.txt
exec 3<mnt/turns.txt
cat <&3 >seen
mv ws/turns.txt ws/my-turns.conf
printf 'token = %s\n' "$token" >ws/my-turns.conf
for i in 1 2 3 4 5; do
	! cat /proc/self/fd/3 2>/dev/null | grep -q "$part" ||
		fail "a descriptor from before shows it ($i)"
	! cat mnt/my-turns.conf 2>/dev/null | grep -q "$part" || fail "shown"
done
exec 3<&-
run 0 timeout 60 "$SCRIM" umount mnt

# ---------- variables ----------

command -v bwrap >/dev/null && bwrap --unshare-user --ro-bind / / true \
	2>/dev/null || exit 0
mkdir -p work "$XDG_CONFIG_HOME/scrim/profiles"
printf '[ours]\nkind = env\nnames = DEMO_*\ndescription = ours\n' >"$config"
printf '[env]\npass = DEMO_A\n\tPLAIN_B\n\tOTHER_C\n' \
	>"$XDG_CONFIG_HOME/scrim/profiles/mine.ini"
run 0 env DEMO_A=FAKE-1 PLAIN_B=plain OTHER_C="$token" "$SCRIM" run -q -w work \
	--profile mine -- env
out_has '^PLAIN_B=plain$'
! grep -q '^DEMO_A\|^OTHER_C' out || fail "a secret variable came in"
