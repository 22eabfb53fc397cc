/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/environ.h"
#include "sandbox/profile.h"
#include "sandbox/vars.h"
#include "scan/policy.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const passed[] = {
	"PATH", "USER", "LOGNAME", "SHELL", "HOME",
	"TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
	"COLUMNS", "LINES", "LS_COLORS", "NO_COLOR", "FORCE_COLOR",
	"CLICOLOR", "CLICOLOR_FORCE",
	"LANG", "LANGUAGE", "LC_*", "TZ",
	"EDITOR", "VISUAL", "PAGER", "LESS", "MANPAGER",
	"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME",
	"GIT_COMMITTER_EMAIL", "GIT_EDITOR", "GIT_PAGER",
	"CI", "MAKEFLAGS", "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS",
	"LDFLAGS", "PKG_CONFIG_PATH", "JAVA_HOME", "DEBUG",
	"SOURCE_DATE_EPOCH",
};

/* Ways to sockets, sessions, loaders and helpers of the caller's. */
static const char *const refused[] = {
	"*_SOCK", "*_SOCKET", "*_SOCKET_*", "*_LISTEN_ON", "*_LISTEN_ADDRESS",
	"*_ASKPASS", "*_RUNTIME_DIR", "DBUS_*", "TMUX*", "STY", "ZELLIJ*",
	"VSCODE_*", "NVIM*", "VIM_SERVERNAME", "KITTY_*", "WEZTERM_*",
	"ALACRITTY_*", "ITERM_*", "DISPLAY", "WAYLAND_*", "XAUTHORITY",
	"XDG_*", "SESSION_MANAGER", "DESKTOP_*", "GNOME_*", "KDE_*",
	"SSH_*", "GPG_*", "KRB5*", "DOCKER_*", "CONTAINER_*", "PODMAN_*",
	"KUBECONFIG", "KUBERNETES_*", "SUDO_*", "SYSTEMD_*", "INVOCATION_ID",
	"NOTIFY_*", "LISTEN_*", "JOURNAL_*", "LD_*", "BASH_ENV", "ENV",
	"BASH_FUNC_*", "PROMPT_COMMAND", "GIT_SSH*", "GIT_CONFIG*",
	"GIT_DIR", "GIT_WORK_TREE", "CLAUDE_CODE_SSE_PORT", "PULSE_*",
	"PIPEWIRE_*", "SCRIM_*",
};

int environ_matches(const char *pattern, const char *name, size_t len)
{
	size_t n = strlen(pattern);
	int open_end, open_start = pattern[0] == '*';

	if (open_start) {
		pattern++;
		n--;
	}
	open_end = n && pattern[n - 1] == '*';
	n -= (size_t)open_end;
	if (open_start && open_end)
		return memmem(name, len, pattern, n) != NULL;
	if (n > len || (!open_start && !open_end && n != len))
		return 0;
	return !memcmp(open_start ? name + len - n : name, pattern, n);
}

static int in_table(const char *const *at, size_t n, const char *name,
		    size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (environ_matches(at[i], name, len))
			return 1;
	return 0;
}

static int in_list(const struct strlist *l, const char *name, size_t len)
{
	return in_table((const char *const *)l->at, l->n, name, len);
}

static size_t name_len(const char *assignment)
{
	return strcspn(assignment, "=");
}

static int is_secret(const struct policy *p, const char *assignment, size_t len)
{
	struct verdict v;
	char *name;
	int yes;

	if (!p)
		return 0;
	name = strndup(assignment, len);
	if (!name)
		return 1;
	yes = policy_env(p, name, assignment + len + 1, &v);
	free(name);
	return yes;
}

static int is_passed(const struct environ_options *o, const char *assignment,
		     size_t len)
{
	if (in_table(refused, ARRAY_SIZE(refused), assignment, len))
		return 0;
	if (!in_table(passed, ARRAY_SIZE(passed), assignment, len) &&
	    !in_list(&o->profile->pass, assignment, len))
		return 0;
	return !is_secret(o->policy, assignment, len);
}

static int from_host(const struct environ_options *o, struct strlist *out,
		     struct strlist *kept_out)
{
	const char *const *e;
	char *name;
	int r = 0;

	for (e = o->host; *e && !r; e++) {
		size_t len = name_len(*e);

		if (!len || !(*e)[len])
			continue;
		if (in_list(&o->profile->secret, *e, len)) {
			r = o->keys_outside ?
				vars_setf(out, "%.*s=" ENVIRON_PLACEHOLDER,
					     (int)len, *e) :
				vars_set(out, *e);
		} else if (is_passed(o, *e, len)) {
			r = vars_set(out, *e);
		} else if (kept_out) {
			name = strndup(*e, len);
			r = name ? strlist_add(kept_out, name) : -ENOMEM;
			free(name);
		}
	}
	return r;
}

static int set_all(struct strlist *out, const struct strlist *from)
{
	size_t i;
	int r = 0;

	for (i = 0; i < from->n && !r; i++)
		r = vars_set(out, from->at[i]);
	return r;
}

/* NAME alone stands for the caller's value; nothing where it has none. */
static int set_extra(const struct environ_options *o, struct strlist *out,
		     const char *word)
{
	const char *const *e;
	size_t len = name_len(word);

	if (word[len])
		return vars_set(out, word);
	for (e = o->host; *e; e++)
		if (name_len(*e) == len && !memcmp(*e, word, len))
			return vars_set(out, *e);
	return 0;
}

int environ_build(const struct environ_options *o, struct strlist *out,
		  struct strlist *kept_out)
{
	const char *const *e;
	int r;

	r = from_host(o, out, kept_out);
	if (!r && o->fixed)
		r = set_all(out, o->fixed);
	if (!r)
		r = set_all(out, &o->profile->set);
	for (e = o->extra; e && *e && !r; e++)
		r = set_extra(o, out, *e);
	return r;
}
