/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "scan/ruleset.h"

static const char *const actions[] = {
	[ACTION_SHOW] = "show",
	[ACTION_READONLY] = "readonly",
	[ACTION_MASK] = "mask",
	[ACTION_DENY] = "deny",
	[ACTION_HIDE] = "hide",
};

static const char *const severities[] = {
	[SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};

static const char *const kinds[] = {
	[RULE_PATH] = "path",
	[RULE_CONTENT] = "content",
	[RULE_ENV] = "env",
	[RULE_RISK] = "risk",
};

static const char *const origins[] = {
	[ORIGIN_SHIPPED] = "shipped",
	[ORIGIN_USER] = "user",
	[ORIGIN_COMMAND] = "command line",
	[ORIGIN_WORKSPACE] = "workspace",
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static int word_index(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -EINVAL;
}

int action_parse(const char *word, enum action *out, struct err *err)
{
	int i = word_index(actions, LENGTH(actions), word);

	if (i < 0)
		return err_set(err, i, "'%.40s' is not an action: hide, mask, "
			       "deny, readonly or show", word);
	*out = (enum action)i;
	return 0;
}

int severity_parse(const char *word, enum severity *out, struct err *err)
{
	int i = word_index(severities, LENGTH(severities), word);

	if (i < 0)
		return err_set(err, i, "'%.40s' is not a severity: critical, "
			       "high, medium or low", word);
	*out = (enum severity)i;
	return 0;
}

int confidence_parse(const char *word, enum confidence *out, struct err *err)
{
	int i = word_index(severities, SEVERITY_CRITICAL, word);

	if (i < 0)
		return err_set(err, i, "'%.40s' is not a confidence: high, "
			       "medium or low", word);
	*out = (enum confidence)i;
	return 0;
}

int rule_kind_parse(const char *word, enum rule_kind *out, struct err *err)
{
	int i = word_index(kinds, LENGTH(kinds), word);

	if (i < 0)
		return err_set(err, i, "'%.40s' is not a kind of rule: path, "
			       "content, env or risk", word);
	*out = (enum rule_kind)i;
	return 0;
}

const char *action_name(enum action a)
{
	return actions[a];
}

const char *severity_name(enum severity v)
{
	return severities[v];
}

const char *confidence_name(enum confidence v)
{
	return severities[v];
}

const char *rule_kind_name(enum rule_kind k)
{
	return kinds[k];
}

const char *rule_origin_name(enum rule_origin o)
{
	return origins[o];
}

const char *rule_id(const struct rule *r)
{
	return r ? r->id : "";
}

const char *rule_description(const struct rule *r)
{
	return r && r->description ? r->description : "";
}

const char *rule_file(const struct rule *r)
{
	return r ? r->file : "";
}

int rule_line(const struct rule *r)
{
	return r ? r->line : 0;
}
