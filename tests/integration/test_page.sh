#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The page of scrim diff --html in a real browser: names, contents and link
# targets that try to be markup run nothing, fetch nothing and look like text.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse python3 chromium

# Keeps a log of what is asked for; the port goes into the file port.
cat >server.py <<'END'
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *a):
        print(self.path, flush=True)
s = http.server.HTTPServer(("127.0.0.1", 0), H)
open("port.new", "w").write(str(s.server_address[1]))
import os
os.rename("port.new", "port")
s.serve_forever()
END
python3 server.py >asked 2>/dev/null &
server=$!
stop() {
	stop_status=$?
	kill "$server" 2>/dev/null || :
	set +e
	(exit "$stop_status")
	cleanup
}
trap stop EXIT
wait_for 10 test -s port || fail "no server"
port=$(cat port)

# dom FILE OUT: what the browser makes of the page, after its scripts have run.
dom() {
	timeout 200 chromium --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync \
		--user-data-dir="$tmp/profile" --virtual-time-budget=3000 \
		--dump-dom "file://$tmp/$1" >"$2" 2>"$tmp/browser"
}

# First that this can fail: a page that does run and fetch is seen to.
cat >control.html <<END
<!DOCTYPE html><title>control</title><p id=p>before</p>
<img src="http://127.0.0.1:$port/control">
<script>document.getElementById("p").textContent = "a script ran"</script>
END
dom control.html control.dom || fail "no browser: $(cat browser)"
grep -q 'a script ran' control.dom || fail "the browser runs no scripts"
wait_for 10 grep -qx /control asked || fail "the browser fetches nothing"

mkdir ws
token=sk_live"_51FAKEfakeFAKEfakeQwErTyUiOpAsDf"
printf 'key = "%s"\nport = 1\n' "$token" >ws/settings.ini
echo FAKE >ws/secret.txt
cat >hostile <<END
</span></pre></body><script>document.title = "owned"</script>
<img src="http://127.0.0.1:$port/img" onerror="document.title='owned'">
<link rel=stylesheet href="http://127.0.0.1:$port/css">
<style>@import url("http://127.0.0.1:$port/import");</style>
<svg onload="document.title='owned'"><iframe src="http://127.0.0.1:$port/frame">
<base href="http://127.0.0.1:$port/"><meta http-equiv=refresh content="0;url=/gone">
&lt;script&gt; ]]> --> <!-- "'\`
END
cp hostile "$tmp/.hostile"
cat >job <<END
cp '$tmp/.hostile' 'content'
mkdir '<img src=x onerror=alert(1)>'
cp content '<img src=x onerror=alert(1)>/"><svg onload=alert(2)>'
ln -s '"><script>document.title="owned"<' 'link<b>'
sed -i 's/port = 1/port = 2/' settings.ini
cat secret.txt 2>/dev/null || :
END
agent one <job
cd ws
run 0 "$SCRIM" diff --html ../page.html
cd ..
: >asked
dom page.html page.dom || fail "the browser failed: $(cat browser)"
grep -q '<title>scrim: one</title>' page.dom || fail "the title is another"
[ ! -s asked ] || fail "fetched: $(cat asked)"
grep -q 'port = 2' page.dom || fail "the change is not in the page"
grep -q 'key = "SCRIM_' page.dom || fail "no mask in the page"
if grep -q FAKEfake page.html; then fail "a secret is in the page"; fi
python3 - page.dom hostile <<'END' || fail "markup came in"
import sys
from html.parser import HTMLParser
tags, text = set(), []
class P(HTMLParser):
    def handle_starttag(self, tag, attrs):
        tags.add(tag)
        assert not [k for k, v in attrs if k.startswith("on") or k in
                    ("src", "href", "style")], attrs
    def handle_data(self, data):
        text.append(data)
P().feed(open(sys.argv[1], encoding="utf-8").read())
assert tags <= {"html", "head", "meta", "title", "style", "body", "h1", "h2",
                "p", "pre", "span"}, tags
shown = "".join(text)
for line in open(sys.argv[2]):
    assert line.rstrip("\n") in shown, line
END
exit 0
