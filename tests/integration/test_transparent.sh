#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/proxy/scrim-netns: a program that knows of no proxy gets to the proxy all
# the same, and to nothing else. All in a network namespace of the test's own.
# shellcheck disable=SC2016
if [ "$(id -u)" = 0 ] && [ -z "${OWN_NETWORK:-}" ]; then
	PATH=$PATH:/usr/sbin:/sbin
	OWN_NETWORK=yes
	export PATH OWN_NETWORK
	exec unshare -n -m sh "$0" "$@"
fi
. "${srcdir:-.}/tests/lib.sh"
if [ "$(id -u)" != 0 ]; then
	echo "SKIP: only root can make a namespace with a way out" >&2
	exit 77
fi
need fuse userns socat python3 curl openssl mitmdump nft ip setpriv
srcdir=$(cd "$srcdir" && pwd)
ip link set lo up
nft list tables >/dev/null 2>nft.log || skip "no nftables: $(cat nft.log)"

secret=FAKE-key-$(date +%s)-EXAMPLE
printf '%s\n' "$secret" >key
mkdir ws
echo hello >ws/f
cat >server.py <<'END'
import http.server, ssl, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[1], "a") as f:
            f.write("%s %s %s\n" % (self.headers.get("Host"), self.path,
                    self.headers.get("Authorization")))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served\n")
    def log_message(self, *args):
        pass
s = http.server.ThreadingHTTPServer(("0.0.0.0", 0), H)
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
pids=$!
python3 server.py "$tmp/tls.log" pair.pem >tls.port &
pids="$pids $!"
at_exit() {
	for pid in $pids; do kill "$pid" 2>/dev/null || :; done
}
wait_for 10 test -s plain.port || fail "no server"
wait_for 10 test -s tls.port || fail "no server"

cat >inside <<'END'
exec "$SCRIM" run -q -w ws --net=host -e SCRIM_PROXY_PORT \
	--ca "$SCRIM_PROXY_CA" -- sh -c "$1"
END
within() {
	"$srcdir/contrib/proxy/scrim-netns" -l proxy.log -c server.crt \
		-k api.example.test:authorization:key \
		-u "api.example.test=127.0.0.1:$(cat tls.port)" \
		-a plain.example.test \
		-u "plain.example.test=127.0.0.1:$(cat plain.port)" -- sh inside "$1"
}

# ---------- programs that know of no proxy ----------

run 0 within 'env | grep -i _proxy=; curl -sS https://api.example.test/v1'
check_out served
grep -q "^api.example.test.* /v1 Bearer $secret\$" tls.log ||
	fail "no key: $(cat tls.log)"
run 0 within 'curl -sS http://plain.example.test/'
check_out served
run 0 within 'python3 -c "import urllib.request
print(urllib.request.urlopen(\"https://api.example.test/py\").read().decode(), end=\"\")"'
check_out served
echo "ok transparent"

# ---------- other hosts, whatever is said of them ----------

run 22 within 'curl -sSf http://evil.example.test/'
grep -q '"refused".*"evil.example.test"' proxy.log || fail "$(cat proxy.log)"
run 22 within 'curl -sSf https://evil.example.test/'
run 22 within 'curl -sSf http://192.0.2.7/'
: >plain.log
: >tls.log
run 22 within 'curl -sSf -H "Host: api.example.test" https://evil.example.test/'
run 22 within 'curl -sSf -H "Host: evil.example.test" https://api.example.test/'
[ ! -s plain.log ] && [ ! -s tls.log ] || fail "asked: $(cat plain.log tls.log)"
echo "ok refused"

# ---------- other ports, other protocols, the machine itself ----------

host='$(ip route 2>/dev/null | sed -n "s/default via \([^ ]*\).*/\1/p")'
for to in "192.0.2.7:22" "192.0.2.7:8443" "$host:$(cat plain.port)" \
	"$host:\$SCRIM_PROXY_PORT" "127.0.0.1:$(cat plain.port)"; do
	run 0 within "timeout 2 curl -s -o /dev/null http://$to/ && echo reached $to; true"
	check_out ''
done
run 0 within 'python3 - <<END
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.sendto(b"x" * 40, ("192.0.2.7", 123))
try:
    s.recv(10)
    print("answered")
except OSError:
    pass
END
getent ahosts no.such.name.example.test | sed -n "1s/ .*//p"'
check_out 198.18.255.254
! grep -q "$secret" proxy.log || fail "the key is in the log"
run 0 within 'grep -rs "FAKE-ke[y]" /proc/[0-9]*/environ /proc/[0-9]*/cmdline \
	/run /tmp /etc "$HOME" .; true'
check_out ""
[ -z "$(ip netns list)" ] && [ -z "$(nft list tables)" ] || fail "left over"
echo "ok no other way"

# ---------- as somebody else ----------

chmod 755 "$tmp"
run 0 "$srcdir/contrib/proxy/scrim-netns" -U daemon -a plain.example.test \
	-u "plain.example.test=127.0.0.1:$(cat plain.port)" -- sh -c '
	[ -r "$SCRIM_PROXY_CA" ] && id -un; curl -sS http://plain.example.test/'
check_out 'daemon
served'
echo "ok another user"
