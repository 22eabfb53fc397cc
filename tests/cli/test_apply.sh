#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/changes.sh"

check_usage apply
need fuse

mkdir -p ws/dir ws/certs
seq 20 >ws/lines
echo b >ws/b
echo c >ws/certs/c
echo FAKE >ws/certs/secret.pem
echo FAKE >ws/secret.txt
ln -s b ws/link
agent one <<'END'
sed -i 's/^3$/three/' lines
mv b dir/moved
echo n >dir/new
ln -sf lines link
chmod 700 dir
END
cp -a ws before
cd ws

# Nothing happens without a word.
run 1 "$SCRIM" apply </dev/null
err_has 'nothing was applied; --yes does it'
run 0 "$SCRIM" apply --dry-run
out_has '^  move      b -> dir/moved$'
out_has '^  write     lines$'
out_has '^5 to apply$'
run 1 "$SCRIM" apply --yes lines linse
err_has '^scrim: linse: no change of this session$'
err_is_one_line
check_out ""
cd ..
same_tree ws before
cd ws

# The user goes on meanwhile; both changes are there afterwards.
sed -i 's/^18$/eighteen/' lines
run 0 "$SCRIM" apply --yes
out_has '^  merge     lines$'
out_has '^applied; scrim undo takes it back (job 1)$'
seq 20 | sed 's/^3$/three/;s/^18$/eighteen/' >../want
cmp ../want lines || fail "not merged"
check_file dir/moved b
check_file dir/new n
[ ! -e b ] || fail "the old name is there"
[ "$(readlink link)" = lines ] || fail "link"
[ "$(stat -c %a dir)" = 700 ] || fail "mode"
check_file secret.txt FAKE
[ -z "$(find . -name '.scrim-*')" ] || fail "leftovers"
run 0 "$SCRIM" status
out_has ': 0 changes$'
cd ..

# A conflict stops all of it; the merge is there to be looked at.
agent one <<'END'
echo agent >lines
echo good >good
END
echo user >ws/lines
cp -a ws before2
cd ws
run 1 "$SCRIM" apply --yes
out_has '^  conflict  lines  (you have changed the same lines)$'
err_has 'lines: with conflict markers as '
err_has 'nothing was applied: 1 in conflict'
cd ..
same_tree ws before2
grep -rq '^<<<<<<< workspace' state/ || fail "no file with markers"
cd ws
run 1 "$SCRIM" apply --yes --conflicts=skip
check_file good good
check_file lines user
run 0 "$SCRIM" apply --yes --conflicts=markers
grep -q '^>>>>>>> agent' lines || fail "no markers"
cd ..

# Dangerous classes, one by one.
agent one <<'END'
mkdir -p .github/workflows .git/hooks
echo on >.github/workflows/x.yml
echo '#!/bin/sh' >.git/hooks/pre-commit
echo x >suid
chmod 4755 suid
echo plain >plain
rm -rf certs
echo mine >secret.txt
END
cd ws
run 1 "$SCRIM" apply --yes
check_file plain plain
[ ! -e .github/workflows/x.yml ] || fail "ci was applied"
[ ! -e .git ] || fail ".git was applied"
[ ! -e suid ] || fail "suid was applied"
check_file secret.txt FAKE
check_file certs/secret.pem FAKE
[ ! -e certs/c ] || fail "certs/c is there"
run 1 "$SCRIM" apply --yes --allow all
check_file .github/workflows/x.yml on
[ ! -e .git ] || fail ".git was applied by all"
[ ! -e suid ] || fail "suid was applied by all"
run 0 "$SCRIM" apply --yes --allow set-id suid
[ "$(stat -c %a suid)" = 4755 ] || fail "suid was not applied"
run 1 "$SCRIM" apply --allow nonesuch
err_has "there is no class 'nonesuch', but all, git, "
run 0 "$SCRIM" apply --yes --protected secret.txt secret.txt
check_file secret.txt mine
cd ..

# Some paths only; the rest stays.
agent one <<'END'
mkdir -p deep/er
echo 1 >deep/er/1
echo 2 >deep/er/2
END
cd ws/dir
run 0 "$SCRIM" apply --yes ../deep/er/1
check_file ../deep/er/1 1
[ ! -e ../deep/er/2 ] || fail "too much was applied"
run 0 "$SCRIM" status ../deep
out_has '^  A  deep/er/2$'
cd ../..

# In place of applying.
need git
cd ws
run 0 "$SCRIM" apply --patch ../p deep
[ ! -e deep/er/2 ] || fail "--patch applied"
GIT_DIR=/nonexistent git apply ../p
check_file deep/er/2 2

# No permission, a full disk: one line, nothing changed.
cd ..
agent one <<'END'
echo x >dir/locked
echo y >y
END
if [ "$(id -u)" != 0 ]; then
	chmod 500 ws/dir
	cd ws
	run 1 "$SCRIM" apply --yes dir/locked y
	err_is_one_line
	[ ! -e y ] || fail "half of it"
	chmod 700 dir
	cd ..
fi

# A crash in the middle: no view until it is mended, and the next command does.
need strace
cd "$tmp"
agent one <<'END'
echo crash >crash
END
cp -a ws before3
cd ws
strace -f -qq -o /dev/null -e inject=syncfs:signal=KILL:when=2 \
	"$SCRIM" apply --yes crash >/dev/null 2>&1 && fail "it was not killed"
mkdir -p ../mnt
run 1 "$SCRIM" mount . ../mnt --session one
err_has 'run scrim apply --recover --session one first'
run 0 "$SCRIM" apply --recover
err_has 'an apply that was cut short has been rolled back'
cd ..
same_tree ws before3
cd ws
run 0 "$SCRIM" apply --yes crash
check_file crash crash
cd ..

# A large new directory is one line of the plan, unless something in it is left.
agent folds <<'END'
mkdir -p big/sub small big-x
for i in $(seq 60); do echo $i >big/sub/$i; done
echo x >small/x
echo x >big-x/x
END
cd ws
run 0 "$SCRIM" apply --dry-run --session folds
out_has '^  add       big/  (and 61 in it)$'
! grep -q 'big/sub' "$tmp/out" || fail "not folded"
out_has '^  add       small/x$'
out_has '^  add       big-x/x$'
out_has '^66 to apply$'
cd ..
agent folds <<'END'
mkfifo big/pipe
END
cd ws
run 1 "$SCRIM" apply --dry-run --session folds
out_has '^  add       big/$'
out_has '^  add       big/sub/  (and 60 in it)$'
out_has '^  left      big/pipe  (a pipe is not applied)$'
run 0 "$SCRIM" discard --session folds --yes
cd ..

# git am takes the CR of a mail's lines away, unless it is told not to.
printf 'a\r\nb\r\n' >ws/crlf
agent crlf <<'END'
printf 'a\r\nB\r\n' >crlf
END
cd ws
run 0 "$SCRIM" apply --session crlf --patch ../p.patch
err_has '^scrim: 1 file with lines that end in CR LF: git am needs --keep-cr'
run 0 "$SCRIM" discard --session crlf --yes
rm crlf
cd ..

need python3
cd ws
run 0 "$SCRIM" apply --yes --json y
[ "$(json '[i["verdict"] for i in d["items"]], d["schema"]')" = \
	"['add'] scrim.apply/1" ] || fail "json: $(json d)"
