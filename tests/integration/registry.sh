# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
#
# A registry of images on this machine, for tests that push to one and pull from
# it; to be sourced after tests/lib.sh. It ends with the test.

# registry_start PYTHON: waits until it answers at 127.0.0.1:$port.
registry_start() {
	port=$("$1" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	cat >registry.yaml <<-END
	version: 0.1
	log: { level: warn }
	storage:
	  filesystem: { rootdirectory: $tmp/registry }
	http: { addr: "127.0.0.1:$port" }
	END
	docker-registry serve registry.yaml >registry.log 2>&1 &
	registry=$!
	at_exit() {
		kill $registry
	}
	wait_for 20 "$1" -c 'import sys, urllib.request
urllib.request.urlopen("http://127.0.0.1:%s/v2/" % sys.argv[1])' "$port" \
		2>/dev/null || fail "no registry: $(cat registry.log)"
}
