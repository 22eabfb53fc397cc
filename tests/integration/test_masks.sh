#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Masks go round: what an agent edits in a masked file is applied with the real
# secrets, and a mask that left its file is refused (rows 13 and 28).
. "${srcdir:-.}/tests/lib.sh"

need fuse
mkdir ws mnt
token=sk_live"_51FAKEfakeFAKEfakeQwErTyUiOpAsDf"
other=sk_live"_51fakeFAKEfakeFAKEzXcVbNmAsDfGhJ"

fill() {
	cat >ws/pay.py <<END
# payments
KEY = "$token"
PORT = 3000
OTHER = "$other"
END
	printf 'API=fake-value-of-api\nPIN=1234\n# end\n' >ws/app.env
	echo plain >ws/notes.txt
}

mount_it() {
	run 0 timeout 30 "$SCRIM" mount ws mnt --name "$1" --mask='*.env' \
		--git=none
}

done_with() {
	run 0 timeout 30 "$SCRIM" umount mnt
}

# The agent sees masks of the same length, and nothing of the secrets.
fill
cp -a ws before
mount_it edit
! grep -rq -e FAKEfake -e fake-value -e =1234 mnt || fail "a secret is seen"
[ "$(stat -c %s mnt/pay.py)" = "$(stat -c %s ws/pay.py)" ] ||
	fail "the size is another"
grep -q '^KEY = "SCRIM_' mnt/pay.py || fail "no mask: $(cat mnt/pay.py)"
grep -q '^API=SCRIM_' mnt/app.env || fail "no mask: $(cat mnt/app.env)"
dd if=mnt/pay.py bs=1 2>/dev/null | cmp -s - mnt/pay.py ||
	fail "byte by byte, something else is read"

# Row 13: other lines are edited, masked ones are moved.
sed -i 's/^PORT.*/PORT = 4000/' mnt/pay.py
{ sed -n 4p mnt/pay.py; sed -n 1,3p mnt/pay.py; echo "NEW = 1"; } >moved
cp moved mnt/pay.py
sed -i '1i# first' mnt/app.env
done_with
run 0 "$SCRIM" diff --session edit
! grep -q -e FAKEfake -e fake-value out || fail "the diff shows a secret"
run 0 "$SCRIM" apply --session edit --yes
check_file ws/pay.py "OTHER = \"$other\"
# payments
KEY = \"$token\"
PORT = 4000
NEW = 1"
check_file ws/app.env "# first
API=fake-value-of-api
PIN=1234
# end"

# A copy, a damaged mask, a mask in another file: refused, nothing changed.
refused() {
	cp -a ws "before-$1"
	run 1 "$SCRIM" apply --session "$1" --yes
	cat out err >said
	grep -q "line $2, column $3" said || fail "no place: $(cat said)"
	! grep -q -e FAKEfake -e fake-value said || fail "a secret is told"
	same_tree ws "before-$1"
}

fill
mount_it copied
cp mnt/pay.py mnt/copy.py
done_with
refused copied 2 8

fill
mount_it carried
sed -n 's/^KEY = "\(.*\)"/\1/p' mnt/pay.py >>mnt/notes.txt
done_with
refused carried 2 1

fill
mount_it damaged
sed -i 's/^\(KEY = "SCRIM_....\)./\1_/' mnt/pay.py
done_with
refused damaged 2 8

fill
mount_it lost
sed -i 's/^PIN=\(.*\)/PIN=\1 # mine/' mnt/app.env
done_with
refused lost 2 1

# Relabelled and renamed, the secret would be seen: it is not put there.
fill
mount_it relabelled
sed -n 's/^API=/x /p' mnt/app.env >t && mv mnt/app.env mnt/app.txt &&
	cat t >mnt/app.txt
done_with
cp -a ws before-relabelled
run 1 "$SCRIM" apply --session relabelled --yes
same_tree ws before-relabelled
