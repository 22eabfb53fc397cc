#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage diff
run 2 "$SCRIM" diff -z
need fuse
need git

mkdir -p ws/dir
seq 20 >ws/lines
echo b >ws/b
echo a >ws/a-touched
printf 'x\r\ny\r\n' >ws/crlf
echo gone >ws/gone
seq 700 | tr '\n' '\0' >ws/bin
ln -s b ws/link
echo FAKE-EXAMPLE >ws/secret.txt
cp -a ws before
agent one <<'END'
sed -i 's/^7$/seven/' lines
chmod +x lines
mv b dir/moved
printf 'x\r\nY\r\n' >crlf
rm gone
touch a-touched
seq 500 | tr '\n' '\0' >bin
ln -sf lines link
printf 'esc \033[31m\n' >"sp ace"
mkdir new
echo n >new/n
cp -a . ../view
rm -f ../view/secret.txt
END
cd ws

run 0 "$SCRIM" diff lines
check_err ""
cat >"$tmp/want" <<END
diff --git a/lines b/lines
old mode 100644
new mode 100755
index $(git hash-object lines)..$(git hash-object ../view/lines)
--- a/lines
+++ b/lines
@@ -4,7 +4,7 @@
 4
 5
 6
-7
+seven
 8
 9
 10
END
diff -u "$tmp/want" "$tmp/out" >&2 || fail "diff of lines"

# What git apply makes of it is what the agent had; with all three forms.
for form in "" --patch --output=../file; do
	rm -rf ../got ../file
	cp -a ../before ../got
	# shellcheck disable=SC2086 # empty for nothing
	run 0 "$SCRIM" diff $form
	[ -f ../file ] || cp "$tmp/out" ../file
	(cd ../got && GIT_DIR=/nonexistent git apply --whitespace=nowarn ../file) ||
		fail "git apply does not take it ($form)"
	rm -f ../got/secret.txt
	same_tree ../got ../view
done
run 0 "$SCRIM" diff
! grep -q "$(printf '\033')" "$tmp/out" || fail "an escape in a pipe"
! grep -q FAKE-EXAMPLE "$tmp/out" || fail "a secret in a diff"

run 0 "$SCRIM" diff --name-status
check_out "M	a-touched
M	bin
M	crlf
R100	b	dir/moved
D	gone
M	lines
M	link
A	new/n
A	sp ace"
run 0 "$SCRIM" diff --name-only -z new "sp ace"
tr '\0' '\n' <"$tmp/out" >"$tmp/names"
check_file "$tmp/names" "new/n
sp ace"
run 0 "$SCRIM" diff --stat
out_has '^ lines          | 2 +-$'
out_has '^ b => dir/moved | 0$'
out_has '^ 9 files changed, '
# In columns, and a bar of many lines is no longer than there is room for.
[ "$(grep ' | ' "$tmp/out" | cut -c1-18 | grep -c ' | $')" = 9 ] ||
	fail "no columns: $(cat "$tmp/out")"
run 0 "$SCRIM" diff --word-diff lines
out_has '^\[-7-\]{+seven+}$'
run 0 "$SCRIM" diff -U0 lines
out_has '^@@ -7 +7 @@$'
run 1 "$SCRIM" diff --output="$tmp/none/x"
err_is_one_line

# On a terminal nothing raw comes through.
if command -v script >/dev/null; then
	TERM=xterm script -qec "\"$SCRIM\" diff --no-pager --color=never" /dev/null \
		>"$tmp/out" </dev/null
	out_has 'esc \\x1b\[31m'
fi

# A page that no name or content can put anything into.
cd ..
agent one <<'END'
mkdir '<img src=x onerror=alert(1)>' '"><script>alert(2)<'
printf '</span></pre><script>alert(3)</script>\n&amp;\033[2J\n' >'<img src=x onerror=alert(1)>/"><svg onload=x>'
echo x >'"><script>alert(2)</x'
END
cd ws
run 0 "$SCRIM" diff --html ../page.html
! grep -qi '<script\|<img\|<svg\|onload=x>' ../page.html || fail "markup came in"
! grep -q "$(printf '\033')" ../page.html || fail "an escape came in"
grep -q '&lt;/span&gt;&lt;/pre&gt;&lt;script&gt;alert(3)' ../page.html ||
	fail "the content is not in the page"
grep -q "default-src 'none'; style-src 'sha256-" ../page.html || fail "CSP"
run 2 "$SCRIM" diff --html x --json

need python3
python3 - ../page.html <<'END' || fail "the style's hash is not its own"
import base64, hashlib, re, sys
from html.parser import HTMLParser
page = open(sys.argv[1], encoding="utf-8").read()
style = re.search("<style>(.*?)</style>", page, re.S).group(1)
digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
assert "'sha256-" + digest + "'" in page
seen = set()
class P(HTMLParser):
    def handle_starttag(self, tag, attrs):
        seen.add(tag)
        assert all(k in ("class", "lang", "charset", "http-equiv", "content",
                         "name") for k, v in attrs), attrs
P().feed(page)
assert seen <= {"html", "head", "meta", "title", "style", "body", "h1", "h2",
                "p", "pre", "span"}, seen
END
run 0 "$SCRIM" diff --json lines
[ "$(json 'd["changes"][0]["added"], d["schema"]')" = \
	"1 scrim.diff/1" ] || fail "json: $(json d)"
run 1 "$SCRIM" diff --stat lines linse ./no/where
err_has 'linse: no change of this session'
err_has './no/where: no change of this session'
check_out ""
# but not what is as it was: scrim diff *
: >untouched
run 0 "$SCRIM" diff --stat lines untouched
out_has lines
rm untouched
cd ..
agent two <<'AGENT'
seq 500 >many
echo 1 >few
AGENT
cd ws
run 0 "$SCRIM" diff --stat --session two
out_has '^ few  |   1 +$'
out_has '^ many | 500 +\{40\}$'
