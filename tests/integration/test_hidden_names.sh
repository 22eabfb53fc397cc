#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What is a secret by its name, in every spelling and copy: rows 19, 22, 23, 58.
. "${srcdir:-.}/tests/lib.sh"

need fuse
mkdir ws mnt ws/sub
canary='canary-FAKE-0000'

plant() {
	mkdir -p "ws/$(dirname -- "$1")"
	echo "X=$canary" >"ws/$1"
}

# Row 19: what editors and tools leave.
for f in .env .env~ .env.swp ..env.swp '#.env#' .env.bak .env.bak.1699 \
	.env.orig .env.save .env.old '.env (copy)' .env.~1~ ..env.Ab12Cd \
	sub/.pgpass sub/.pgpass.bak sub/.pgpass.20240131 sub/.pgpass.gz; do
	plant "$f"
done
ln -s nobody@nowhere.1:2 'ws/.#.env'
# Row 22: spellings that some file system takes for the same.
full=$(printf '\357\274\216\357\274\245nv')
zero=$(printf '.e\342\200\213nv')
# shellcheck disable=SC2016 # the name of an NTFS stream
for f in .ENV .Env.Local .env. '.env ' '.env::$DATA' "$full" "$zero" \
	sub/.PGPASS; do
	plant "$f"
done
# Row 23: names with anything in them.
newline=$(printf 'a\nb.kdbx')
escape=$(printf 'a\033[2J.kdbx')
bytes=$(printf '\377\376.kdbx')
long=$(printf '%0250d.kdbx' 0)
for f in "$newline" "$escape" "$bytes" "$long" -n.kdbx '*.kdbx'; do
	plant "$f"
done
# Row 58: snapshots and trash.
for f in .zfs/snapshot/x/a .snapshots/1/a .Trash-1000/files/a lost+found/a \
	.snapshot/a; do
	plant "$f"
done
echo shown >ws/.env.example
echo shown >ws/environment.py
echo shown >ws/sub/main.c

run 0 timeout 30 "$SCRIM" mount ws mnt --name names
find mnt -mindepth 1 | sort >seen
check_file seen "mnt/.env.example
mnt/environment.py
mnt/sub
mnt/sub/main.c"
! grep -rq "$canary" mnt || fail "a canary is read"
for f in .env .ENV .env.bak "$full" "$zero" "$newline" "$bytes" "$long" \
	sub/.pgpass.gz .zfs .zfs/snapshot/x/a lost+found; do
	if [ -e "mnt/$f" ] || [ -L "mnt/$f" ]; then
		fail "it is there: $f"
	fi
	! cat "mnt/$f" 2>/dev/null || fail "it can be read: $f"
done
run 0 timeout 30 "$SCRIM" umount mnt

# A session's path is explained by where it comes from, as the view has it.
mkdir -p other/a
echo "$canary" >other/a/x.hid
echo shown >other/a/n
run 0 timeout 30 "$SCRIM" mount other mnt --name moved --hide '*.hid' --hide a/n2
mv mnt/a mnt/b
mv mnt/b/n mnt/b/.env
echo own >mnt/b/x.hid
[ "$(cat mnt/b/.env)" = shown ] || fail "a renamed file does not show"
run 0 "$SCRIM" rules explain --session moved b/y.hid b/.env b/x.hid
out_has '^b/y.hid is a/y.hid: hidden'
out_has '^b/.env is a/n: shown$'
out_has '^b/x.hid: shown: the session has made it$'
run 0 "$SCRIM" rules explain --session moved --json b/.env b/x.hid
out_has '"seen_at": "b/.env"'
out_has '"own": true'
run 0 timeout 30 "$SCRIM" umount mnt
