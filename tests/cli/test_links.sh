#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Hard links that the agent makes: applied as links, rolled back and undone as such.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse strace python3

# links FILE N: how many names it has.
links() {
	[ "$(stat -c %h "$1")" = "$2" ] ||
		fail "$1 has $(stat -c %h "$1") names, not $2"
}
same_file() {
	[ "$(stat -c %i "$1")" = "$(stat -c %i "$2")" ] || fail "$1 and $2 are not one file"
}

mkdir -p ws/d
echo one >ws/old
echo two >ws/changed
echo three >ws/moved
agent one <<'END'
ln old new
ln old d/new2
echo more >>changed
ln changed also
ln moved link
mv moved elsewhere
echo x >x
ln x x2
END
cp -a ws before
cd ws
run 0 "$SCRIM" status
out_has '^  A  new  (another name of old)$'
run 0 "$SCRIM" status --json
[ "$(json 'sorted((c["path"], c.get("link_to")) for c in d["changes"] if "link_to" in c)[1]')" = \
	"('d/new2', 'old')" ] || fail "json: $(json d)"
run 0 "$SCRIM" apply --dry-run
out_has '^  link      new  (another name of old)$'
out_has '^  link      d/new2  (another name of old)$'

# Killed before all is on disk: nothing is left but what was there.
strace -f -qq -o /dev/null -e inject=syncfs:signal=KILL:when=2 \
	"$SCRIM" apply --yes new d/new2 >/dev/null 2>&1 &&
	fail "it was not killed"
same_file new old
run 0 "$SCRIM" apply --recover
links old 1
cd ..
same_tree ws before
cd ws

# One of two names that were changed: what was chosen, not what is there.
run 0 "$SCRIM" apply --yes also
check_file also 'two
more'
check_file changed two
run 0 "$SCRIM" undo --yes

run 0 "$SCRIM" apply --yes new d/new2
same_file new old
same_file d/new2 old
links old 3
run 0 "$SCRIM" undo --yes
links old 1
cd ..
same_tree ws before

# The old name has become another file's: a copy of that, as for a rename.
agent two <<'END'
ln old new
END
cd ws
echo mine >"$tmp/mine"
mv "$tmp/mine" old
run 0 "$SCRIM" apply --session two --yes
check_file old mine
check_file new mine
links new 1

cd ..
agent three <<'END'
echo x >x
ln x x2
END
cd ws
run 0 "$SCRIM" apply --session three --yes
same_file x x2
run 0 "$SCRIM" status --session three
out_has ': 0 changes'
