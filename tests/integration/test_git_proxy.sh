#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/proxy/git: git's remotes with the token outside. A forge of our own wants
# a token; from inside the sandbox fetch and push work by the URL as it is, and the
# token is nowhere; refs that are not on the list are refused.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
need fuse userns socat git python3
lighttpd=$(command -v lighttpd || echo /usr/sbin/lighttpd)
[ -x "$lighttpd" ] || skip "no lighttpd"
srcdir=$(cd "$srcdir" && pwd)
tools=$srcdir/contrib/proxy/git
GIT_CONFIG_GLOBAL=$tmp/gitconfig
export GIT_CONFIG_GLOBAL
git config --file "$tmp/gitconfig" user.name A
git config --file "$tmp/gitconfig" user.email a@example.test
git config --file "$tmp/gitconfig" init.defaultBranch main
git config --file "$tmp/gitconfig" advice.detachedHead false

# ---------- a forge that wants a token ----------

token=FAKE-EXAMPLE-token-$$
printf '%s\n' "$token" >token
chmod 600 token
git init -q --bare forge/app.git
git -C forge/app.git config http.receivepack true
git -C forge/app.git config gc.auto 0
cat >forge.cgi <<END
#!/bin/sh
want="Basic \$(printf 'x-access-token:$token' | base64)"
if [ "\${HTTP_AUTHORIZATION:-}" != "\$want" ]; then
	printf 'Status: 401 Who is it\r\nWWW-Authenticate: Basic realm=x\r\n\r\n'
	exit 0
fi
export PATH=/usr/bin:/bin HOME=/nonexistent REMOTE_USER=a
export GIT_PROJECT_ROOT=$tmp/forge GIT_HTTP_EXPORT_ALL=1
export GIT_PROTOCOL="\${HTTP_GIT_PROTOCOL:-}"
exec git http-backend
END
chmod +x forge.cgi
port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
cat >forge.conf <<END
server.modules = ( "mod_alias", "mod_cgi" )
server.bind = "127.0.0.1"
server.port = $port
server.document-root = "$tmp/forge"
server.upload-dirs = ( "$tmp" )
server.errorlog = "$tmp/forge.log"
alias.url = ( "/" => "$tmp/forge.cgi/" )
cgi.assign = ( "" => "" )
END
"$lighttpd" -D -f forge.conf >>forge.log 2>&1 &
forge=$!
at_exit() {
	kill $forge
}
answers() {
	socat -u OPEN:/dev/null "TCP:127.0.0.1:$port" 2>/dev/null
}
wait_for 10 answers || fail "no forge: $(cat forge.log)"
url=http://127.0.0.1:$port/app.git

git init -q ws
cd ws
echo hello >f
git add f
git commit -qm one
git push -q "$tmp/forge/app.git" main
git -C ../forge/app.git branch release
git remote add origin "$url"
cd ..
! git ls-remote "$url" </dev/null >/dev/null 2>&1 || fail "the forge wants nothing"

# gate SCRIPT: in the sandbox, on a view of ws, with the gate alone.
cat >inside <<'END'
exec "$SCRIM" run -q -w ws --also-ro "$TOOLS" $SCRIM_GIT_OPTIONS \
	-e GIT_AUTHOR_NAME=A -e GIT_AUTHOR_EMAIL=a@example.test \
	-e GIT_COMMITTER_NAME=A -e GIT_COMMITTER_EMAIL=a@example.test \
	-- sh -c "$1"
END
gate() {
	TOOLS=$tools "$tools/scrim-git" -r "app=$url" -k app=token \
		-p 'app=refs/heads/agent/*' -l gate.log -d mirrors -- \
		sh inside "$1"
}

# ---------- fetch ----------

run 0 gate 'git ls-remote origin | cut -f 2'
check_out 'HEAD
refs/heads/main
refs/heads/release'
echo two >other
git clone -q forge/app.git second
(cd second && echo two >f && git commit -qam two && git push -q origin main)
run 0 gate 'git fetch -q origin && git show origin/main:f; cd /tmp
	git clone -q '"$url"' c && cat c/f'
check_out 'two
two'
echo "ok fetch"

# ---------- the token is nowhere, and there is no other way ----------

run 0 gate 'grep -rs "FAKE-EXAMPLE-toke[n]" /proc/[0-9]*/environ /etc /run /tmp \
	/proc/[0-9]*/cmdline "$HOME" . && exit 9; git config -l; env; true'
! grep -q "$token" out || fail "the token is inside"
run 128 gate "GIT_CONFIG_COUNT=0 git ls-remote $url"
err_has 'Failed to connect\|Could.* connect'
for path in app.git/HEAD app.git/objects/info/packs app.git/config \
	'app.git/info/refs?service=git-upload-archive' ../etc/passwd \
	'app.git/info/refs' other.git/info/refs?service=git-upload-pack \
	'%2e%2e/forge/app.git/info/refs?service=git-upload-pack'; do
	if command -v curl >/dev/null; then
		run 22 gate "curl -sS -f --path-as-is 'http://git.scrim/$path'"
	fi
done
echo "ok the token is nowhere"

# ---------- push: what is on the list, forward, and what the forge takes ----------

commit='cd /tmp && git clone -q '"$url"' c && cd c && echo new >n && git add n &&
	git commit -qm three &&'
run 0 gate "$commit git push -q origin HEAD:refs/heads/agent/x HEAD:refs/heads/agent/y"
[ "$(git -C forge/app.git show agent/x:n)" = new ] || fail "it did not get there"
git -C forge/app.git show-ref -q agent/y || fail "not both"
run 1 gate "$commit git push origin HEAD:main"
err_has 'refused: refs/heads/main may not be pushed'
run 1 gate "$commit git push origin HEAD:refs/heads/agent/z HEAD:refs/heads/main"
! git -C forge/app.git show-ref -q agent/z || fail "half of a push"
run 1 gate "$commit git push origin :refs/heads/agent/y"
err_has 'may not be deleted'
run 1 gate "$commit git commit -q --amend -m four && git push -f origin \
	HEAD~1:refs/heads/agent/x"
err_has 'may only go forward'
printf '#!/bin/sh\necho no thanks >&2\nexit 1\n' >forge/app.git/hooks/update
chmod +x forge/app.git/hooks/update
run 1 gate "$commit git push origin HEAD:refs/heads/agent/w"
err_has 'the real repository does not take it'
rm forge/app.git/hooks/update
run 0 gate 'git ls-remote origin refs/heads/agent/w'
check_out ''
run 1 env TOOLS="$tools" "$tools/scrim-git" -r "app=$url" -k app=token -- \
	sh inside "$commit git push origin HEAD:refs/heads/agent/v || exit 1"
! git -C forge/app.git show-ref -q agent/v || fail "pushed without a list"
! grep -q "$token" gate.log || fail "the token is in the log"
grep -q 'git-receive-pack' gate.log || fail "no log"
echo "ok push"

# ---------- the same as tools ----------

cat >requests <<END
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"list_refs","arguments":{}}}
{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"fetch","arguments":{"ref":"refs/heads/agent/x"}}}
{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"push","arguments":{"revision":"scrim/agent/x","ref":"refs/heads/agent/m"}}}
{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"push","arguments":{"revision":"main","ref":"refs/heads/main"}}}
{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"push","arguments":{"revision":"--exec=x","ref":"refs/heads/agent/m"}}}
{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"fetch","arguments":{"ref":"--upload-pack=x"}}}
{"jsonrpc":"2.0","id":9,"method":"resources/list"}
nonsense
{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"push","arguments":{}}}
END
cp requests ws/.requests
run 0 gate 'python3 "'"$tools"'/mcp.py" --repository app --push "refs/heads/agent/*" <.requests'
python3 - out <<'END' || fail "$(cat out err)"
import json, sys
got = {}
for line in open(sys.argv[1]):
    m = json.loads(line)
    assert m["jsonrpc"] == "2.0"
    got[m["id"]] = m
assert len(got) == 11, sorted(map(str, got))
assert got[1]["result"]["serverInfo"]["name"] == "scrim-git"
assert [t["name"] for t in got[2]["result"]["tools"]] == \
    ["list_refs", "fetch", "push"]
def text(i, failed):
    assert got[i]["result"]["isError"] is failed, got[i]
    return got[i]["result"]["content"][0]["text"]
assert "refs/heads/main" in text(3, False)
assert "refs/remotes/scrim/agent/x" in text(4, False)
text(5, False)
assert "may not be pushed" in text(6, True)
assert "not a revision" in text(7, True)
assert "not a ref" in text(8, True)
assert got[9]["error"]["code"] == -32601
assert got[None]["error"]["code"] == -32700
assert "takes: ref, revision" in text(10, True)
END
[ "$(git -C forge/app.git show agent/m:n)" = new ] || fail "the tool's push"
echo "ok tools"

# ---------- behind scrim-proxy, which has the socket then ----------

if command -v mitmdump >/dev/null; then
	cat >both <<'END'
	exec "$SCRIM" run -q -w ws --net=proxy="$SCRIM_PROXY_SOCKET" \
		$SCRIM_GIT_REMOTES -- sh -c "$1"
END
	run 0 "$tools/scrim-git" -t -r "app=$url" -k app=token -- sh -c \
		'"$0"/../scrim-proxy -a git.scrim \
			-u git.scrim=127.0.0.1:"$SCRIM_GIT_PORT" -- sh both \
			"git ls-remote -q origin main"' "$tools"
	out_has 'refs/heads/main'
	echo "ok behind scrim-proxy"
fi
