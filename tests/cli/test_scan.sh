#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"

check_usage scan

# Secrets that look fake, put together here.
pw="Zebra-$((7000 + 77))!Not4Real"
mkdir ws
cd ws
printf 'x = 1\n' >clean.cfg

run 0 "$SCRIM" scan
check_out ""
check_err ""

printf '# settings\n\ndb_password = %s\n' "$pw" >conf.ini
printf 'db_password = ${DB}\n' >ref.ini
mkdir -p .hidden/deep
printf 'db_password = %s\n' "$pw" >.hidden/deep/x.ini
echo 'conf.ini' >.gitignore
ln -s /etc/passwd link
run 1 "$SCRIM" scan
check_out ".hidden/deep/x.ini:1:15: high assigned-secret: value of a name that tells of a secret
conf.ini:3:15: high assigned-secret: value of a name that tells of a secret"
! grep -q "$pw" "$tmp/out" || fail "a secret is printed"

# Operands, standard input.
run 1 "$SCRIM" scan clean.cfg conf.ini "$tmp/ws/.hidden"
out_has '^conf.ini:3:15: '
out_has "^$tmp/ws/.hidden/deep/x.ini:1:15: "
run 1 sh -c '"$SCRIM" scan - <conf.ini'
out_has '^-:3:15: '
run 1 "$SCRIM" scan --json conf.ini
cp "$tmp/out" "$tmp/json"
run 1 "$SCRIM" scan --format=json conf.ini
cmp "$tmp/json" "$tmp/out" || fail "--json is not --format=json"
run 2 "$SCRIM" scan --json --format=sarif conf.ini
# A home is scanned with the cache of verdicts in it.
mkdir -p "$HOME/src"
printf 'x = 1\n' >"$HOME/src/a"
touch -d '1 hour ago' "$HOME/src/a"
run 0 "$SCRIM" scan "$HOME"
check_err ""
run 0 "$SCRIM" scan "$HOME"
check_err ""
run 3 "$SCRIM" scan nowhere
err_has 'nowhere: No such file'
run 2 "$SCRIM" scan --show-secrets
run 2 "$SCRIM" scan --history --staged
run 2 "$SCRIM" scan --format=nonsense

# By name alone, where the content cannot tell.
mkdir keys
printf '\001\002\003\000\000\000FAKE' >keys/vault.kdbx
run 1 "$SCRIM" scan keys
out_has '^keys/vault.kdbx: '
rm -r keys

# A link that is called a secret: the mount hides it.
mkdir links
ln -s /nowhere/id_rsa links/id_rsa
ln -s id_rsa links/plain
run 0 "$SCRIM" scan links
check_err "scrim: hidden for the name alone (scrim scan --confidence=low lists \
them): links/id_rsa"
run 1 "$SCRIM" scan --confidence=low links
out_has '^links/id_rsa: '
rm -r links

# Rules that are not there: what to do is said.
run 3 env SCRIM_RULES=/nowhere "$SCRIM" scan
err_has '/nowhere: No such file .*installed whole.*--rules'
run 3 "$SCRIM" scan --rules=/nowhere
err_has "/nowhere: there is no such file of rules; --rules takes a file, or none"

# A name alone, where the content was looked at and is harmless: no finding, but
# the mount hides the file, so it is said.
mkdir names
printf 'DB_PASSWORD=changeme\nPORT=80\n' >names/.env
run 0 "$SCRIM" scan names
check_out ""
check_err "scrim: hidden for the name alone (scrim scan --confidence=low lists \
them): names/.env"
cp names/.env names/.env.local
run 0 "$SCRIM" scan --format=json names
err_has ': names/.env and 1 more$'
run 0 "$SCRIM" scan names
err_has ': names/.env and 1 more$'
run 1 "$SCRIM" scan --confidence=low names
check_err ""
out_has '^names/.env: critical dotenv: '
out_has '^names/.env.local: critical dotenv: '
[ "$(wc -l <"$tmp/out")" = 2 ] || fail "more than the two"
run 1 "$SCRIM" scan --confidence=low --format=json names
out_has '"confidence":"low"'
run 0 "$SCRIM" rules explain names/.env
out_has 'names/.env: hidden, by rule dotenv'
run 1 "$SCRIM" scan --confidence=low --write-baseline=../known names
run 0 "$SCRIM" scan --confidence=low --baseline=../known names
rm -r names ../known

# What cannot be read is said, and is not clean.
if [ "$(id -u)" != 0 ]; then
	printf 'x\n' >closed
	chmod 0 closed
	run 3 "$SCRIM" scan
	err_has 'closed: Permission denied'
	rm -f closed
fi

# Severity, confidence, rules, comments.
run 0 "$SCRIM" scan --severity=critical
run 0 "$SCRIM" scan --rules=none
printf 'db_password = %s # scrim:allow\n' "$pw" >allowed.ini
run 1 "$SCRIM" scan allowed.ini
run 0 "$SCRIM" scan --trust-comments allowed.ini
rm allowed.ini

# Formats are whole, with and without findings.
for format in json sarif gitlab; do
	for dir in . clean.cfg; do
		"$SCRIM" scan --format=$format $dir >../o.$format || :
		if command -v python3 >/dev/null; then
			python3 -m json.tool <../o.$format >/dev/null ||
				fail "$format of $dir is no JSON"
		fi
		if grep -q "$pw" ../o.$format; then
			fail "$format holds a secret"
		fi
	done
done
"$SCRIM" scan --format=jsonl >../o.jsonl || :
[ "$(wc -l <../o.jsonl)" = 2 ] || fail "jsonl: $(cat ../o.jsonl)"
"$SCRIM" scan --format=html >../o.html || :
grep -q '</html>' ../o.html || fail "html is cut off"

# SARIF as its schema wants it.
if command -v python3 >/dev/null; then
	"$SCRIM" scan --format=sarif >../o.sarif || :
	python3 - ../o.sarif <<'END' || fail "SARIF"
import json, sys
doc = json.load(open(sys.argv[1]))
assert doc["version"] == "2.1.0" and "$schema" in doc
run, = doc["runs"]
rules = {r["id"] for r in run["tool"]["driver"]["rules"]}
assert run["tool"]["driver"]["name"] == "scrim" and len(rules) > 250
assert run["invocations"][0]["executionSuccessful"] is True
assert len(run["results"]) == 2
for r in run["results"]:
    assert r["ruleId"] in rules and r["message"]["text"]
    assert r["level"] in ("none", "note", "warning", "error")
    place = r["locations"][0]["physicalLocation"]
    assert not place["artifactLocation"]["uri"].startswith("/")
    assert place["region"]["startLine"] >= 1
    assert place["region"]["startColumn"] >= 1
END
fi

# And GitLab's report: what its schema of version 15 asks for.
if command -v python3 >/dev/null; then
	"$SCRIM" scan --format=gitlab >../o.gitlab || :
	python3 - ../o.gitlab <<'END' || fail "GitLab's report"
import json, re, sys
doc = json.load(open(sys.argv[1]))
assert re.fullmatch(r"15\.\d+\.\d+", doc["version"])
scan = doc["scan"]
assert scan["type"] == "secret_detection" and scan["status"] == "success"
for when in ("start_time", "end_time"):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", scan[when])
for who in ("analyzer", "scanner"):
    assert scan[who]["id"] and scan[who]["name"] and scan[who]["version"]
    assert scan[who]["vendor"]["name"]
assert len(doc["vulnerabilities"]) == 2
assert len({v["id"] for v in doc["vulnerabilities"]}) == 2
for v in doc["vulnerabilities"]:
    assert v["id"] and 1 <= len(v["name"]) <= 255
    assert isinstance(v["description"], str) and v["description"]
    assert v["severity"] in ("Info", "Unknown", "Low", "Medium", "High",
                             "Critical")
    assert v["location"]["commit"]["sha"] and v["location"]["file"]
    assert all(isinstance(t, str) for t in v["location"]["commit"].values())
    assert v["location"]["start_line"] >= 1
    for i in v["identifiers"]:
        assert i["type"] and i["name"] and i["value"]
    assert v["identifiers"]
END
fi

# Hostile names.
name=$(printf 'a\033[2J<b>\n.ini')
printf 'db_password = %s\n' "$pw" >"$name"
run 1 "$SCRIM" scan
out_has '^a\\x1b\[2J<b>\\n.ini:1:15: '
"$SCRIM" scan --format=html >../o.html || :
grep -q '<b>' ../o.html && fail "HTML is not escaped"
rm "$name"

# A baseline knows secrets, not lines.
run 1 "$SCRIM" scan --write-baseline=../known
run 0 "$SCRIM" scan --baseline=../known
grep -q "$pw" ../known && fail "the baseline holds a secret"
printf '# settings\n\ndb_password = %sx\n' "$pw" >conf.ini
run 1 "$SCRIM" scan --baseline=../known
out_has '^conf.ini:3:15: '
run 3 "$SCRIM" scan --baseline=../nothing
err_has 'nothing'

# What the mount would mask.
printf 'token = "%s"\n' "$(printf 'a1b2%.0s' 1 2 3)c9d8e7f6zz01zz01" >mask.ini
run 1 "$SCRIM" scan --print-masks mask.ini
check_out "mask.ini	9	28	assigned-secret"
rm mask.ini

# Twice the same, and in the same order however many threads.
"$SCRIM" scan -j1 >../one || :
"$SCRIM" scan -j4 >../four || :
cmp ../one ../four || fail "the order depends on the threads"

# An unchanged tree is not read again; a changed file is.
touch -d '2001-01-01' clean.cfg
"$SCRIM" scan >/dev/null || :
"$SCRIM" scan >../again || :
cmp ../one ../again || fail "the cache changes what is found"
printf 'db_password = %s\n' "$pw" >clean.cfg
run 1 "$SCRIM" scan
out_has '^clean.cfg:1:15: '
printf 'x = 1\n' >clean.cfg
cd ..

# git: the whole history, the index, the hook.
need git
mkdir repo
cd repo
git init -q .
git config user.name n
git config user.email e@example.org
echo one >a
git add a
git commit -qm one
printf 'db_password = %s\n' "$pw" >c.ini
git add c.ini
git commit -qm two
git rm -q c.ini
git commit -qm three
run 0 "$SCRIM" scan .
run 1 "$SCRIM" scan --history
out_has '^c.ini:1:15: high assigned-secret: .* (commit [0-9a-f]*, '
run 1 "$SCRIM" scan --since=HEAD~2
run 0 "$SCRIM" scan --since HEAD~1
run 0 "$SCRIM" scan --staged
run 3 "$SCRIM" scan --since nonsense
err_has "no commit 'nonsense'"

# The same findings as all objects through a plain scan: those of a stash, a
# dropped stash, an amended commit and a branch that is gone too.
for n in 3 4 5 6; do
	printf 'db_password = %s\n' "$pw$n" >"s$n.ini"
	git add "s$n.ini"
	case $n in
	3) git stash -q ;;
	4) git stash -q && git stash drop -q ;;
	5) git commit -qm five && git rm -q --cached s5.ini &&
		git commit -q --allow-empty --amend -m six && rm s5.ini ;;
	6) git checkout -q -b gone && git commit -qm gone &&
		git checkout -q - && git branch -q -D gone ;;
	esac
done
git cat-file --batch-all-objects --batch-check |
	while read -r id type _; do
		[ "$type" != blob ] || git cat-file blob "$id" >"../blob.$id.ini"
	done
plain=$("$SCRIM" scan .. --no-cache --format=jsonl | grep -c '"\.\./blob') || :
history=$("$SCRIM" scan --history --format=jsonl | grep -c '"file"') || :
[ "$plain" = "$history" ] || fail "history: $history, plain: $plain"
rm ../blob.*

# Damaged objects: what can be read is scanned, what cannot is said. A cut off
# one makes some versions of libgit2 loop for ever.
git clone -q --no-hardlinks . ../broken
cd ../broken
git hash-object -w --stdin <"$SCRIM" >../big
file=.git/objects/$(cut -c1-2 ../big)/$(cut -c3- ../big)
chmod u+w "$file"
truncate -s 60000 "$file"
run 3 "$SCRIM" scan --history
err_has 'blob [0-9a-f]*): Input/output error'
out_has '^c.ini:1:15: '
cd ../repo

run 0 "$SCRIM" scan --install-hook
run 0 "$SCRIM" scan --install-hook
PATH=$(dirname "$SCRIM"):$PATH
printf 'db_password = %s\n' "${pw}2" >d.ini
git add d.ini
if git commit -qm four >../out 2>&1; then
	fail "the hook let a secret through"
fi
grep -q 'd.ini:1:15' ../out || fail "the hook does not say where"
printf 'db_password = ${X}\n' >d.ini
git add d.ini
git commit -qm four || fail "the hook stops a clean commit"
echo 'exit 0' >.git/hooks/pre-commit
run 1 "$SCRIM" scan --install-hook
err_has 'hook already'
