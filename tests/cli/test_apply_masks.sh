#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Masks on the way back: a secret stays where it was, and goes nowhere else.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

need fuse
mkdir ws
# Put together here, so that no scanner of sources trips over it.
token=sk_$(printf 'live_')4eC39HqLyjWDarjtT1zdp7dcQ7Xw2LkV
printf 'port = 80\ntoken = %s\nlast = 1\n' "$token" >ws/cfg.py
cp ws/cfg.py ws/moved.py
agent one <<'END'
grep -q SCRIM_ cfg.py
sed -i 's/^port = 80/port = 8080/' cfg.py
mv moved.py new.py
grep token cfg.py >other.py
sed -n 2p cfg.py | cut -c1-20 >damaged.py
END
cd ws
run 0 "$SCRIM" diff
! grep -q "$token" "$tmp/out" || fail "a secret in a diff"
run 1 "$SCRIM" apply --yes
out_has '^  refused   damaged.py  (line 1, column 9: '
out_has '^  refused   other.py  (line 1, column 9: '
printf 'port = 80\ntoken = %s\nlast = 1\n' "$token" | cmp - cfg.py ||
	fail "a refused apply changed something"
run 0 "$SCRIM" apply --yes cfg.py new.py
printf 'port = 8080\ntoken = %s\nlast = 1\n' "$token" | cmp - cfg.py ||
	fail "the secret is not where it was"
printf 'port = 80\ntoken = %s\nlast = 1\n' "$token" | cmp - new.py ||
	fail "a renamed file lost its secret"
[ ! -e moved.py ] || fail "the old name is there"
run 1 "$SCRIM" apply --yes --conflicts=skip
[ ! -e other.py ] && [ ! -e damaged.py ] || fail "a mask was applied"

# The user's own change meanwhile is merged with the real bytes.
cd ..
agent two <<'END'
sed -i 's/^port = 8080/port = 9090/' cfg.py
END
sed -i 's/last = 1/last = 2/' ws/cfg.py
cd ws
run 0 "$SCRIM" apply --yes --session two
printf 'port = 9090\ntoken = %s\nlast = 2\n' "$token" | cmp - cfg.py ||
	fail "not merged around the secret"

# A name decides which rules look: under another one the secret would be seen.
cd ..
mkdir -p ws/m2/deep
secret=zebra$((480000 + 1913))kelp
wifi() {
	printf 'ssid=home\npsk=%s\n' "$secret"
}
for f in wifi.conf m2/wifi.conf m2/deep/wifi.conf same.conf; do
	wifi >"ws/$f"
done
cp ws/cfg.py ws/m2/cfg.py
agent three <<'END'
! grep -r zebra48 . || exit 1
grep -q ssid wifi.conf
mv wifi.conf notes.txt
mv m2 m3
mv m3/wifi.conf m3/plain.txt
mv same.conf other.conf
END
cd ws
run 1 "$SCRIM" apply --yes --session three
out_has '^  refused   notes.txt  (.*would be seen'
out_has '^  refused   m3/plain.txt  (.*would be seen'
out_has '^  move      m2/deep/wifi.conf -> m3/deep/wifi.conf'
out_has '^  move      m2/cfg.py -> m3/cfg.py'
out_has '^  move      same.conf -> other.conf'
wifi | cmp - wifi.conf && [ ! -e notes.txt ] ||
	fail "a secret was moved to where it is seen"
run 1 "$SCRIM" apply --yes --session three --conflicts=skip
wifi | cmp - wifi.conf && [ ! -e notes.txt ] && [ -e m2/wifi.conf ] &&
	[ ! -e m3/plain.txt ] || fail "a secret was moved to where it is seen"
wifi | cmp - m3/deep/wifi.conf && wifi | cmp - other.conf ||
	fail "not moved along"

# Moved onto another file: what that one does not take, the old name keeps.
cd ..
cp ws/cfg.py ws/over.py
cp ws/cfg.py ws/swap.py
echo here >ws/there.txt
echo there >ws/back.txt
cp -R ws kept
agent four <<'END'
mv over.py there.txt
mv swap.py s
mv back.txt swap.py
mv s back.txt
END
cd ws
run 1 "$SCRIM" apply --yes --session four --conflicts=skip
out_has '^  left      over.py  (where it was moved to is not applied)'
out_has '^  left      swap.py  (where it was moved to is not applied)'
diff -r . ../kept || fail "a part of a move was applied"

# A secret too short for a mask that is told by itself, in a file that an editor
# saves by writing another one and giving it the name.
cd ..
secret=zebra$((19 + 4))
printf 'user: bob\npassword: "%s"\nport: 1\n' $secret >ws/short.yml
cp ws/short.yml ws/again.yml
cp ws/short.yml ws/changed.yml
cat >ws/.scrim.ini <<'END'
[short]
kind = path
severity = high
action = mask
paths = *.yml
END
agent five <<'END'
grep -q 'xxxxxxx"' short.yml
sed -i s/bob/alice/ short.yml
cp again.yml kept
rm again.yml
sed s/bob/alice/ kept >again.yml
rm kept
sed -i 's/password: "x/password: " x/' changed.yml
END
cd ws
run 1 "$SCRIM" apply --yes --session five
out_has '^  refused   changed.yml  (line 2, .*a short mask'
run 0 "$SCRIM" apply --yes --session five short.yml again.yml
for f in short.yml again.yml; do
	printf 'user: alice\npassword: "%s"\nport: 1\n' $secret | cmp - $f ||
		fail "a short secret was lost"
done

# Such a file under another name, written anew: its secret would be lost.
cd ..
for f in gone kept; do
	printf 'user: bob\npassword: "%s"\nport: 1\n' $secret >ws/$f.yml
done
agent six <<'END'
sed s/bob/alice/ gone.yml >new.yml
rm gone.yml
sed s/bob/alice/ kept.yml >other.yml
sed -i s/bob/alice/ kept.yml
printf 'xxx\nport: 1\n' >fine.yml
END
cd ws
run 1 "$SCRIM" apply --yes --session six
out_has '^  refused   new.yml  (line 2, .*a mask of another file'
out_has '^  refused   other.yml  (line 2, .*a mask of another file'
run 1 "$SCRIM" apply --yes --session six --conflicts=skip
out_has '^  left      gone.yml'
grep -q $secret gone.yml && grep -q $secret kept.yml ||
	fail "a short secret was lost"
grep -q alice kept.yml && [ -e fine.yml ] || fail "too much was refused"
[ ! -e new.yml ] && [ ! -e other.yml ] || fail "a mask was applied"

# A copy of one that was left as it was holds nothing but filling.
cd ..
pass=zeb$((30 + 8))
conf() {
	printf 'host: db.example.org\nuser: bob\npassword: %s\npool: 12\n' "$1"
}
conf $pass >ws/left.yml
printf 'password: %s\n' $pass >ws/one.yml
printf 'notes\nhost: db.example.org\nmore\n' >ws/notes.txt
cat >fine.txt <<'END'
# What is written by hand looks like a mask, too.
password: xxxxx
max: 999
END
agent seven <<'END'
grep -q 'password: xxxxx$' left.yml one.yml
cp left.yml copy.yml
sed 's/bob/alice/; s/^/  /' left.yml >indented.txt
cat left.yml >>notes.txt
cp one.yml only.txt
cp ../fine.txt fine.txt
printf 'user: bob\nsecret: xxxxx\nport: 9999\n' >honest.txt
END
refused_copies() {
	run 1 "$SCRIM" apply --yes --session "$1"
	out_has '^  refused   copy.yml  (line 3, .*a mask of left.yml'
	out_has '^  refused   indented.txt  (line 3, .*a mask of left.yml'
	out_has '^  refused   notes.txt  (line 6, .*a mask of left.yml'
	out_has '^  refused   only.txt  (line 1, .*a mask of one.yml'
	! grep -E 'refused .*(fine|honest)' "$tmp/out" ||
		fail "an honest file was refused"
}
cd ws
refused_copies seven
run 0 "$SCRIM" fork --session seven --name eight
refused_copies eight
run 1 "$SCRIM" apply --yes --session seven --conflicts=skip
[ -e fine.txt ] && [ -e honest.txt ] && [ ! -e copy.yml ] &&
	[ ! -e only.txt ] && [ ! -e indented.txt ] ||
	fail "not what was planned"
conf $pass | cmp - left.yml || fail "a secret was lost"
