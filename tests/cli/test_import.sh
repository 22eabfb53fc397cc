#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scrim import: what came back from elsewhere becomes changes of a session, from
# archives, upper directories, OCI layers and images; and hostile ones do not.
. "${srcdir:-.}/tests/lib.sh"

ws=$tmp/ws
mkdir -p "$ws/sub/deep"
cd "$ws"
echo hello >f
ln -s f link
echo 'KEY=FAKE-EXAMPLE-0123456789' >.env
echo tool >'sub/a b'
echo deep >sub/deep/d
for i in 1 2 3; do echo $i >n$i; done

check_usage import

# changes SESSION: its changes, a line each, without marks and advice.
changes() {
	sed -n 's/^  \([ADMRT] .*\)$/\1/p' "$tmp/err" | sed 's/  \[.*//' | sort
}
check_changes() {
	changes >"$tmp/changes"
	printf '%s\n' "$1" | sort | diff -u - "$tmp/changes" >&2 ||
		fail "changes differ"
}

all='A e/
A n4
M link
M n1
D n2
D sub/deep/
D sub/deep/d'
change() {
	echo more >>"$1/n1"
	rm "$1/n2"
	echo 4 >"$1/n4"
	rm -r "$1/sub/deep"
	ln -sf n1 "$1/link"
	mkdir "$1/e"
}

# ---------- a tree that comes back ----------

run 0 "$SCRIM" export -w . -n tree -o ../1.tar
run 0 "$SCRIM" import -s tree ../1.tar
err_has 'nothing changed'
mkdir ../vm
tar -C ../vm -xf ../1.tar
change ../vm
tar -C ../vm -czf ../2.tar.gz .
run 0 "$SCRIM" import -s tree ../2.tar.gz
check_changes "$all"
# the hidden file was in no archive, and is not deleted by that
err_has 'review -s tree'
! grep -q '\.env' "$tmp/err" || fail ".env is among the changes"
run 0 "$SCRIM" import -s tree - <../2.tar.gz
check_changes "$all"
# and back to what it was: nothing is added or deleted
run 0 "$SCRIM" import -s tree ../1.tar
! changes | grep -q '^[AD]' || fail "back, and yet there are changes"
echo "ok tar"

# ---------- a changed image ----------

PATH=$PATH:/usr/sbin:/sbin
need userns debugfs mkfs.erofs fsck.erofs
run 0 "$SCRIM" export -w . -n disk -F ext4 --size 32M -o ../disk
printf 'rm n2\nwrite %s n4\n' "$ws/n3" >../commands
debugfs -w -f ../commands ../disk >/dev/null 2>&1
run 0 "$SCRIM" import -s disk ../disk
check_changes 'D n2
A n4'
run 0 "$SCRIM" export -w . -n ro -F erofs -o ../ro
run 0 "$SCRIM" import -s ro ../ro
err_has 'nothing changed'
mkfs.erofs ../ro2 ../vm >/dev/null 2>&1
run 0 "$SCRIM" import -s ro ../ro2
check_changes "$all"
echo "ok images"

# ---------- upper directories and layers ----------

if [ "$(id -u)" = 0 ]; then
	mkdir ../low ../up ../work ../merged
	cp -a f link n1 n2 n3 sub ../low
	if mount -t overlay overlay -o \
		lowerdir=../low,upperdir=../up,workdir=../work ../merged; then
		change ../merged
		rm -r ../merged/sub
		mkdir ../merged/sub
		echo new >../merged/sub/k
		umount ../merged
		run 0 "$SCRIM" import -w . -n upper ../up
		check_changes "$all
D sub/a b
A sub/k"
	fi
fi
# the same marks as an ordinary user's overlay has them
mkdir -p ../up2/sub
echo new >../up2/sub/k
: >../up2/n2
command -v setfattr >/dev/null || skip "no setfattr"
if setfattr -n user.overlay.opaque -v y ../up2/sub 2>/dev/null; then
	setfattr -n user.overlay.whiteout -v y ../up2/n2
	run 0 "$SCRIM" import -w . -n upper2 ../up2
	check_changes 'D n2
D sub/a b
D sub/deep/
D sub/deep/d
A sub/k'
else
	echo "no user.* attributes on this file system" >&2
fi
mkdir -p ../layer/sub
touch ../layer/.wh.n2 ../layer/sub/.wh..wh..opq
echo new >../layer/sub/k
tar -C ../layer -cf ../layer.tar .
run 0 "$SCRIM" import -w . -n layer --as=layer ../layer.tar
check_changes 'D n2
D sub/a b
D sub/deep/
D sub/deep/d
A sub/k'
echo "ok layers"

# ---------- the session is one as any other ----------

command -v python3 >/dev/null || skip "no python3"
cat >../make.py <<'END'
import io, sys, tarfile
def make(name, *entries):
    with tarfile.open(name, "w") as t:
        for path, kind, value in entries:
            i = tarfile.TarInfo(path)
            i.mode = 0o6755
            if kind == "f":
                i.size = len(value)
                t.addfile(i, io.BytesIO(value))
                continue
            i.type = {"l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE,
                      "c": tarfile.CHRTYPE}[kind]
            i.linkname = value
            i.devmajor = i.devminor = 5
            t.addfile(i)
make("up.tar", ("../../up", "f", b"x"))
make("mid.tar", ("sub/../../up", "f", b"x"))
make("abs.tar", ("/abs", "f", b"x"))
make("through.tar", ("l", "l", sys.argv[1]), ("l/in", "f", b"x"))
make("hard.tar", ("h", "h", "../../../../etc/passwd"))
make("wh.tar", (".wh...", "f", b""))
make("dev.tar", ("ok", "f", b"x"), ("dev", "c", ""))
make("setid.tar", ("s", "f", b"x"))
END
(cd .. && python3 make.py "$ws/sub")
for bad in up mid hard wh through; do
	run 1 "$SCRIM" import -w . -n "bad-$bad" --as=layer ../$bad.tar
	err_is_one_line
	! "$SCRIM" list --names | grep -q "^bad-$bad\$" || fail "$bad: a session"
done
[ ! -e ../up ] || [ "$(id -u)" = 0 ] || fail "written outside"
[ ! -e sub/in ] || fail "written through a link"
run 1 "$SCRIM" import -w . -n bad-abs --as=layer ../abs.tar
run 0 "$SCRIM" import -w . -n dev --as=layer ../dev.tar
check_changes 'A ok'
err_has '^scrim: 1 devices and sockets are left out'
run 0 "$SCRIM" import -w . -n setid --as=layer ../setid.tar
run 0 "$SCRIM" export -s setid -o ../setid2.tar
[ "$(tar -tvf ../setid2.tar s | cut -c 1-10)" = -rwxr-xr-x ] ||
	fail "a set-id bit came in"
: >../empty
run 1 "$SCRIM" import -w . -n empty ../empty
err_is_one_line
run 1 "$SCRIM" import -w . /dev/null
run 2 "$SCRIM" import -w . -s tree ../1.tar
run 2 "$SCRIM" import -n name ../1.tar
run 1 "$SCRIM" import -s nothere ../1.tar
err_is_one_line
head -c 3000 ../1.tar | run 1 "$SCRIM" import -w . -n cut -
err_is_one_line
echo "ok hostile archives"
