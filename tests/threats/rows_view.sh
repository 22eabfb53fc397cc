# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2317,SC2329 # variables of the driver; called by name
#
# Rows of the list of threats that a process in the view can try, one function
# each. The current directory is the view; $canary and $token are the planted
# secrets, $probe the helper. Run by rows.sh.

hidden='.env config/.env config/prod.hid secrets/db.txt secrets/in/more.txt
only/.env big.hid config/deep/er/PROD.HID alias.txt vis/alias2 config/alias3'
masked='app.json vis/notes.txt large.txt utf16.txt masked.conf masked-alias.txt
redos.txt blob.bin'

row_01_git_history() {
	command -v git >/dev/null || return 0
	for c in 'log -p --all' 'show HEAD~1:.env' 'show HEAD:.env' \
		'stash show -p' 'cat-file --batch-all-objects --batch' \
		'config -l' 'checkout HEAD -- .env' 'reflog' 'diff HEAD' \
		'fsck --lost-found --no-progress' 'ls-files -s' 'grep -I FAKE' \
		'archive HEAD' 'format-patch --stdout --root HEAD' \
		'log -p -g --all' 'checkout -f HEAD'; do
		# shellcheck disable=SC2086
		try git -c safe.directory='*' $c
	done
	try cat .git/config .git/logs/HEAD .git/packed-refs .git/FETCH_HEAD \
		.git/ORIG_HEAD .git/index
	try cat .env
	find .git nested.git sub/.git -type f 2>/dev/null >"$scratch/objects"
	while IFS= read -r f; do
		# an object is deflated: what gunzip makes of it, header put before
		try sh -c '{ printf "\037\213\010\0\0\0\0\0\0\0"
			tail -c +3 "$1"; } | gzip -dc' sh "$f"
		try cat "$f"
	done <"$scratch/objects"
	try git -c safe.directory='*' --git-dir nested.git log -p --all
}

# Every way that the helper has, and some of the shell, at each protected name.
every_way() {
	for way in uring map splice opath handle tmpfile statx ioctl reads \
		openat2 xattrs; do
		try "$probe" "$way" "$1"
	done
	try cat "$1"
	try dd if="$1" bs=1 count=64
	try dd if="$1" iflag=direct bs=4096 count=4
	try tail -c 400 "$1"
	try cp "$1" "$scratch/copy"
	try cat "$scratch/copy"
	try readlink "$1"
	try getfattr -d -m - "$1"
	rm -f "$scratch/copy"
}

row_02_hard_links() {
	for f in $hidden; do
		gone "$f"
		every_way "$f"
	done
	try find . -samefile vis/plain.txt -o -links +1 -exec cat {} +
	for f in masked.conf masked-alias.txt; do every_way "$f"; done
	try ls -R
	not_listed alias.txt . && not_listed alias3 config
}

row_03_renamed_parents() {
	try mv config own-config
	gone own-config/prod.hid
	try cat own-config/prod.hid own-config/.env own-config/alias3
	mkdir deeper
	try mv own-config deeper/x
	gone deeper/x/deep/er/PROD.HID
	try grep -r FAKE deeper
	try mv deeper/x config
	gone config/prod.hid
	rmdir deeper
}

row_05_the_hidden_file_itself() {
	for f in .env config/prod.hid secrets; do
		refused mv "$f" taken
		refused ln "$f" taken
		refused cp -l "$f" taken
		refused rm "$f"
		refused chmod 644 "$f"
		refused setfattr -n user.a -v b "$f"
		refused dd if=/dev/null of="$f" conv=nocreat
		refused rmdir "$f"
	done
	try ls -l taken
}

# Root reads the memory of any process; others must not find a way.
row_07_the_daemon() {
	[ "$(id -u)" != 0 ] || return 0
	daemons=0
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = scrim ] || continue
		tr '\0' '\n' <"$p/cmdline" | grep -qxF -e "$PWD" || continue
		daemons=$((daemons + 1))
		try cat "$p"/fd/*/.env "$p"/root/proc/self/cwd/.env \
			"$p"/cwd/.env "$p/environ" "$p/maps"
		try ls -l "$p/fd"
		refused dd if="$p/mem" bs=4096 count=1
		refused ls "$p/fd"
	done
	[ -n "${IN_RUN:-}" ] || [ $daemons != 0 ] || leak "no daemon to attack"
}

row_75_names_of_paths() {
	attacks=$((attacks + 1))
	! grep -F " $PWD " /proc/self/mountinfo | grep -q '/ws ' ||
		[ "$(basename "$PWD")" = ws ] || leak "mountinfo names the workspace"
}

row_17_symlinks() {
	for l in abslink absdir/db.txt link vis/dirlink/db.txt absdots; do
		try cat "$l"
		gone_or_own "$l"
	done
	ln -s "$PWD/.env" own-abs
	try cat own-abs
	same "$(readlink own-abs)" "$PWD/.env" "the agent's own link"
	same "$(stat -c %s own-abs)" "$(readlink own-abs | tr -d '\n' | wc -c)" \
		"a link's size"
	same "$(stat -c %s absvis)" "$(readlink absvis | tr -d '\n' | wc -c)" \
		"a link's size"
	same "$(cat absvis)" "nothing to hide" "a link to what is visible"
	rm own-abs
}

row_19_copies() {
	for f in .env~ .env.bak.1699999999 .env.swp .env.save config/.env.local \
		'.env (copy)' .env.orig '#.env#' prod.hid~; do
		gone "$f"
		try cat "$f"
	done
}

row_21_exchange_races() {
	mkdir r1 r2
	cp vis/plain.txt r1/f
	(i=0; while [ $i -lt 300 ]; do
		mv config r2/c && mv r2/c config
		i=$((i + 1))
	done) 2>/dev/null &
	racer=$!
	(i=0; while [ $i -lt 300 ]; do
		ln -sfn ../secrets r2/s && ln -sfn ../r1 r2/s
		i=$((i + 1))
	done) 2>/dev/null &
	racer2=$!
	i=0
	while [ $i -lt 60 ]; do
		try cat config/prod.hid r2/c/prod.hid r2/s/db.txt r2/c/alias3
		i=$((i + 1))
	done
	wait $racer $racer2
	rm -rf r1 r2
}

row_22_case_and_unicode() {
	for f in .ENV .Env .eNv CONFIG/PROD.hid Secrets/db.txt SECRETS/DB.TXT \
		'.env ' .env. '.env::$DATA' ENV~1 SECRET~1/db.txt \
		"$(printf '.e\342\200\213nv')" "$(printf '.\357\275\205nv')" \
		./.env vis/../.env vis/./../config//prod.hid .env/ .env/.; do
		try cat "$f"
		gone "$f"
	done
	gone UPPER/.ENV
	try cat UPPER/.ENV
}

row_23_odd_names() {
	for f in "$(printf 'odd\nline/\377.hid')" "$long_name" '-n.hid' '*.hid' \
		"$(printf 'esc\033[2J.hid')"; do
		gone "./$f"
		try cat "./$f"
	done
	try sh -c 'cat ./*.hid */*.hid */*/*.hid'
}

row_25_inode_numbers() {
	for f in vis/plain.txt vis/reused; do
		i=$(stat -c %i "$f")
		try find . -inum "$i" -exec cat {} +
	done
	try ls -i
}

row_26_handles() {
	try "$probe" handle vis/plain.txt
	for f in $hidden; do try "$probe" handle "$f"; done
}

row_28_masks() {
	for f in $masked; do
		every_way "$f"
		i=0
		while [ $i -lt 40 ]; do
			dd if="$f" bs=1 skip=$i count=1 2>/dev/null
			i=$((i + 1))
		done >"$scratch/bytes"
		try cat "$scratch/bytes"
		for bs in 7 13 511 4097; do
			try dd if="$f" bs=$bs count=200
		done
	done
	readable app.json vis/notes.txt large.txt utf16.txt masked.conf blob.bin
	# as long as the workspace's, and still what it was
	same "$(tail -c 14 app.json)" ', "port": 1 }' "the end of a masked file"
	try iconv -f UTF-16LE -t UTF-8 utf16.txt
}

row_29_shadows() {
	for f in .env config/prod.hid secrets; do
		accepted sh -C -c 'echo own >"$1"' sh "$f"
		same "$(cat "$f")" own "an own file by a hidden name"
		accepted sh -c 'echo more >>"$1"' sh "$f"
		same "$(cat "$f")" "own
more" "an own file by a hidden name"
		accepted rm "$f"
		gone "$f"
	done
}

row_30_copy_up() {
	for f in app.json vis/notes.txt masked.conf; do
		accepted chmod 600 "$f"
		try cat "$f"
		accepted sh -c 'echo "# end" >>"$1"' sh "$f"
		try cat "$f"
		accepted mv "$f" renamed
		every_way renamed
		accepted ln renamed "$f"
		accepted rm renamed
		try cat "$f"
	done
	for f in .env secrets; do
		refused chmod 600 "$f"
		refused setfattr -n user.a -v b "$f"
		refused chown 0:0 "$f"
	done
}

row_56_no_process_is_trusted() {
	for name in git code vim scrim; do
		cp "$(command -v cat)" "$scratch/$name"
		try "$scratch/$name" .env secrets/db.txt app.json
		rm "$scratch/$name"
	done
}

row_58_snapshot_directories() {
	for f in .snapshots/1/snapshot/.env .snapshots/1/snapshot/notes.txt \
		.zfs/snapshot/x/plain; do
		gone "$f"
		try cat "$f"
	done
}

row_60_pipes_and_devices() {
	try timeout 1 dd if=vis/fifo iflag=nonblock count=1
	same "$(cat vis/plain.txt)" "nothing to hide" "another file"
	refused mknod vis/null c 1 3
	refused mknod vis/disk b 8 0
	same "$(stat -c %F vis/fifo)" fifo "the type of a pipe"
}

row_70_attributes() {
	same "$(stat -c %h .)" 1 "the link count of the root"
	same "$(stat -c %h config)" 1 "the link count of a directory"
	same "$(stat -c %s config)" "$(stat -c %s only)" "sizes of directories"
	try ls -laR .
	try du -a
	try stat -f .
	for f in .env prod.hid secrets big.hid; do not_listed "$f" .; done
}

row_71_errnos() {
	for f in .env vis/.env secrets vis/secrets; do
		same "$(LC_ALL=C stat "$f" 2>&1)" "$(LC_ALL=C stat "$f" 2>&1 |
			sed 's/: [^:]*$/: No such file or directory/')" "stat $f"
		same "$(LC_ALL=C cat "$f/x" 2>&1)" \
			"cat: $f/x: No such file or directory" "below $f"
		accepted mkdir "$f"
		accepted rmdir "$f"
		accepted ln -s x "$f"
		accepted rm "$f"
		accepted mv -T vis/sub "$f"
		accepted mv -T "$f" vis/sub
	done
}

row_72_rmdir() {
	accepted rmdir only
	gone only
	accepted mkdir only
	gone only/.env
	try cat only/.env
	accepted rm -r secrets-beside
}

row_73_events() {
	try "$probe" fanotify .
	try "$probe" fanotify config
}

row_76_names_in_files() {
	try git -c safe.directory='*' ls-files -s
	try cat .gitignore
}

row_15_no_control_surface() {
	for f in .scrim .ctl ctl .scrim_ctl audit.jsonl meta.ini log lock \
		.branch_ctl data base; do
		gone "$f"
		accepted sh -c 'echo commit >"$1"' sh "$f"
		accepted rm "$f"
	done
	try getfattr -d -m - .
	try getfattr -n user.scrim .
}

row_31_removed_stays_removed() {
	cp vis/plain.txt back
	exec 3<back
	rm back
	echo own >back
	chmod 600 /proc/self/fd/3
	same "$(cat back)" own "a new file by the name of a removed one"
	exec 3<&-
	rm back
	rm -rf vis/sub
	mkdir vis/sub
	same "$(ls -A vis/sub)" "" "a directory made again"
	rmdir vis/sub
	try cat vis/sub/moved.txt
	gone vis/sub/moved.txt
}

row_32_directory_renames() {
	ls -R config | tail -n +2 >"$scratch/before"
	mv config moved-config
	ls -R moved-config | tail -n +2 | sed 's/^moved-config/config/' \
		>"$scratch/after"
	try diff "$scratch/before" "$scratch/after"
	same "$(cat "$scratch/after")" "$(cat "$scratch/before")" \
		"what is in a renamed directory"
	mv moved-config config
}

row_39_markers() {
	for f in .wh.foo .wh..wh..opq .scrim.x "$long_name2"; do
		accepted sh -c 'echo x >"$1"' sh "$f"
		same "$(cat "$f")" x "a name of all kinds"
		accepted rm "$f"
	done
	accepted mkdir "$(printf 'x\n')" 2>/dev/null
	accepted rmdir "$(printf 'x\n')"
	refused setfattr -n trusted.overlay.opaque -v y config
}

# The workspace's own file, opened by many before the first of them writes.
row_77_copy_up_below_open_files() {
	ino=$(stat -c %i copied-up)
	exec 3<copied-up 4>>copied-up 5<>copied-up 6<copied-up
	same "$(head -n 1 <&6)" first "a file of the workspace"
	echo third >&4
	same "$(stat -c %i copied-up)" "$ino" "st_ino after copy-up"
	same "$(stat -L -c %i /proc/self/fd/3)" "$ino" "st_ino of an open file"
	printf FIRST >&5
	echo fourth >>copied-up
	want='FIRST
second
third
fourth'
	same "$(cat <&3)" "$want" "through a descriptor from before"
	same "$(cat copied-up)" "$want" "by its name"
	mv copied-up moved-up
	accepted chmod 600 /proc/self/fd/3
	same "$(stat -c '%a %i' moved-up)" "600 $ino" "renamed while it was open"
	rm moved-up
	echo fifth >&4
	same "$(tail -n 1 /proc/self/fd/3)" fifth "without a name"
	same "$(stat -L -c %h /proc/self/fd/3)" 0 "links of what was removed"
	gone copied-up
	gone moved-up
	exec 3<&- 4>&- 5>&- 6<&-
	accepted truncate -s 3M sparse-up
	[ "$(stat -c %b sparse-up)" -lt 100 ] || leak "a hole takes room"
	accepted dd if=vis/plain.txt of=sparse-up bs=1 seek=2000000 conv=notrunc
	same "$(stat -c %s sparse-up)" 3145728 "the size of a sparse file"
	rm sparse-up
}

row_77_open_files_and_copy_up() {
	cp vis/plain.txt twice
	exec 3<twice 4>>twice 5>>twice
	echo a >&4
	echo b >&5
	same "$(cat <&3)" "nothing to hide
a
b" "a file that was open before it was written"
	exec 3<&- 4>&- 5>&-
	rm twice
}

row_62_slow_patterns() {
	try timeout 20 cat redos.txt
	same "$?" 0 "a file that is hard to search"
}

row_65_evasion() {
	for f in utf16.txt blob.bin large.txt; do every_way "$f"; done
}

# ---------- what is rarely tried ----------

row_26_every_handle() {
	try "$probe" handles .
	case $? in
	0 | 77) ;;
	*) leak "no handle leads to what is visible: the attack is none" ;;
	esac
	rm -rf handle-dir
	mkdir handle-dir
	echo x >handle-dir/f
	rm -r handle-dir
	try "$probe" handles config
}

row_70_listings_from_anywhere() {
	for d in . config secrets vis; do
		try "$probe" offsets "$d"
		for f in .env prod.hid alias3 secrets; do
			! grep -qxF -e "$f" "$scratch/out" ||
				leak "a listing from some offset has $f"
		done
	done
}

# An attribute of a visible file may hold a secret, too.
row_70_attributes_of_visible_files() {
	for f in with-attr.txt vis; do
		try "$probe" xattrs "$f"
		try getfattr -d "$f"
	done
	try getfattr -n user.note with-attr.txt
	same "$?" 0 "an attribute that holds no secret"
	try chmod 640 with-attr.txt
	try "$probe" xattrs with-attr.txt
	try cp --preserve=xattr with-attr.txt "$scratch/copy"
	try "$probe" xattrs "$scratch/copy"
	rm -f "$scratch/copy"
}

row_28_parts_moved_within_a_file() {
	cp large.txt moved-parts
	try "$probe" fallocate moved-parts
	rm moved-parts
	cp app.json cut
	for n in 40 30 20 10; do
		try truncate -s "$n" cut
		try cat cut
	done
	rm cut
}

row_28_masked_by_any_program() {
	try grep -r FAKE app.json vis config masked.conf utf16.txt
	try tar -cf - app.json vis masked.conf utf16.txt
	try sh -c 'exec 3<app.json; cat <&3; cat /dev/fd/3 /proc/self/fd/3'
	try sh -c 'while IFS= read -r l; do echo "$l"; done <vis/notes.txt'
	try cmp app.json vis/notes.txt
	try sort app.json vis/notes.txt masked.conf
	try sh -c '. ./masked.conf; set'
	try cp --reflink=auto app.json "$scratch/copy"
	try cat "$scratch/copy"
	try cp --sparse=always blob.bin "$scratch/copy"
	try cat "$scratch/copy"
	rm -f "$scratch/copy"
}

# A namespace of one's own, in which the view is laid over, moved or taken off.
row_51_in_a_namespace_of_its_own() {
	unshare -Urm true 2>/dev/null || return 0
	for c in 'umount -l .' 'mount --bind . /mnt' 'mount -t tmpfs none config' \
		'mount --make-rprivate /' \
		'mount -t overlay -o lowerdir=.,upperdir=/tmp,workdir=/tmp o /mnt'; do
		try unshare -Urm sh -c "$c; cd \"$PWD\"; cat .env config/.env \
			config/prod.hid secrets/db.txt; cat /mnt/.env /mnt/secrets/*;
			ls -la . /mnt"
	done
}

row_17_links_by_way_of_proc() {
	ln -s /proc/self/cwd/.env l1
	ln -s /proc/self/root/"$PWD"/.env l2
	ln -s /proc/thread-self/cwd/secrets l3
	ln -s ../../../../../../../../../../"$PWD"/.env l4
	for l in l1 l2 l4 l3/db.txt; do
		gone_or_own "$l"
		try "$probe" openat2 "$l"
	done
	rm l1 l2 l3 l4
}

row_08_sockets_and_state() {
	[ -n "${IN_RUN:-}" ] || return 0
	try find / -xdev -name ctl -o -name audit.jsonl -o -name meta.ini
	same "$(cat "$scratch/out" | grep -c sessions)" 0 "the store is here"
	try env
	! grep -q 'state/s\|XDG_STATE_HOME' "$scratch/out" ||
		leak "the environment names the store"
	try cat /proc/1/cmdline /proc/self/mountinfo /proc/mounts
	try sh -c 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline'
	refused sh -c 'ls /sys/fs/fuse/connections/*/abort'
	refused test -c /dev/fuse
}

row_71_other_calls() {
	for f in .env config/prod.hid secrets; do
		for c in "touch -c" "stat -L" "readlink -e" "getfacl" "mv -n x" \
			"setfacl -m u::rw" "chattr +i" "lsattr" "fallocate -l 1 -n" \
			"mountpoint" "truncate -c -s 0" "ls -ld" "file -b" "wc -c" \
			"test -e" "test -r"; do
			command -v "${c%% *}" >/dev/null || continue
			# shellcheck disable=SC2086 # words
			try $c "$f"
		done
		not_listed "$f" .
	done
	accepted ln -s nowhere .env
	same "$(readlink .env)" nowhere "a link by a hidden name"
	accepted rm .env
	gone .env
}
