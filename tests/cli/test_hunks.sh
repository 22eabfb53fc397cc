#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --hunks of apply and discard: by number, and asked for on a terminal.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse python3

mkdir ws
seq 60 >ws/lines
seq 60 >ws/more
seq 20 >ws/seven
printf 'a\nb\n' >ws/gone
printf '\0\1' >ws/bin
seq 40 >ws/over:1
agent one <<'END'
sed -i 's/^3$/three/;s/^5$/five/;s/^30$/thirty/;s/^55$/fiftyfive/' lines
sed -i 's/^3$/three/;s/^30$/thirty/' more
sed -i 's/^7$/seven/' seven
chmod 755 seven
rm gone
printf '\0\2' >bin
printf 'new\n' >new
sed -i 's/^2$/two/;s/^35$/thirtyfive/' over:1
END
cd ws

# The numbers, and what is no number.
run 0 "$SCRIM" diff --hunks lines
out_has '^@@ -52,7 +52,7 @@ hunk 3$'
git apply --check "$tmp/out" 2>/dev/null || fail "git apply does not take it"
run 2 "$SCRIM" diff --hunks -U1
run 2 "$SCRIM" apply --hunks --chosen
run 1 "$SCRIM" apply --yes --hunks lines:4
err_has '^scrim: lines: there is no number 4, the last is 3$'
run 1 "$SCRIM" apply --yes --hunks bin:1
err_has '^scrim: bin: it has no hunks; '
run 1 "$SCRIM" apply --yes --hunks gone:1
err_has '^scrim: gone: it was deleted, '
run 1 "$SCRIM" apply --yes --hunks none:1
err_has '^scrim: none: the agent changed nothing there; '
run 1 "$SCRIM" apply --yes --hunks lines </dev/null
err_has '^scrim: --hunks asks on a terminal; '
err_is_one_line
run 1 "$SCRIM" apply --yes --hunks lines:x </dev/null
seq 60 | diff -u - lines || fail "something was applied"

# What is named is applied, the rest stays a change.
run 0 "$SCRIM" apply --dry-run --hunks lines:1,3
out_has '^  write     lines$'
out_has '^1 to apply$'
run 0 "$SCRIM" apply --yes --hunks lines:1,3
seq 60 | sed 's/^3$/three/;s/^5$/five/;s/^55$/fiftyfive/' | diff -u - lines ||
	fail "not what was named"
run 0 "$SCRIM" diff --hunks lines
out_has '^+thirty$'
[ "$(grep -c '^@@' "$tmp/out")" = 1 ] || fail "too much is left"
run 0 "$SCRIM" undo --yes
seq 60 | diff -u - lines || fail "not undone"
run 0 "$SCRIM" undo --yes 2

# A name that ends like numbers is a name; with numbers behind it is one, too.
run 0 "$SCRIM" apply --yes --hunks over:1:2-
seq 40 | sed 's/^35$/thirtyfive/' | diff -u - over:1 || fail "over:1"
run 0 "$SCRIM" apply --patch ../p --hunks lines:1
[ "$(grep -c '^@@' ../p)" = 1 ] || fail "not the patch of a hunk"

# discard: the rest stays; of a change of mode, too, the mode stays.
run 0 "$SCRIM" discard --yes --hunks more:1
check_out "dropped 1 change"
run 0 "$SCRIM" diff more
if grep -q three "$tmp/out"; then fail "the hunk is there still"; fi
out_has '^+thirty$'
run 0 "$SCRIM" discard --yes --hunks seven:1
run 0 "$SCRIM" diff seven
out_has '^new mode 100755$'
if grep -q '^+seven' "$tmp/out"; then fail "the content is there still"; fi
run 0 "$SCRIM" discard --yes --hunks new:1
run 0 "$SCRIM" status
if grep -q ' new$' "$tmp/out"; then fail "the new file is there still"; fi
run 1 "$SCRIM" discard --hunks lines:1 </dev/null
err_has 'nothing was dropped; --yes does it'
cd ..
agent one <<'END'
grep -qx thirty lines
grep -qx thirty more && grep -qx 3 more
[ ! -e new ] && grep -qx 3 lines && grep -qx 7 seven && [ -x seven ]
sed -i 's/^3$/three/;s/^7$/seven/;s/^9$/nine/' lines
END

# On a terminal.
cat >ask.py <<'END'
import os, pty, re, select, sys
answers = sys.argv[1].split(",")
pid, fd = pty.fork()
if not pid:
    os.environ["TERM"] = "dumb"
    os.chdir("ws")
    os.execv(sys.argv[2], sys.argv[2:])
out, seen = b"", 0
while True:
    try:
        if not select.select([fd], [], [], 100)[0]:
            sys.exit("it waits: %r" % out)
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    out += data
    asked = len(re.findall(rb"\]\? |\[y/N\] ", out))
    while seen < asked and answers:
        seen += 1
        os.write(fd, answers.pop(0).encode() + b"\n")
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(out.replace(b"\r\n", b"\n"))
sys.exit(status)
END
cat >edit <<'END'
#!/bin/sh
sed -i 's/^+seven$/+sieben/' "$1"
END
chmod +x edit
EDITOR=$tmp/edit
export EDITOR
# The first hunk of lines is split into two, seven and nine.
run 0 python3 ask.py '?,s,e,j,k,n,n,y' "$SCRIM" apply --hunks lines
out_has '^(1/[0-9]) Apply this hunk \[y,n,q,a,d,s,e,j,k,?\]? '
out_has '^q - leave this hunk and all that follow'
out_has 'split into 2 hunks'
seq 60 | sed 's/^3$/three/;s/^5$/five/;s/^55$/fiftyfive/;s/^7$/sieben/' | diff -u - ws/lines ||
	fail "not what was answered"

# A whole change; q ends the questions, and no yes means nothing.
run 0 python3 ask.py y,q,y "$SCRIM" apply --hunks bin gone
out_has 'Apply this change as a whole \[y,n,q\]? '
out_has 'Apply this removal \[y,n,q\]? '
[ -e ws/gone ] || fail "gone was removed"
printf '\0\2' | cmp - ws/bin || fail "bin was not applied"
run 1 python3 ask.py n,n,n,n,n,n,n,n,n "$SCRIM" apply --hunks
out_has 'no hunk was taken'
[ -e ws/gone ] || fail "gone was removed"
run 1 python3 ask.py "$(printf '\004')" "$SCRIM" apply --hunks lines

run 0 python3 ask.py a,y "$SCRIM" discard --hunks lines
out_has 'Discard this hunk \[y,n,q,a,d,s,j,k,?\]? '
run 0 "$SCRIM" status -s one
if grep -q ' lines$' "$tmp/out"; then fail "lines is a change still"; fi
exit 0
