#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/agents: what hooks into agents, shells, git and editors works by what
# those document: events and commands exist, and what is run runs.
# shellcheck disable=SC1091,SC2016
. "${srcdir:-.}/tests/lib.sh"
need fuse userns git python3 bash
agents=$srcdir/contrib/agents
mkdir "$tmp/bin"
ln -s "$SCRIM" "$tmp/bin/scrim"
PATH=$tmp/bin:$PATH

git init -q ws
cd ws
git config user.email a@example.test
git config user.name A
echo hello >f
git add f
git commit -qm one
fake=$(printf 'ghp_%s%s' 9fK2mQx7Lr4TzV8b Np1WcY6Hd3Sj5GaE0uXo)
echo "TOKEN=$fake" >.env

# ---------- Claude Code ----------

python3 - "$agents/claude-code" <<'END'
import json, os, sys
d = sys.argv[1]
plugin = json.load(open(d + "/.claude-plugin/plugin.json"))
assert plugin["name"] == "scrim"
events = {"PreToolUse", "PostToolUse", "Notification", "UserPromptSubmit",
          "Stop", "SubagentStop", "PreCompact", "SessionStart", "SessionEnd"}
for name in ("hooks/hooks.json", "settings.json"):
    hooks = json.load(open(d + "/" + name))["hooks"]
    assert hooks and set(hooks) <= events, name
    for groups in hooks.values():
        for group in groups:
            for hook in group["hooks"]:
                assert hook["type"] == "command" and hook["command"]
text = open(d + "/commands/scrim-status.md").read()
head = text.split("---")[1]
assert "description:" in head and "allowed-tools:" in head
END
# hook COMMAND: as Claude Code runs one: by a shell, with the event on stdin.
hook='echo "{\"hook_event_name\":\"SessionStart\",\"source\":\"startup\"}" |
	CLAUDE_PLUGIN_ROOT="/plugin" sh -c "$(python3 -c "import json
print(json.load(open(\"/plugin/hooks/hooks.json\"))[\"hooks\"][\"SessionStart\"][0][\"hooks\"][0][\"command\"])")"'
ln -s "$agents/claude-code" "$tmp/plugin"
plugin=$(printf '%s' "$hook" | sed "s|/plugin|$agents/claude-code|g")
run 0 sh -c "$plugin"
check_out ""
cp -R "$agents/claude-code" "$tmp/shown"
chmod -R go+rX "$tmp/shown"
inside=$(printf '%s' "$hook" | sed "s|/plugin|$tmp/shown|g")
run 0 scrim run -q --also-ro "$tmp/shown" -- sh -c "$inside"
out_has 'view made by scrim (session [a-z0-9]*)'
run 0 scrim run -q -- sh -c "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["hooks"]["SessionStart"][0]["hooks"][0]["command"])' \
	"$agents/claude-code/settings.json")"
out_has 'view made by scrim (session [a-z0-9]*)'
mkdir ../view
run 0 scrim mount -n plain . ../view
run 0 sh -c "cd ../view && $plugin"
out_has 'view made by scrim (session [a-z0-9]*)'
run 0 scrim umount ../view
echo "ok claude code"

# ---------- a shell, and git's aliases ----------

for shell in sh bash; do
	run 0 "$shell" -c '. "$1"; cd sub 2>/dev/null || :
		agent sh -c "echo $1 >>made-by; cat f"' "$shell" \
		"$agents/shell/scrim.sh"
	out_has '^hello$'
	run 0 "$shell" -c '. "$1"; agent_status' "$shell" \
		"$agents/shell/scrim.sh"
	out_has made-by
done
git config include.path "$agents/git/gitconfig"
mkdir -p sub
(
	cd sub
	run 0 git agent sh -c 'echo "two words" >"$1"; cat f' x by-git
	out_has '^hello$'
	run 0 git agent-status
	out_has by-git
	run 0 git agent-diff
	out_has '^+two words$'
) || exit 1
[ ! -e by-git ] || fail "written to the workspace"
run 0 git agent-apply --yes
check_file by-git 'two words'
echo "ok shell and git"

# ---------- before a commit ----------

cp "$agents/git/pre-commit" .git/hooks/pre-commit
git add by-git
run 0 git commit -m two
cp .env settings.py
git add settings.py
run 1 git commit -m three
! grep -q "$fake" "$tmp/out" "$tmp/err" || fail "the hook shows the secret"
[ "$(git log --oneline | wc -l)" = 2 ] || fail "the secret is committed"
echo "ok pre-commit"

# ---------- editors and systemd ----------

python3 - "$agents/editors/tasks.json" <<'END'
import json, re, sys
tasks = json.load(open(sys.argv[1]))
assert tasks["version"] == "2.0.0"
for task in tasks["tasks"]:
    assert task["label"].startswith("scrim: ") and task["command"] == "scrim"
scan = [t for t in tasks["tasks"] if t["args"] == ["scan"]][0]
open("pattern", "w").write(scan["problemMatcher"]["pattern"]["regexp"])
END
got=0
scrim scan --color=never >"$tmp/out" || got=$?
[ $got = 1 ] || fail "scan: $got"
python3 - "$tmp/out" <<'END'
import re, sys
pattern = re.compile(open("pattern").read())
lines = [l for l in open(sys.argv[1]) if ".env" in l or "settings.py" in l]
assert any(pattern.match(l) for l in lines), lines
END
grep -q '"ScrimReview"' "$agents/editors/scrim.lua" || fail "scrim.lua"
if command -v nvim >/dev/null; then
	nvim --headless -u "$agents/editors/scrim.lua" \
		-c 'if exists(":ScrimReview") != 2 | cquit | endif' -c quit ||
		fail "scrim.lua does not load"
else
	echo "no nvim here: scrim.lua is not loaded" >&2
fi
unit="$agents/systemd/scrim-view@.service"
for key in EnvironmentFile ExecStart ExecStop WantedBy; do
	grep -q "^$key=." "$unit" || fail "the unit has no $key"
done
# what it starts, as systemd would, with the variables of its file
start=$(sed -n "s/^ExecStart=\/bin\/sh -c '\(.*\)' %i.*/\1/p" "$unit")
stop=$(sed -n "s/^ExecStop=\/bin\/sh -c '\(.*\)' .*/\1/p" "$unit")
for round in first second; do
	sh -c "$start" weeks "$PWD" "$tmp/view" &
	pid=$!
	wait_for 10 test -e "$tmp/view/f" || fail "the unit's view, $round"
	[ "$round" = first ] || check_file "$tmp/view/kept" kept
	echo kept >"$tmp/view/kept"
	sh -c "$stop" "$tmp/view"
	wait $pid || fail "the unit's view ended badly"
done
echo "ok editors and systemd"
