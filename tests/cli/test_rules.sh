#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage rules

# The list: every shipped rule, with its place.
mkdir ws
run 0 "$SCRIM" rules -w ws
out_has '^dotenv  *path  *hide  *critical environment file.*files-dotenv.ini:[0-9]'
out_has '^env-secret-name  *env  *hide '
check_err ""
run 0 "$SCRIM" rules -w ws --kind=env --severity=critical
[ "$(wc -l <out)" = 1 ] || fail "more than one: $(cat out)"
run 2 "$SCRIM" rules nix
err_has "'nix' is neither a subcommand"
run 2 "$SCRIM" rules explain
run 1 "$SCRIM" rules -w nowhere
err_has 'nowhere'

# Why a path is shown or not.
rules=$tmp/rules.ini
cat >"$rules" <<'END'
[pem]
kind = path
description = a key
paths = *.pem
confirm = PRIVATE KEY

[gone]
kind = path
paths = **/private/
except = *.md
END
echo 'CERTIFICATE' >ws/cert.pem
echo 'PRIVATE KEY' >ws/key.pem
ln -s key.pem ws/link
cd ws
run 0 "$SCRIM" rules --rules="$rules" explain key.pem cert.pem link main.c \
	private/a.pem key.pem~ no.pem
check_out "key.pem: hidden, by rule pem: a key
    key.pem matches *.pem of pem (hide, user)
      $rules:2
      and the content confirms it
cert.pem: shown
    cert.pem matches *.pem of pem (hide, user)
      $rules:2
      but the content does not confirm it
link: shown (a symlink; its target is judged by itself)
    no rule matches it or a directory above it
main.c: shown (nothing is there now)
    no rule matches it or a directory above it
private/a.pem: hidden (nothing is there now), by rule gone
    private matches **/private/ of gone (hide, user)
      $rules:8
    private/a.pem matches **/private/ of gone (hide, user)
      $rules:8
    private/a.pem matches *.pem of pem (hide, user)
      $rules:2
      the content would have to confirm it
key.pem~: hidden (nothing is there now), by rule pem: a key, unless its content says otherwise
    key.pem~, taken for a copy of key.pem, matches *.pem of pem (hide, user)
      $rules:2
      the content would have to confirm it
no.pem: hidden (nothing is there now), by rule pem: a key, unless its content says otherwise
    no.pem matches *.pem of pem (hide, user)
      $rules:2
      the content would have to confirm it"
run 0 "$SCRIM" rules --rules="$rules" --show='*.pem' explain "$tmp/ws/key.pem"
out_has '^key.pem: shown, by rule --show-1$'
run 0 "$SCRIM" rules --rules=none explain key.pem
out_has '^key.pem: shown$'
run 1 "$SCRIM" rules explain ../else
err_has 'is not in the workspace'
run 0 "$SCRIM" rules --rules="$rules" explain --json key.pem
out_has '"action": "hide"'
out_has '"content": "confirmed"'

# What the content says: where, never what.
token=sk_live"_51FAKEfakeFAKEfakeQwErTyUiOpAsDf"
printf 'a\n  x = "%s"\n' "$token" >app.py
run 0 "$SCRIM" rules explain app.py
out_has '^app.py: shown'
out_has '^    line 2, column 8: masked, [0-9]* bytes, by [a-z]'
out_has '^    its content is shown with these masked$'
! grep -q FAKEfake out || fail 'the secret is printed'
run 0 "$SCRIM" rules explain --json app.py
out_has '"line": 2'
! grep -q FAKEfake out || fail 'the secret is printed'
printf 'A=fake\n' >some.env
run 0 "$SCRIM" rules --mask='*.env' explain some.env
out_has '^some.env: shown with its secrets masked, by rule --mask-1'
out_has '^    line 1, column 3: masked, 4 bytes, by --mask-1'
echo nothing >some.txt
run 0 "$SCRIM" rules --mask=some.txt explain some.txt
out_has 'could not be judged (nothing to mask was recognised)'

# A name that plays with the terminal.
bad=$(printf 'a\033[2J.pem')
run 0 "$SCRIM" rules --rules="$rules" explain "$bad"
out_has '^a\\x1b\[2J.pem: hidden'

# From within a directory, the workspace is found; its own rules tighten only.
mkdir -p sub/deep
cat >.scrim.ini <<'END'
[show]
paths = key.pem

[hide]
paths = main.c
END
cd sub/deep
run 0 "$SCRIM" rules --rules="$rules" explain ../../key.pem ../../main.c
out_has '^key.pem: hidden'
out_has '^main.c: hidden .* by rule workspace-hide'
err_has 'warning: .scrim.ini:2: a workspace cannot show'

# Broken files: the file, the line, what is wrong.
cd "$tmp/ws"
printf '[a]\nkind = path\npaths = x\nacton = hide\n' >.scrim.ini
run 1 "$SCRIM" rules
check_err "scrim: .scrim.ini:4: unknown key 'acton'; scrim-rules(5) has them all"
rm .scrim.ini
mkdir -p "$HOME/.config/scrim"
cat >"$HOME/.config/scrim/scrim.ini" <<'END'
[rule dotenv]
disable = yes
END
run 0 "$SCRIM" rules explain .env
out_has '^.env: shown'
run 0 "$SCRIM" rules --all
out_has '^dotenv  *path  *off '
printf '[rule nix]\ndisable = yes\n' >"$HOME/.config/scrim/scrim.ini"
run 1 "$SCRIM" rules
err_has "scrim.ini:2: there is no rule 'nix'"

# Rules of another scanner.
rm -f "$XDG_CONFIG_HOME/scrim/scrim.ini"
run 2 "$SCRIM" rules import
run 2 "$SCRIM" rules --output=x
cd "$tmp"
toml=$srcdir/tests/cli/gitleaks.toml
if ! "$SCRIM" rules import /dev/null 2>"$tmp/err" &&
	grep -q 'without TOML' "$tmp/err"; then
	echo "built without TOML: import is not tried" >&2
	[ -z "${CI:-}" ] || fail "CI has toml++"
	exit 0
fi
run 1 "$SCRIM" rules import nowhere.toml
err_has 'nowhere.toml: No such file'
echo 'x = = 1' >bad.toml
run 1 "$SCRIM" rules import bad.toml
err_has 'bad.toml: .*line 1'
echo 'x = 1' >bad.toml
run 1 "$SCRIM" rules import bad.toml
err_has 'no \[\[rules\]\]'

run 1 "$SCRIM" rules import --output=quay.ini "$toml"
check_out "7 rules written to quay.ini"
err_has ':[0-9]*: rule no-keyword: no keyword'
for lost in 'rule by-line: an allowlist with regexTarget' \
	'rule odd-path: the whole rule' 'rule unicode: the whole rule' \
	'a second rule quay-token' 'rule broken: the whole rule'; do
	err_has ":[0-9]*: $lost"
done
[ "$(grep -c '(left out)' "$tmp/err")" = 5 ] || fail "left out: $(cat "$tmp/err")"
run 1 "$SCRIM" rules import --output=quay.ini "$toml"
err_has 'quay.ini: File exists'

# They find what they found there, and acquit what they acquitted.
token=quay_live_$(printf 'a1b%.0s' 1 2 3 4)z9y8x7w6
key=$(printf 'Ab3%.0s' 1 2 3 4)Kx9/Zq
mkdir -p house/vendor house/docs
cd house
echo "t = '$token'" >one.txt
echo "t = '$token'" >vendor/two.txt
echo "quay = 1234; quay-key = \"$key\"" >three.txt
echo "quay = 1234; quay-key = \"${key}dummy\"" >four.txt
echo "quay = 1234; quay-key = \"EXAMPLE$key\"" >five.txt
echo "quay = 1234; quay-key = \"$key\"" >docs/six.md
echo x >.quayrc
echo Q123456789Z >seven.cfg
echo Q123456789Z >eight.txt
echo quayjwt-12345678901234567890 >nine.txt
printf 'a\n-----QUAY-----\n12345678901234\n-----END-----\n' >ten.txt
run 1 "$SCRIM" scan --no-cache --rules=../quay.ini .
sed 's/^\([^:]*\):.* \([a-z-]*\): .*/\1 \2/' "$tmp/out" >../found
cat >../want <<'END'
.quayrc quay-file
nine.txt jwt-imported
one.txt quay-token
seven.cfg no-keyword
ten.txt block
three.txt quay-pair
END
cmp ../found ../want || fail "$(cat ../out)"
