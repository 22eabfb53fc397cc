#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each kind of change that could run code or lead astray has its class, and none
# that is dangerous is applied without a word: the list of scrim(1), as a table.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse git python3

mkdir -p ws/sub ws/bare
git init -q ws
git init -q --bare ws/bare/b.git
printf '{"scripts":{"test":"true"},"dependencies":{}}\n' >ws/package.json
cat >ws/package-lock.json <<'END'
{"packages":{"node_modules/a":{"version":"1.0.0",
"resolved":"https://registry.example.com/a/-/a-1.0.0.tgz",
"integrity":"sha512-EXAMPLEa"}}}
END
printf 'all:\n\ttrue\n' >ws/Makefile
echo 'def f(): pass' >ws/plain.py
echo x >ws/tool
echo x >ws/suid
mkdir mnt
run 0 timeout 30 "$SCRIM" mount ws mnt --name one --git none
cat >script <<'END'
mkdir -p sub/.git/hooks .github/workflows .vscode .idea/runConfigurations \
	.devcontainer .cursor venv/bin node_modules/.bin
echo x >sub/.git/hooks/pre-commit
printf '[core]\n\thooksPath = x\n\tfsmonitor = y\n' >sub/.git/config
echo '*.c filter=evil' >.gitattributes
printf '[submodule "x"]\n\tpath = x\n\turl = ext::sh\n' >.gitmodules
printf '[filter "x"]\n\tclean = sh\n' >.gitconfig
echo on >.github/workflows/ci.yml
echo x >.gitlab-ci.yml
echo x >Jenkinsfile
echo x >.envrc
echo '{}' >.vscode/tasks.json
echo '{}' >.vscode/settings.json
echo '<x/>' >.idea/runConfigurations/x.xml
echo '{}' >.devcontainer/devcontainer.json
printf '{"scripts":{"test":"true","postinstall":"sh x"},"dependencies":{}}\n' \
	>package.json
sed -i 's/registry.example.com/other.example.net/' package-lock.json
echo x >setup.py
echo x >build.rs
printf 'all:\n\tfalse\n' >Makefile
echo x >conftest.py
echo x >.bashrc
echo x >.profile
echo x >AGENTS.md
echo x >CLAUDE.md
echo x >.cursor/rules
echo '{}' >.mcp.json
chmod +x tool
chmod u+s suid
ln -s /etc/passwd out
ln -s ../../x sub/up
printf '\0\1\2' >binary
printf 'aws_secret_access_key = "%s"\n' "$LEAK" >leak.py
printf 'a\342\200\256b\n' >bidi.c
printf 'a\342\200\213b\n' >zero.c
printf 'p\320\260ypal = 1\n' >look.c
printf 'a\033[2Jb\n' >esc.txt
echo '# none' >.scrim.ini
echo x >venv/bin/python
echo fine >harmless.txt
END
(cd mnt && LEAK=$(fake_random 40 1) sh -eu "$tmp/script") || fail "the agent failed"
run 0 timeout 30 "$SCRIM" umount mnt
cat >want <<'END'
.bashrc shell
.cursor/rules agent
.devcontainer/devcontainer.json editor
.envrc editor
.gitattributes git-config
.gitconfig git-config
.github/workflows/ci.yml ci
.gitlab-ci.yml ci
.gitmodules git-config
.idea/runConfigurations/x.xml editor
.mcp.json agent
.profile shell
.scrim.ini policy
.vscode/settings.json editor
.vscode/tasks.json editor
AGENTS.md agent
CLAUDE.md agent
Jenkinsfile ci
Makefile build
bidi.c text
binary binary
build.rs build
conftest.py build
esc.txt text
leak.py secret
look.c text
out link
package-lock.json registry
package.json scripts
setup.py build
sub/.git/config git
sub/.git/hooks/pre-commit git
sub/up link
suid set-id
tool exec
venv/bin/python interpreter
zero.c text
END
cd ws
run 0 "$SCRIM" status --json
python3 - "$tmp/out" ../want <<'END' || fail "a change is not of its class"
import json, sys
have = {c["path"]: {r["class"]: r["level"] for r in c["risk"]}
        for c in json.load(open(sys.argv[1]))["changes"]}
bad = 0
for line in open(sys.argv[2]):
    path, cls = line.split()
    if cls not in have.get(path, {}):
        print(path, "is", have.get(path), "and not", cls)
        bad = 1
if have["harmless.txt"]:
    print("harmless.txt is", have["harmless.txt"])
    bad = 1
sys.exit(bad)
END

# Without a word nothing of it is applied; "all" and --yes are no word for what
# is hard.
run 1 "$SCRIM" apply --yes
[ -e harmless.txt ] || fail "what is harmless was not applied"
for f in .bashrc .envrc .gitattributes .github .mcp.json AGENTS.md out leak.py \
	bidi.c sub/.git .scrim.ini; do
	[ ! -e "$f" ] && [ ! -h "$f" ] || fail "$f was applied"
done
run 1 "$SCRIM" apply --yes --allow all
[ -h out ] && [ -e .envrc ] || fail "--allow all is not all"
[ ! -u suid ] || fail "set-id by --allow all"
[ ! -e sub/.git ] || fail "a .git by --allow all"
run 1 "$SCRIM" apply --yes --allow set-id suid sub
[ -u suid ] || fail "set-id was not applied"
[ ! -e sub/.git/hooks ] || fail "a .git by another class"
run 0 "$SCRIM" apply --yes --allow git,set-id
[ -e sub/.git/hooks/pre-commit ] || fail "git was not applied"
run 2 "$SCRIM" apply --allow git --nonsense
run 1 "$SCRIM" apply --allow nonsense
err_has "there is no class 'nonsense', but all, "
exit 0
