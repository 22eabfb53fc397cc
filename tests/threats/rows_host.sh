# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2317,SC2329 # variables of the driver; called by name
#
# Rows of the list of threats in which the user does something to the workspace
# ($ws) while it is viewed ($mnt), or asks scrim something. Run by rows.sh, as the
# one who mounted the view.

session() {
	set -- "$state"/s/*/meta.ini
	[ -e "$1" ] || set -- "$state"/s/*/*/meta.ini
	dirname "$1"
}
hide() {
	printf 'KEY=%s\n' "$canary" >"$1"
}
read_3() {
	try sh -c 'cat <&3'
	try dd if=/proc/self/fd/3 iflag=direct bs=4096 count=1
	try cat /proc/self/fd/3
}

row_04_user_changes() {
	echo visible >"$ws/vis/changing"
	try cat "$mnt/vis/changing"
	exec 3<"$mnt/vis/changing"
	mv "$ws/vis/changing" "$ws/late.hid"
	hide "$ws/late.hid"
	read_3
	gone "$mnt/late.hid"
	exec 3<&-
	hide "$ws/fresh.hid"
	gone "$mnt/fresh.hid"
	hide "$ws/.env.new"
	mv "$ws/.env.new" "$ws/.env"
	gone "$mnt/.env"
	# the old content is left to the old file's other name
	gone "$mnt/alias.txt"
	ln "$ws/late.hid" "$ws/late-alias"
	gone "$mnt/late-alias"
}

row_04_moved_directories() {
	mkdir -p "$ws/moving/deep"
	echo visible >"$ws/moving/deep/f"
	exec 3<"$mnt/moving/deep/f"
	(
		cd "$mnt/moving/deep" || exit
		cat f >/dev/null
		mv "$ws/moving" "$ws/secrets/moving"
		hide "$ws/secrets/moving/deep/f"
		hide "$ws/secrets/moving/deep/new"
		for i in 1 2 3 4; do
			try cat f new
			try ls -la
			read_3
			sleep 0.2
		done
		[ "$leaks" = 0 ]
	) || leaks=$((leaks + 1))
	exec 3<&-
}

# What comes, changes and goes without being seen does not move its directory's
# times; what is seen does.
row_70_times_of_directories() {
	ls "$mnt/late" >/dev/null
	shown=$(stat -c '%y %z' "$mnt/late")
	hide "$ws/late/moment.hid"
	sleep 0.6
	same "$(stat -c '%y %z' "$mnt/late")" "$shown" "times with a hidden file"
	ls "$mnt/late" >/dev/null
	rm "$ws/late/moment.hid"
	sleep 0.6
	same "$(stat -c '%y %z' "$mnt/late")" "$shown" "times without it"
	echo visible >"$ws/late/seen"
	for i in $(seq 100); do
		[ "$(stat -c '%y %z' "$mnt/late")" = "$shown" ] || break
		sleep 0.3
	done
	same "$(stat -c %y "$mnt/late")" "$(stat -c %y "$ws/late")" \
		"times with a visible file"
	rm "$ws/late/seen"
}

row_24_stale_caches() {
	echo 'nothing yet, but something as long as a token would be' \
		>"$ws/vis/gains"
	exec 3<"$mnt/vis/gains"
	read_3
	for i in 1 2 3 4; do
		echo "token = $token" >"$ws/vis/gains"
		read_3
		try cat "$mnt/vis/gains"
		echo 'nothing again' >"$ws/vis/gains"
		try cat "$mnt/vis/gains"
	done
	echo "token = $token" >"$ws/vis/gains"
	sleep 1.5
	read_3
	readable "$mnt/vis/gains"
	exec 3<&-
}

row_25_numbers_used_again() {
	i=0
	while [ $i -lt 40 ]; do
		echo visible >"$ws/vis/reused"
		try cat "$mnt/vis/reused"
		exec 3<"$mnt/vis/reused"
		rm "$ws/vis/reused"
		hide "$ws/late/reuse.hid"
		read_3
		gone "$mnt/late/reuse.hid"
		rm "$ws/late/reuse.hid"
		exec 3<&-
		i=$((i + 1))
	done
	echo visible >"$ws/vis/reused"
}

row_27_secret_after_opening() {
	echo first >"$ws/vis/grows"
	exec 3<"$mnt/vis/grows"
	read_3
	echo "token = $token" >>"$ws/vis/grows"
	read_3
	sleep 0.6
	read_3
	try "$probe" map "$mnt/vis/grows"
	accepted chmod 600 "$mnt/vis/grows"
	try cat "$mnt/vis/grows"
	exec 3<&-
}

row_33_what_opaque_directories_hide() {
	rm -rf "$mnt/old-dir"
	mkdir "$mnt/old-dir"
	echo new >"$mnt/old-dir/n"
	try "$SCRIM" status --state-dir "$state/s" --session view
	grep -q 'old-dir/was' "$scratch/out" ||
		leak "a removed file is not in the summary"
}

row_38_the_store_is_private() {
	same "$(stat -c %a "$(session)")" 700 "the session's directory"
	find "$(session)" ! -type s -perm /077 >"$scratch/open"
	same "$(cat "$scratch/open")" "" "readable for others"
}

row_40_names_cannot_forge_records() {
	for n in "$(printf 'x\n/.env')" "$(printf 'a\nb')" "$(printf '\1\2')"; do
		mkdir -p "$mnt/forge/$n"
		echo own >"$mnt/forge/$n/f"
	done
	ls -R "$mnt/forge" >"$scratch/before"
	"$SCRIM" umount --state-dir "$state/s" "$mnt"
	# shellcheck disable=SC2086
	accepted "$SCRIM" mount --state-dir "$state/s" --session view $view_args \
		"$mnt"
	ls -R "$mnt/forge" >"$scratch/after"
	same "$(cat "$scratch/after")" "$(cat "$scratch/before")" \
		"names after a new mount"
	gone "$mnt/.env"
	gone "$mnt/config/prod.hid"
	try cat "$mnt/masked-alias.txt" "$mnt/app.json"
}

row_59_mounts_within() {
	[ -d "$ws/bind" ] || return 0
	# of the same file system: only the mount tells it from a directory
	try cat "$mnt/bind/db.txt" "$mnt/bound-file" "$mnt/other/other.txt"
	same "$(ls -A "$mnt/bind")" "" "another mount in the workspace"
	refused "$SCRIM" mount --state-dir "$ws/vis/state" "$ws" "$mnt"
	refused "$SCRIM" mount --state-dir "$state/s" "$ws" "$ws/empty"
}

row_63_huge_files() {
	try timeout 30 head -c 100 "$mnt/huge.txt"
	[ $? != 124 ] || leak "a huge file is judged without end"
	try timeout 30 tail -c 100 "$mnt/huge.txt"
}

row_64_archives() {
	try timeout 30 cat "$mnt/bomb.gz"
	same "$?" 0 "an archive"
}

row_66_scanner_keeps_secrets() {
	try "$SCRIM" scan "$ws"
	try "$SCRIM" scan --json "$ws"
	try "$SCRIM" rules explain -w "$ws" "$ws/.env" "$ws/app.json" \
		"$ws/config/prod.hid"
	try "$SCRIM" log --state-dir "$state/s" --session view
	try "$SCRIM" status --state-dir "$state/s" --session view
	try "$SCRIM" diff --state-dir "$state/s" --session view
	for f in audit.jsonl meta.ini log git-objects; do
		try cat "$(session)/$f"
	done
}

row_67_filling_the_disk() {
	try truncate -s 100G "$mnt/sparse"
	du=$(du -sk "$(session)" | cut -f1)
	[ "$du" -lt 200000 ] || leak "a sparse file takes $du KiB"
	rm -f "$mnt/sparse"
	refused truncate -s 9000000000000000000 "$mnt/sparse"
	rm -f "$mnt/sparse"
}

row_69_session_names() {
	for n in ../../x .. . / a/b ''; do
		refused "$SCRIM" status --state-dir "$state/s" --session "$n"
		refused "$SCRIM" mount --state-dir "$state/s" --name "$n" "$ws" \
			"$mnt"
	done
}

row_74_hidden_names_cost_no_look() {
	# there or not, the same answer by the same rule is on record
	stat "$mnt/late/.env" "$mnt/config/.env" 2>/dev/null
	for f in late/.env config/.env; do
		grep '"op":"lookup"' "$(session)/audit.jsonl" |
			grep -F "\"path\":\"$f\"" | tail -n 1 |
			sed 's/.*"rule":"\([^"]*\)".*/\1/' >"$scratch/${f%%/*}"
	done
	[ -s "$scratch/late" ] || leak "an absent hidden name is not on record"
	same "$(cat "$scratch/late")" "$(cat "$scratch/config")" "rules on record"
}

row_90_rules_say_what_they_do() {
	try "$SCRIM" rules explain -w "$ws" "$ws/denied.txt"
	grep -q denied "$scratch/out" || leak "a rule is not explained"
	printf '[x]\nkind = path\npaths = [\naction = nothing\n' >"$scratch/r.ini"
	refused "$SCRIM" mount --rules "$scratch/r.ini" --state-dir \
		"$state/s2" "$ws" "$mnt"
}

row_68_discarding_a_hostile_tree() {
	mkdir -p "$mnt/hostile/a"
	d=$mnt/hostile/a
	i=0
	while [ $i -lt 60 ]; do
		d=$d/dddddddddddddddddddd
		i=$((i + 1))
	done
	mkdir -p "$d"
	ln -s / "$mnt/hostile/root"
	chmod 000 "$mnt/hostile/a"
	"$SCRIM" umount --state-dir "$state/s" "$mnt"
	ls -la "$ws" >"$scratch/before"
	accepted "$SCRIM" discard --state-dir "$state/s" --session view --yes
	ls -la "$ws" >"$scratch/after"
	same "$(cat "$scratch/after")" "$(cat "$scratch/before")" "the workspace"
}
