#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of README.md, "if you use X, type Y": each line is typed here as it
# stands there, with real words for those in capitals.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/integration/registry.sh"
need fuse userns mke2fs git socat mitmdump busybox
mkdir bin
ln -s "$SCRIM" bin/scrim
PATH=$tmp/bin:$PATH:/usr/sbin:/sbin

sed -n '/^## Where your agent runs/,/^## /p' "$srcdir/README.md" |
	awk -F '|' '/^\| if you use/ { on = 1; next }
		/^$/ { if (rows) exit }
		on && !/^\|---/ && /^\|/ { rows++; print $3 }' >rows
[ "$(wc -l <rows)" -ge 10 ] || fail "the table has gone"

mkdir t
echo hello >t/f
tar -C t -cf back.tar .

# sh_does COMMAND: by a shell in the workspace.
sh_does() {
	(cd ws && sh -c "$1" </dev/null >"$tmp/out" 2>"$tmp/err") ||
		fail "$1: $(cat "$tmp/err")"
}
# nvim_does :COMMAND, where what it opens in a terminal must end well.
nvim_does() {
	(cd ws && TERM=xterm timeout 60 nvim --headless -i NONE \
		-u "$contrib/agents/editors/scrim.lua" -c "${1#:}" \
		-c "if jobwait([b:terminal_job_id], 40000)[0] | cquit | endif" \
		-c 'qall!' </dev/null >"$tmp/out" 2>&1) || fail "$1: $(cat "$tmp/out")"
}
# vscode_does TASK: what it would give to a shell.
vscode_does() {
	python3 - "$contrib/agents/editors/tasks.json" "$1" >"$tmp/task" <<-'END'
	import json, shlex, sys
	tasks = json.load(open(sys.argv[1]))["tasks"]
	task = [t for t in tasks if t["label"] == sys.argv[2]][0]
	words = [task["command"]] + task["args"]
	print(shlex.join(w.replace("${input:agent}", "true") for w in words))
	END
	sh_does "$(cat "$tmp/task")"
}
# What a pod does before an answer can be collected, for a session of NAME.
pod_does() {
	mkdir -p pod/agent
	(XDG_STATE_HOME=$tmp/pod/state
	export XDG_STATE_HOME
	scrim export -w ws -n pod -o pod/base.tar
	tar -C pod/agent -xf pod/base.tar
	echo new >pod/agent/n
	"$contrib/kubernetes/scrim-finish" pod/base.tar pod/agent "$1" \
		"docker://127.0.0.1:$port/answers") >pod/log 2>&1 ||
		fail "a pod: $(cat pod/log)"
}

# type_it COMMAND: in a workspace of its own.
type_it() {
	rm -rf ws up
	mkdir -p ws mnt up
	echo hello >ws/f
	echo 'KEY=FAKE-EXAMPLE-0123456789' >ws/.env
	echo new >up/n
	command=$(printf '%s' "$1" | sed "s|COMMAND|true|g; s|MOUNTPOINT|$tmp/mnt|g
		s|UPPERDIR|$tmp/up|g; s|\.\./DIR|../t|g; s|NAME|n$typed|g
		s|^contrib/|$contrib/|; s|FILE|$tmp/key|g; s|ROOTFS|$tmp/root|g
		s|HOST|127.0.0.1|g; s|URL|file://$tmp/app.git|g
		s|IMAGE|localhost/scrim-readme|
		s|REGISTRY/REPOSITORY|127.0.0.1:$port/answers|")
	case $command in
	:*) printf '%s\n' "$command" >lines ;;
	scrim:*) printf '%s\n' "$command" >lines ;;
	*)
		case $command in
		*scrim-collect*) pod_does "n$typed" ;;
		esac
		sh_does "$command"
		return
		;;
	esac
	while IFS= read -r line; do
		case $line in
		:*) nvim_does "$line" ;;
		*) vscode_does "$line" ;;
		esac
	done <lines
}

(umask 077 && echo FAKE-EXAMPLE-KEY >key)
mkdir -p root/bin root/workspace root/tmp root/proc root/dev root/etc
cp "$(command -v busybox)" root/bin/busybox
ln -s busybox root/bin/true
# a podman of its own, for which the limits are those of any machine
for oci in runc crun ''; do
	[ -z "$oci" ] || ! command -v "$oci" >/dev/null || break
done
cat >bin/podman <<END
#!/bin/sh
export STORAGE_DRIVER=vfs CONTAINERS_CONF=$tmp/containers.conf
exec $(command -v podman || echo podman) --root $tmp/store \\
	--runroot $tmp/runroot --cgroup-manager=cgroupfs \\
	--events-backend=file --runtime "$oci" "\$@"
END
chmod +x bin/podman
cat >containers.conf <<'END'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
END
# a registry, where the machine has one
port=1
if command -v docker-registry >/dev/null && command -v skopeo >/dev/null; then
	registry_start python3
	# of skopeo copy, which has both
	SCRIM_SKOPEO_FLAGS='--src-tls-verify=false --dest-tls-verify=false'
	export SCRIM_SKOPEO_FLAGS
fi
contrib=$(cd "$srcdir" && pwd)/contrib
git config --global include.path "$contrib/agents/git/gitconfig"
git config --global --add safe.directory '*'
git config --global init.defaultBranch main
git init -q --bare app.git

# can ROW: whether this machine has what the row's program needs besides.
can() {
	case $1 in
	*scrim-proxy*) [ -x /usr/sbin/squid ] ;;
	*scrim-git*) [ -x /usr/sbin/lighttpd ] ;;
	*scrim-netns*) [ "$(id -u)" = 0 ] && command -v nft >/dev/null ;;
	*scrim-runsc*) command -v runsc >/dev/null &&
		runsc --root "$tmp/runsc" --network none --ignore-cgroups "do" \
			true >/dev/null 2>&1 ;;
	*scrim-container*) [ "$(id -u)" = 0 ] && [ -n "$oci" ] &&
		tar -C root -c . | podman import - localhost/scrim-readme \
			>import.log 2>&1 ;;
	*scrim-collect*) [ "$port" != 1 ] ;;
	*:Scrim*) command -v nvim >/dev/null ;;
	esac
}

typed=0 left=0
while IFS= read -r row; do
	if ! can "$row"; then
		[ -z "${CI:-}" ] || fail "cannot be typed here: $row"
		left=$((left + 1))
		continue
	fi
	# all commands of a row, in one go: they belong together
	commands=$(printf '%s\n' "$row" | grep -o '`[^`]*`' | tr -d '`' |
		grep -v '/gitconfig$\|\.lua$\|\.json$\|\.yaml$')
	case $commands in
	:* | scrim:*) ;;
	*) commands=$(echo "$commands" | sed '$!s/$/ \&\&/' | tr '\n' ' ') ;;
	esac
	typed=$((typed + 1))
	type_it "$commands"
done <rows
[ "$((typed + left))" -ge 16 ] || fail "$typed typed, $left left"
echo "$typed lines typed, $left not possible here"

# "What was tried": each command names a test of the suite, and nothing that this
# test does not know; with smaller figures they all run in make check.
sed -n '/^## What was tried/,/^## /p' "$srcdir/README.md" |
	awk -F '|' '/^\| what/ || /^\|---/ { next } /^\|/ { print $4 }' >tried
[ "$(wc -l <tried)" -ge 9 ] || fail "the table of what was tried has gone"
while IFS= read -r row; do
	name=$(echo "$row" | grep -o 'tests/[a-z_/]*\(\.sh\|\.py\)\{0,1\}' | sed -n 1p)
	case $name in
	tests/load/load.py)
		kind=$(echo "$row" | sed -n 's/.*load\.py \([a-z]*\) [0-9]*`.*/\1/p')
		grep -q "^	load $kind [0-9]*\$" "$srcdir/tests/load/test_load.sh" ||
			fail "test_load.sh does not do: $row"
		file=$srcdir/$name
		;;
	*.sh | *.py) file=$srcdir/$name ;;
	*) file=$srcdir/$name.c ;;
	esac
	[ -f "$file" ] || fail "no such test: $row"
	case $name in
	*.py) ;;
	*) grep -q "^	$name \\\\\$\|^	$name\$" "$srcdir/Makefile.am" ||
		fail "make check does not run: $row" ;;
	esac
	for word in $(echo "$row" | grep -o '[A-Z_]*=' | tr -d '='); do
		case $word in
		TESTS | SCRIM | CC) ;;
		*) grep -q "$word" "$file" ||
			fail "$name knows no $word: $row" ;;
		esac
	done
done <tried
echo "$(wc -l <tried) lines of what was tried name tests of make check"
