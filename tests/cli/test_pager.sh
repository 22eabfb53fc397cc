#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which pager gets the output on a terminal, as git chooses it, but from the
# user's own configuration alone.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse git python3

git init -q ws
echo a >ws/a
agent one <<'END'
echo b >a
END
cat >onpty.py <<'END'
import os, pty, select, sys
pid, fd = pty.fork()
if not pid:
    os.environ["TERM"] = "xterm"
    os.chdir("ws")
    os.execv(sys.argv[1], sys.argv[1:])
out = b""
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
sys.stdout.buffer.write(out.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
on_tty() {
	run 0 python3 onpty.py "$SCRIM" "$@"
}

mkdir -p "$HOME"
PAGER='sed s/^/pager:/'
export PAGER
on_tty diff
out_has '^pager:.*+b'
git config --global core.pager 'sed s/^/global:/'
git -C ws config core.pager "touch $tmp/evil; cat"
on_tty diff
out_has '^global:.*+b'
# A pager that paints, as delta, gets what git would give it.
out_has "$(printf '\033\\[1mdiff --git a/a b/a')"
GIT_PAGER='sed s/^/git:/'
export GIT_PAGER
on_tty status
out_has '^git:session .*one'
on_tty diff --no-pager
out_has '+b'
if grep -q 'git:' "$tmp/out"; then fail "a pager in spite of --no-pager"; fi
GIT_PAGER='cat'
on_tty diff
out_has '+b'
GIT_PAGER='exit 3'
on_tty status
[ ! -e evil ] || fail "the pager of the workspace's configuration ran"
GIT_PAGER='sed s/^/git:/'
(cd ws && "$SCRIM" diff >../out)
if grep -q 'git:' "$tmp/out"; then fail "a pager without a terminal"; fi
exit 0
