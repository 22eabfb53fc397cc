#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scrim review in a real terminal.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse tmux python3

mkdir -p ws/src
seq 40 >ws/lines
echo 'int main(void) { return 0; }' >ws/src/a.c
agent one <<'END'
sed -i 's/^3$/three/;s/^30$/thirty/' lines
sed -i 's/return 0/return 1/' src/a.c
mkdir -p .github/workflows
echo on >.github/workflows/ci.yml
esc=$(printf '\033')
printf 'a\033]0;title\007\033[2Jq\302\2331m\342\200\256b \344\270\255\346\226\207\n' \
	>"na${esc}[31mme"
END

TERM=screen-256color
export TERM
socket=$tmp/tmux
number=0
t() {
	tmux -u -S "$socket" -f /dev/null "$@"
}
stop() {
	stop_status=$?
	t kill-server 2>/dev/null || :
	set +e
	(exit "$stop_status")
	cleanup
}
trap stop EXIT

# start COLUMNS LINES [NAME=VALUE...]: the review in a terminal of that size.
start() {
	start_x=$1 start_y=$2
	shift 2
	# One that is going away would take the next with it: another each time.
	t kill-server 2>/dev/null || :
	number=$((number + 1))
	socket=$tmp/tmux.$number
	t new-session -d -x "$start_x" -y "$start_y" \
		"cd $tmp/ws && env LC_ALL=C.UTF-8 $* '$SCRIM' review; echo over; sleep 60"
	wait_for 20 sees 'scrim review one: '
}
screen() {
	t capture-pane -p >"$tmp/screen"
}
sees() {
	screen
	grep -q -e "$1" "$tmp/screen"
}
# want REGEX: comes onto the screen.
want() {
	wait_for 10 sees "$1" || {
		cat "$tmp/screen" >&2
		fail "not on the screen: $1"
	}
}

start 80 24
want '^> !A  .github/workflows/ci.yml  *3B$'
want '^> *@@ -0,0 +1,1 @@  hunk 1 of 1'
[ "$(wc -l <screen)" -le 24 ] || fail "more than 24 lines"
[ "$(awk 'length > 80' screen)" = "" ] || fail "wider than 80"

# Hostile names and contents, wide characters.
want 'dangerous change'
t send-keys j
want '^y take  n leave '
want '^ na\\x1b\[31mme$'
want 'a\\x1b\]0;title\\x07\\x1b\[2Jq<U+009B>1m<U+202E>b 中文$'
[ "$(t display-message -p '#{pane_title}')" != title ] || fail "the title was set"

# Keys of all kinds, and a search.
t send-keys / lines Enter
want '^> *M  lines'
t send-keys Escape Enter
want '^> *@@ -1,6 +1,6 @@  hunk 1 of 2'
t send-keys y
want '^ y @@ -1,6 +1,6 @@'
want '1 in part'
t send-keys Down Down Down Down Space
t send-keys Tab u
want 'undone: lines'
t send-keys '?'
want 'take this hunk and all after it'
t send-keys q
want '^> *~ M  lines\|^>~ M  lines'

# A change of size, down to nearly nothing, and up to side by side.
t resize-window -x 30 -y 8
want '^ scrim review one'
t resize-window -x 200 -y 60
want '| lines$'
t send-keys '|'
want ' 3 -3  *|y  *3 +three'
t send-keys q
want 'apply what is taken to the workspace'
t send-keys Escape
want '| lines'
t send-keys Q
want '^scrim: kept: 0 taken, 1 in part'
want '^over$'

# An open review keeps nobody from the session, and shows what it was; what it
# reads is not swept away by others.
start 80 24
want '^> !A  .github/workflows/ci.yml'
run 0 "$SCRIM" status -s one
run 1 "$SCRIM" review -s one --script /dev/null
err_has 'another review of the session is open'
agent one <<'END'
sed -i 's/^30$/other/;s/^thirty$/other/' lines
rm src/a.c
END
run 0 "$SCRIM" apply -s one --yes src
[ ! -e ws/src/a.c ] || fail "not applied while the review is open"
t send-keys / lines Enter Escape Enter G
want '+thirty$'
t send-keys Escape / a.c Enter Escape
want '+int main(void) { return 1; }$'
t send-keys Q
want '^over$'
[ ! -e "$(echo "$XDG_STATE_HOME"/scrim/sessions/*/snap)" ] ||
	fail "a sealed copy is left"
echo 'int main(void) { return 0; }' >ws/src/a.c
agent one <<'END'
sed -i 's/^other$/thirty/' lines
sed -i 's/return 0/return 1/' src/a.c
END

# 200x60, the mouse, and no colour.
start 200 60 NO_COLOR=1
want '| lines\|| .github/workflows/ci.yml'
screen
[ "$(wc -l <screen)" -le 60 ] || fail "more than 60 lines"
# A press and a release of the first button on row 3 (the second of the list).
t send-keys -H 1b 5b 4d 20 25 23
want '| na\\x1b\[31mme'
t capture-pane -p -e >colours
if grep -q "$(printf '\033\\[[0-9;]*3[0-7]m')" colours; then
	fail "colours in spite of NO_COLOR"
fi
t send-keys / a.c Enter Escape
want '+int main(void) { return 1; }$'
t capture-pane -p -e >colours
grep -q "$(printf '\033\\[4m1\033\\[')" colours ||
	fail "the changed word is not marked"
t send-keys C-c
want '^over$'

# Not UTF-8: escapes in place of what cannot be shown.
start 80 24 LC_ALL=C
want 'dangerous change'
t send-keys j
want '<U+202E>b <U+4E2D><U+6587>$'
t send-keys Q
want '^over$'

# An editor, and the screen after it.
cat >edit <<'END'
#!/bin/sh
sed -i 's/^+three$/+drei/' "$1"
END
chmod +x edit
start 80 24 EDITOR="$tmp/edit"
t send-keys / lines Enter Escape Enter g e
want '+drei$'
t send-keys Q
want '^over$'
t kill-server

# What goes to the terminal, byte by byte; also when the terminal goes away.
cat >raw.py <<'END'
import os, pty, select, sys, time
# what comes onto the screen before the next key is pressed
steps = [(b"scrim review one", b"j"), (b"U+202E", b"j"), (b"", b"/lines\n"),
         (b"hunk 1 of 2", b"\x1b"), (b"", b"Y"), (b"", b"?"),
         (b"take this hunk", b"q"), (b"", b"")]
pid, fd = pty.fork()
if not pid:
    os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", NO_COLOR="1")
    os.execv(sys.argv[1], [sys.argv[1], "review"])
out = b""
for seen, keys in steps:
    begin, end = len(out), time.time() + 60
    while time.time() < end:
        if select.select([fd], [], [], 0.4)[0]:
            out += os.read(fd, 65536)
        elif seen in out[begin:]:
            break
    else:
        sys.exit("not on the screen: %r: %r" % (seen, out[begin:]))
    if keys:
        os.write(fd, keys)
os.close(fd)
for _ in range(600):
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        break
    time.sleep(0.1)
else:
    os.kill(pid, 9)
    sys.exit("it does not end when its terminal has gone")
for bad in [b"\xc2\x9b", b"\xe2\x80\xae", b"\x07", b"\x1b]", b"\x1b[31m"]:
    if bad in out:
        sys.exit("raw bytes on the terminal: %r" % bad)
if b"scrim review one" not in out:
    sys.exit("no screen: %r" % out[:200])
END
cd ws
python3 ../raw.py "$SCRIM" || fail "raw bytes"
run 0 "$SCRIM" review --text -
printf '<dump>' >../k
run 0 "$SCRIM" review --script ../k
out_has '1 taken'
exit 0
