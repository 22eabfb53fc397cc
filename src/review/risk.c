/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/risk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct risk_class_info risk_classes[RISK_N] = {
	[RISK_GIT] = { "git", RISK_HARD, "inside of a git repository" },
	[RISK_SETID] = { "set-id", RISK_HARD, "runs as its owner or group" },
	[RISK_GITCONF] = { "git-config", RISK_ASK, "makes git run programs" },
	[RISK_CI] = { "ci", RISK_ASK, "runs in CI" },
	[RISK_EDITOR] = { "editor", RISK_ASK, "run by editor or direnv" },
	[RISK_SHELL] = { "shell", RISK_ASK, "run when a shell or tool starts" },
	[RISK_AGENT] = { "agent", RISK_ASK, "instructions to agents" },
	[RISK_INTERPRETER] = { "interpreter", RISK_ASK,
			       "runs in place of a tool" },
	[RISK_SCRIPTS] = { "scripts", RISK_ASK, "package scripts changed" },
	[RISK_REGISTRY] = { "registry", RISK_ASK,
			    "fetches packages from elsewhere" },
	[RISK_LINK] = { "link", RISK_ASK, "link that leaves the workspace" },
	[RISK_SECRET] = { "secret", RISK_ASK, "looks like a new secret" },
	[RISK_TEXT] = { "text", RISK_ASK, "hides or reorders text" },
	[RISK_POLICY] = { "policy", RISK_ASK, "changes what scrim protects" },
	[RISK_OWNER] = { "owner", RISK_ASK, "changes owner or group" },
	[RISK_BUILD] = { "build", RISK_NOTE, "runs at the next build or test" },
	[RISK_EXEC] = { "exec", RISK_NOTE, "became executable" },
	[RISK_BINARY] = { "binary", RISK_NOTE, "binary" },
};

int risk_class_find(const char *name)
{
	for (int i = 0; i < RISK_N; i++)
		if (!strcmp(risk_classes[i].name, name))
			return i;
	return -1;
}

unsigned risk_at_least(enum risk_level level)
{
	unsigned bits = 0;

	for (int i = 0; i < RISK_N; i++)
		if (risk_classes[i].level >= level)
			bits |= 1u << i;
	return bits;
}

int risk_level_of(unsigned classes)
{
	int level = -1;

	for (int i = 0; i < RISK_N; i++)
		if (classes & 1u << i && (int)risk_classes[i].level > level)
			level = risk_classes[i].level;
	return level;
}

int risk_add(struct risk *r, enum risk_class class, const char *fmt, ...)
{
	struct risk_mark *at;
	char *why = NULL;
	va_list ap;
	size_t i = r->n;
	int n;

	if (r->classes & 1u << class)
		return 0;
	at = realloc(r->at, (r->n + 1) * sizeof(*at));
	if (!at)
		return -ENOMEM;
	r->at = at;
	va_start(ap, fmt);
	n = vasprintf(&why, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	for (; i && at[i - 1].class > class; i--)
		at[i] = at[i - 1];
	at[i] = (struct risk_mark){ class, why };
	r->n++;
	r->classes |= 1u << class;
	return 0;
}

void risk_release(struct risk *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->at[i].why);
	free(r->at);
	memset(r, 0, sizeof(*r));
}
