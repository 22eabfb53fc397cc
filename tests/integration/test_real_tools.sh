#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A git repository of 3,000 files, and in its view what people really use: git,
# make, sed, tar, rsync, vim, sqlite3, python's venv and npm. Then the changes
# are taken over twice, as a patch into a copy and by apply into the workspace,
# and either must hold byte for byte what the agent saw. As root and as another.
# shellcheck disable=SC2016,SC2086 # words of a command; for the inner shell
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/fs/fslib.sh"
# Programs of root's own are none of the ordinary user's.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
need git make cc tar rsync vi sqlite3 python3

GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
GIT_AUTHOR_NAME='A U Thor' GIT_AUTHOR_EMAIL=author@example.com
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
npm_config_update_notifier=false
export npm_config_update_notifier
secret="DB_PASSWORD=FAKE-not-a-password-EXAMPLE"

# Writes into the current directory: 60 C files that are compiled and 2,940 of
# text, in 50 directories; what is ignored; and a file that no agent shall see.
cat >generate.py <<'END'
import os
for d in range(50):
    os.makedirs(f"mod{d:02}/doc")
    for i in range(60):
        if d < 6 and i < 10:
            with open(f"mod{d:02}/f{i}.c", "w") as f:
                f.write(f"int f_{d}_{i}(int x)\n{{\n\treturn x + {d * i};\n}}\n")
            continue
        with open(f"mod{d:02}/" + ("doc/" if i % 2 else "") + f"t{i}.txt", "w") as f:
            for line in range(i):
                f.write(f"line {line} of text {i} in part {d}: colour\n")
with open("main.c", "w") as f:
    for d in range(6):
        for i in range(10):
            f.write(f"int f_{d}_{i}(int x);\n")
    f.write("int main(void)\n{\n\treturn f_0_0(0);\n}\n")
with open("Makefile", "w") as f:
    f.write("src := main.c $(wildcard mod*/*.c)\nobj := $(src:%.c=out/%.o)\n"
            "prog: $(obj)\n\t$(CC) -o $@ $^\n"
            "out/%.o: %.c\n\t@mkdir -p $(@D)\n\t$(CC) -c -o $@ $<\n")
with open(".gitignore", "w") as f:
    f.write("out/\n/prog\n.env\n")
END

# What the agent does, in the view.
cat >work.sh <<'END'
set -eu
[ -z "$(git status --porcelain)" ]
[ "$(git ls-files | wc -l)" -ge 3000 ]
make -s -j2
./prog
make -q
sed -i 's/colour/color/' mod1*/doc/*.txt
git add -u
git commit -q -m 'spell it otherwise'
git checkout -q -b topic
git mv mod20/doc mod20/papers
git rm -q -r mod21
git commit -q -m 'move and remove'
touch main.c
make -s
tar cf papers.tar mod20 mod22
mkdir untarred
tar xf papers.tar -C untarred
cmp untarred/mod20/papers/t1.txt mod20/papers/t1.txt
rsync -a mod23/ synced/
sed -i 1d mod23/doc/t9.txt
rsync -a --delete --checksum mod23/ synced/
diff -r mod23 synced
printf '%s\n' '%s/text/TEXT/' 'wq' | vi -es -u NONE mod24/t10.txt
grep -q TEXT mod24/t10.txt
[ -z "$(find . -name '.*.sw?')" ]
for mode in delete wal; do
	sqlite3 "$mode.db" "pragma journal_mode=$mode;
		create table t (id integer primary key, what text);
		with recursive n(i) as (select 1 union all select i + 1 from n
			where i < 5000)
		insert into t select i, hex(i) from n;
		delete from t where id % 3 = 0; vacuum;" >/dev/null
	[ "$(sqlite3 "$mode.db" 'pragma integrity_check')" = ok ]
	[ "$(sqlite3 "$mode.db" 'select count(*) from t')" = 3334 ]
done
python3 -m venv --without-pip venv
./venv/bin/python -c 'import sys; assert sys.prefix != sys.base_prefix'
if command -v npm >/dev/null; then
	mkdir -p pkg/dep
	echo '{"name":"dep","version":"1.0.0"}' >pkg/dep/package.json
	echo '{"name":"top","version":"1.0.0"}' >pkg/package.json
	(cd pkg && npm install --offline --no-audit --no-fund ./dep >/dev/null)
	[ -e pkg/node_modules/dep/package.json ]
fi
ln -s ../main.c mod25/link
ln mod26/t0.txt mod26/hard
chmod 755 mod26/t2.txt
seq 90000 | gzip -n >random.bin
mkdir -p empty/er
git stash -q --include-untracked -- mod23
git stash pop -q
git fsck --no-progress --no-dangling
END

# facts DIR: names, types, modes, targets and contents of all but the protected.
facts() {
	(
		cd "$1"
		find . -name .env -o -printf '%p %y %m %l\n' | sort
		find . -name .env -o -type f -print0 | sort -z |
			xargs -0 sha256sum
	)
}
# What a patch can carry of them: no directories, of modes the x, nothing of git.
patch_facts() {
	facts "$1" | grep -v -e ' d [0-7]* $' -e '^\./\.git/' -e ' \./\.git/' |
		sed -E 's/ f [0-7]*([0-7])[0-7]{2} $/ f \1/; s/ f [67] $/&/'
}

for w in $who; do
	be "$w"
	echo "as $w"
	fresh "$w" "$w/ws" "$w/mnt" "$w/home"
	HOME=$tmp/$w/home XDG_CACHE_HOME=$tmp/$w/home/.cache
	state=$tmp/$w/state
	cd "$tmp/$w/ws"
	$as python3 "$tmp/generate.py"
	$as git init -q -b main .
	$as git add .
	$as git commit -q -m 'the beginning'
	$as sh -c 'echo "$1" >.env' sh "$secret"
	[ "$(git -c safe.directory='*' ls-files | wc -l)" -ge 3000 ] ||
		fail "too few files"
	cd "$tmp/$w"
	# git looks at its index again in a second, lest nothing be fresh
	$as git -C ws status --porcelain >/dev/null
	facts ws >"$tmp/before"
	cp -a ws copy

	view mount "$tmp/$w/ws" "$tmp/$w/mnt" "$state" $view_args
	$as timeout 300 sh -c 'cd mnt && exec sh "$1"' sh "$tmp/work.sh" ||
		fail "the agent's work"
	! $as test -e mnt/.env || fail ".env is in the view"
	$as sh -c 'cd "$1" && tar cf - .' sh "$tmp/$w/mnt" >saw.tar
	mkdir saw
	tar xpf saw.tar -C saw
	view umount "$tmp/$w/mnt" "$state"
	facts ws >"$tmp/after"
	cmp "$tmp/before" "$tmp/after" || fail "the workspace has changed"

	set -- --state-dir "$state/s" --session view
	run 0 $as "$SCRIM" status "$@"
	out_has 'papers'
	# as a patch, of all but git's own
	cd "$tmp/$w/saw"
	paths=$(find . -mindepth 1 -maxdepth 1 ! -name .git -printf '%P\n')
	cd "$tmp/$w/ws"
	run 0 $as "$SCRIM" diff "$@" --patch -o "$state/patch" \
		$paths mod21
	cd "$tmp/$w"
	(cd copy && $as git apply --whitespace=nowarn "$state/patch") ||
		fail "git apply"
	patch_facts saw >"$tmp/want"
	patch_facts copy >"$tmp/got"
	diff -u "$tmp/want" "$tmp/got" >&2 || fail "the patch and the view differ"

	# and by apply, with all that was done to the repository
	run 0 $as "$SCRIM" apply "$@" --yes --allow all,git
	facts saw >"$tmp/want"
	facts ws >"$tmp/got"
	diff -u "$tmp/want" "$tmp/got" >&2 || fail "apply and the view differ"
	check_file ws/.env "$secret"
	(cd ws && $as git fsck --no-progress --no-dangling) || fail "the repository is broken"
	run 0 $as "$SCRIM" status "$@" --json
	out_has '"changes": \[\]'
	cd "$tmp"
	rm -rf "${tmp:?}/$w/copy" "${tmp:?}/$w/saw"*
done
