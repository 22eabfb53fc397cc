#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real tools at work on a git repository of 3,000 files: the same commands in a
# view and in a plain copy of its workspace must leave the same files.

. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"

need git make tar
treedump=$(tool treedump)
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_DATE='2020-01-01T00:00:00Z'
GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
export GIT_CONFIG_NOSYSTEM GIT_AUTHOR_DATE GIT_COMMITTER_DATE

# make_repository DIR
make_repository() (
	cd "$1"
	for d in $(seq 30); do
		mkdir -p "src/part$d/sub"
		for f in $(seq 50); do
			echo "int f${d}_$f(void) { return $f; }" \
				>"src/part$d/f$f.c"
			echo "text $d $f" >"src/part$d/sub/t$f.txt"
		done
	done
	cat >Makefile <<'END'
all: program
program: main.o lib.o
	$(CC) -o $@ main.o lib.o
clean:
	rm -f *.o program
END
	echo 'int lib(void); int main(void) { return lib(); }' >main.c
	echo 'int lib(void) { return 0; }' >lib.c
	printf '*.o\nprogram\nvenv\n' >.gitignore
	git init -q -b main .
	git config user.name tester
	git config user.email tester@example.org
	git add .
	git commit -qm first
)

# What an agent may do; prints what must be the same too.
work() (
	cd "$1"
	git status --porcelain
	make -s CC="${CC:-cc}" && ./program
	make -s clean
	sed -i 's/return 7/return 70/' src/part*/f7.c
	git mv src/part3 src/moved
	git rm -rq src/part4
	mv src/part5 src/other && mv src/other/sub src/other/below
	echo new >src/new.txt
	git add -A
	git commit -qm second
	git status --porcelain
	git log --format=%s%T
	git checkout -q -b side HEAD~1
	echo side >>src/part1/sub/t1.txt
	git commit -qam side
	git checkout -q main
	git merge -q side -m merged
	git stash list
	git gc -q
	git fsck --no-progress
	tar cf all.tar src && mkdir out && tar xf all.tar -C out
	diff -r src out/src
	rm -rf out all.tar
	if command -v rsync >/dev/null; then
		rsync -a --delete src/ copy/ && rsync -ani --delete src/ copy/
	fi
	if command -v vim.tiny >/dev/null; then
		vim.tiny -u NONE -es -c '%s/text/TEXT/' -c wq \
			src/part2/sub/t2.txt
	fi
	if command -v sqlite3 >/dev/null; then
		sqlite3 base.db 'create table t(a); insert into t values(1);
			pragma journal_mode=wal; insert into t values(2);
			select sum(a) from t; pragma integrity_check;'
		rm -f base.db*
	fi
	if command -v python3 >/dev/null && python3 -c 'import venv'; then
		python3 -m venv --without-pip venv
		venv/bin/python -c 'print("python runs")'
		rm -rf venv
	fi
)

be "${who%% *}"
mkdir ws plain mnt
make_repository ws
cp -a ws/. plain/
"$treedump" -x ws >before
view mount "$tmp/ws" "$tmp/mnt" "$tmp/state" --rules none --git full
work plain >plain.out 2>&1 || { cat plain.out >&2; fail "the tools fail"; }
work mnt >view.out 2>&1 || { cat view.out >&2; fail "the tools fail in the view"; }
diff -u plain.out view.out >&2 || fail "the tools say other things in the view"
diff -r --exclude=.git plain mnt >&2 || fail "the files differ"
git -C mnt fsck --no-progress --strict >/dev/null 2>&1 || fail "git fsck"
view umount "$tmp/mnt" "$tmp/state"
view mount "$tmp/ws" "$tmp/mnt" "$tmp/state"
diff -r --exclude=.git plain mnt >&2 || fail "the files differ after a remount"
[ -z "$(git -C mnt status --porcelain | grep -v '^??')" ] ||
	[ "$(git -C mnt status --porcelain)" = \
		"$(git -C plain status --porcelain)" ] || fail "git status"
view umount "$tmp/mnt" "$tmp/state"
"$treedump" -x ws >after
diff -U0 before after >&2 || fail "the workspace has changed"
