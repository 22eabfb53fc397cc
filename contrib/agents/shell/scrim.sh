# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For bash, zsh and any other POSIX shell: ". scrim.sh" in its start-up file.

# agent COMMAND...: on a view of the repository that holds the current directory,
# or of the directory itself.
agent() {
	[ $# -gt 0 ] || { echo "usage: agent COMMAND [ARGUMENT...]" >&2; return 2; }
	scrim run -w "$(git rev-parse --show-toplevel 2>/dev/null || pwd)" -- "$@"
}
agent_status() { scrim status "$@"; }
agent_diff() { scrim diff "$@"; }
agent_review() { scrim review "$@"; }
agent_apply() { scrim apply "$@"; }
alias agent-status=agent_status agent-diff=agent_diff
alias agent-review=agent_review agent-apply=agent_apply
