#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The credential is put in outside: scrim run --net=proxy with mitmproxy and Squid
# against servers of our own, over the loopback alone.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
need fuse userns socat python3 curl openssl mitmdump
squid=$(command -v squid || echo /usr/sbin/squid)
[ -x "$squid" ] || skip "no squid"

proxy=$srcdir/contrib/proxy/scrim-proxy
secret=FAKE-key-$(date +%s)-EXAMPLE
mkdir ws
echo hello >ws/f
printf '%s\n' "$secret" >key
chmod 600 key
pids=''
at_exit() {
	for pid in $pids; do kill "$pid" 2>/dev/null || :; done
}

# A server that notes the credential it was sent, and never shows it.
cat >server.py <<'END'
import http.server, ssl, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[1], "a") as f:
            f.write("%s %s %s\n" % (self.headers.get("Host"), self.path,
                    self.headers.get("Authorization")))
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"served\n")
    def log_message(self, *args):
        pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
if len(sys.argv) > 2:
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(sys.argv[2])
    s.socket = c.wrap_socket(s.socket, server_side=True)
print(s.server_port, flush=True)
s.serve_forever()
END
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=api.example.test \
	-addext subjectAltName=DNS:api.example.test -keyout pair.pem \
	-out server.crt >/dev/null 2>&1
cat server.crt >>pair.pem
python3 server.py "$tmp/plain.log" >plain.port &
pids="$pids $!"
python3 server.py "$tmp/tls.log" pair.pem >tls.port &
pids="$pids $!"
wait_for 10 test -s plain.port || fail "no server"
wait_for 10 test -s tls.port || fail "no server"
plain=$(cat plain.port)
tls=$(cat tls.port)

# inside SCRIPT: in the sandbox, with the proxy alone.
cat >inside <<'END'
exec "$SCRIM" run -q -w ws --net=proxy="$SCRIM_PROXY_SOCKET" \
	${SCRIM_PROXY_CA:+--ca "$SCRIM_PROXY_CA"} -- sh -c "$1"
END

# refused COMMAND...: it fails, with nothing served.
refused() {
	refused_got=0
	"$@" >"$tmp/out" 2>"$tmp/err" || refused_got=$?
	case $refused_got in
	22|56) check_out "" ;;
	*) cat "$tmp/err" >&2
		fail "status $refused_got: $*" ;;
	esac
}

# ---------- mitmproxy: the key goes into HTTPS ----------

with_mitmproxy() {
	"$proxy" -e mitmproxy -l proxy.log -c server.crt \
		-k api.example.test:authorization:key \
		-u "api.example.test=127.0.0.1:$tls" -a other.example.test \
		-u "other.example.test=127.0.0.1:$plain" -- sh inside "$1"
}
run 0 with_mitmproxy 'curl -sS https://api.example.test/v1/x?q=1'
check_out served
grep -q "^api.example.test.* /v1/x?q=1 Bearer $secret\$" tls.log ||
	fail "the server was not sent the key: $(cat tls.log)"
grep -q '"allowed".*"api.example.test".*"/v1/x"' proxy.log || fail "no log"
run 0 with_mitmproxy 'curl -sS http://other.example.test/'
check_out served
! grep -q "$secret" plain.log || fail "the key went to another host"
# every program that looks for certificates in its own way finds the proxy's
cat >ws/node.js <<'END'
const http = require("http"), tls = require("tls");
http.request({ host: "127.0.0.1", port: 3128, method: "CONNECT",
	path: "api.example.test:443" }).on("connect", (reply, socket) => {
	const t = tls.connect({ socket, servername: "api.example.test" }, () => {
		console.log("node " + t.authorized);
		process.exit();
	});
}).end();
END
run 0 with_mitmproxy 'python3 -c "import urllib.request
print(urllib.request.urlopen(\"https://api.example.test/\").read().decode(), end=\"\")"
	git ls-remote https://api.example.test/x.git 2>&1 | grep -o "not valid"
	env | sed -n "s|=/run/scrim/ca.crt$||p" | sort | tr "\n" " "; echo
	! command -v node >/dev/null || node node.js'
sed -i '/^node true$/d' "$tmp/out"
check_out 'served
not valid
CARGO_HTTP_CAINFO CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS PIP_CERT REQUESTS_CA_BUNDLE SSL_CERT_FILE '
# all others are refused and logged
refused with_mitmproxy 'curl -fsS http://evil.example.test/'
grep -q '"refused".*"evil.example.test"' proxy.log || fail "not logged: $(cat *.log)"
refused with_mitmproxy 'curl -fsS https://evil.example.test/'
# nor does a host get the key that only calls itself by the name
: >plain.log
refused with_mitmproxy 'curl -fsS -H "Host: api.example.test" \
	http://other.example.test/'
[ ! -s plain.log ] || fail "a host of another name was asked"
# nothing inside has the key, nor a way past the proxy
run 0 with_mitmproxy 'grep -rs "FAKE-ke[y]" /proc/[0-9]*/environ \
	/proc/[0-9]*/cmdline /run /tmp /etc "$HOME" .; true'
check_out ""
run 7 with_mitmproxy "curl -sS --noproxy '*' http://127.0.0.1:$plain/"
run 6 with_mitmproxy "curl -sS --noproxy '*' http://api.example.test/"
run 0 with_mitmproxy 'echo "$HTTPS_PROXY $NODE_USE_ENV_PROXY"
	echo "$SSL_CERT_FILE"; ls /run/scrim'
out_has '^http://127.0.0.1:3128 1$'
out_has '^/run/scrim/ca.crt$'
echo "ok mitmproxy"

# ---------- the agent's own key is a placeholder ----------

run 0 env ANTHROPIC_API_KEY="$secret" "$proxy" -a x.example.test -- sh -c '
	"$SCRIM" run -q -w ws -p claude-code --net=proxy="$SCRIM_PROXY_SOCKET" \
		-- sh -c "echo \$ANTHROPIC_API_KEY; echo \$ANTHROPIC_BASE_URL"'
check_out "injected-outside-by-the-proxy
http://127.0.0.1:3128"
echo "ok placeholder"

# ---------- Squid: the list, and keys for plain HTTP ----------

with_squid() {
	"$proxy" -e squid -l squid.log -k "api.example.test:authorization:key" \
		-u "api.example.test=127.0.0.1:$plain" -- sh inside "$1"
}
: >plain.log
run 0 with_squid "curl -fsS http://api.example.test:$plain/v1"
check_out served
grep -q "/v1 Bearer $secret\$" plain.log || fail "Squid put in no key"
refused with_squid "curl -fsS http://evil.example.test:$plain/"
grep -q 'TCP_DENIED/403.*evil.example.test' squid.log || fail "not logged: $(cat *.log)"
refused with_squid "curl -fsS https://evil.example.test/"
run 7 with_squid "curl -sS --noproxy '*' http://127.0.0.1:$plain/"
echo "ok squid"

# ---------- a proxy that is not there ----------

run 1 "$SCRIM" run -w ws --net=proxy=/nowhere -- true
err_is_one_line
