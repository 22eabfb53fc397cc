#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/kubernetes: the manifests are well-formed and ask for no more than they
# must; their scripts do what a pod would, to a registry and to a git host, and the
# answers come back as sessions. No cluster is needed.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/integration/registry.sh"
need fuse git tar skopeo docker-registry
srcdir=$(cd "$srcdir" && pwd)
kube=$srcdir/contrib/kubernetes
for python in python3 /usr/bin/python3 ''; do
	[ -n "$python" ] || skip "no PyYAML (python3-yaml)"
	! $python -c 'import yaml' 2>/dev/null || break
done

# ---------- manifests ----------

run 0 "$python" "$srcdir/tests/integration/kubernetes.py" "$kube/export-job.yaml" \
	"$kube/sidecar-pod.yaml" "$kube/network-policy.yaml"
check_out 'Job NetworkPolicy Pod'
# what kubectl knows of them, it gives back: a misspelt field would be lost
if command -v kubectl >/dev/null &&
	kubectl set env --local -f "$kube/sidecar-pod.yaml" A=b -o json \
		>pod.json 2>/dev/null && grep -q startupProbe pod.json; then
	for file in export-job sidecar-pod network-policy; do
		kubectl label --local -f "$kube/$file.yaml" a=b -o json >got.json
		"$python" - "$kube/$file.yaml" got.json <<-'END' || fail "$file"
		import json, sys, yaml
		def lost(a, b, at=""):
		    if isinstance(a, dict):
		        for k in a:
		            if k not in (b or {}):
		                sys.exit("kubectl does not know %s/%s" % (at, k))
		            lost(a[k], b[k], at + "/" + k)
		    elif isinstance(a, list):
		        for x, y in zip(a, b):
		            lost(x, y, at)
		lost(yaml.safe_load(open(sys.argv[1])), json.load(open(sys.argv[2])))
		END
	done
	echo "ok kubectl"
fi
# the scripts in them are shell, and name commands that the image has
for file in export-job sidecar-pod; do
	"$python" - "$kube/$file.yaml" <<-'END' >"$file.sh"
	import sys, yaml
	d = yaml.safe_load(open(sys.argv[1]))
	spec = d["spec"].get("template", d)["spec"]
	for c in spec["initContainers"] + spec["containers"]:
	    if c["command"][0] == "sh":
	        print(c["args"][0])
	    else:
	        print(" ".join(c["command"]))
	END
	sh -n "$file.sh" || fail "$file"
done
grep -q '^scrim-finish /base/base.tar' export-job.sh || fail "$(cat export-job.sh)"
echo "ok manifests"

# ---------- a registry, and a git host ----------

registry_start "$python"
git init -q --bare answers.git
place=docker://127.0.0.1:$port/answers

mkdir -p ws/src ws/old
echo hello >ws/src/f
echo o >ws/old/o
printf '#!/bin/sh\n' >ws/tool
chmod 755 ws/tool
ln -s src/f ws/link
echo g >ws/g
ln ws/g ws/hard
echo 'KEY=FAKE-EXAMPLE-0123456789' >ws/.env

# ---------- pods with a copy ----------

# pod NAME TO SCRIPT: what the containers of export-job.yaml do, one by one.
pod() {
	rm -rf pod
	mkdir -p pod/base pod/agent
	sed -n '/^scrim export/,/^tar/p' export-job.sh |
		sed "s|agent-name|$1|; s| /workspace| ws|; s| /base| pod/base|g
			s|--owner 1000:1000||; s| /agent| pod/agent|; s|^scrim|\"\$SCRIM\"|" \
			>first
	XDG_STATE_HOME=$tmp/pod/state sh -ec "$(cat first)" 2>>pods.log ||
		fail "the first container: $(cat pods.log)"
	(cd pod/agent && sh -ec "$3") || fail "the agent"
	SCRIM_SKOPEO_FLAGS=--dest-tls-verify=false run 0 \
		"$kube/scrim-finish" pod/base/base.tar pod/agent "$1" "$2"
	sha256sum <pod/base/base.tar >>digests
}
collect() {
	SCRIM_SKOPEO_FLAGS=--src-tls-verify=false run 0 \
		"$kube/scrim-collect" -w ws "$@"
}
change='[ ! -e .env ]; echo more >>src/f; rm -r old; echo n >new; mkdir d
	ln -sf new link; chmod 644 tool; echo d >d/d'
: >digests
: >pods.log
pod fix-1 "$place" "$change"
pod fix-2 "$place" 'echo two >two'
pod fix-3 "git:$tmp/answers.git" "$change"
pod fix-4 "$place" 'true'
[ "$(sort -u digests | wc -l)" = 1 ] || fail "exports of one workspace differ"
! grep -rqs FAKE-EXAMPLE registry answers.git || fail "a secret is in an answer"

for name in fix-1 fix-3; do
	from=$place
	[ $name = fix-1 ] || from=git:$tmp/answers.git
	collect $name "$from"
	sed -n 's/^  \([ADMRT] .*\)$/\1/p' err | sed 's/  \[.*//' | sort >changes
	check_file changes 'A d/
A d/d
A new
D old/
D old/o
M link
M src/f
M tool'
done
collect fix-2 "$place"
(cd ws && run 0 "$SCRIM" apply -s fix-2 --yes)
check_file ws/two two
rm ws/two
collect fix-4 "$place"
err_has 'nothing changed'
echo "ok pods"

# ---------- what is not as it should be ----------

echo changed >>ws/tool
run 1 env SCRIM_SKOPEO_FLAGS=--src-tls-verify=false \
	"$kube/scrim-collect" -w ws other docker://127.0.0.1:$port/answers
pod fix-5 "$place" 'echo five >five'
echo again >>ws/tool
SCRIM_SKOPEO_FLAGS=--src-tls-verify=false run 1 \
	"$kube/scrim-collect" -w ws fix-5 "$place"
err_has 'is not what fix-5 was made of'
! "$SCRIM" list --names | grep -qx fix-5 || fail "and yet a session"
collect -f fix-5 "$place"
err_has '1 added'
mkdir -p hostile/tree
ln -s /etc/passwd hostile/tree/passwd
: >hostile/tree/.wh.x
run 1 "$python" "$kube/answer.py" pod/base/base.tar hostile/tree hostile/oci x
err_has 'cannot be in a layer'
rm hostile/tree/.wh.x
mkfifo hostile/tree/pipe
run 0 "$python" "$kube/answer.py" pod/base/base.tar hostile/tree hostile/oci x
err_has "left out: 'pipe'"
ln -sf /etc/passwd "$(run 0 "$python" "$kube/answer.py" --layer hostile/oci
	sed 's/.* //' out)"
run 1 "$python" "$kube/answer.py" --layer hostile/oci
run 2 "$kube/scrim-finish" pod/base/base.tar pod/agent ../x "$place"
echo "ok refused"

# ---------- a pod with the live view ----------

if [ "$(id -u)" = 0 ]; then
	mkdir -m 755 view
	XDG_STATE_HOME=$tmp/sidecar SCRIM_SKOPEO_FLAGS=--dest-tls-verify=false \
		"$kube/scrim-serve" ws view/mnt live-1 "$place" >serve.log 2>&1 &
	serve=$!
	wait_for 30 mountpoint -q view/mnt || fail "no view: $(cat serve.log)"
	[ ! -e view/mnt/.env ] || fail "a secret in the view"
	echo live >view/mnt/live
	rm view/mnt/new 2>/dev/null || rm view/mnt/link
	kill -TERM $serve
	wait $serve || fail "$(cat serve.log)"
	collect live-1 "$place"
	sed -n 's/^  \([ADMRT] .*\)$/\1/p' err | sort >changes
	check_file changes 'A live
D link'
	[ ! -e ws/live ] || fail "it was written to the workspace"
	echo "ok sidecar"
fi
