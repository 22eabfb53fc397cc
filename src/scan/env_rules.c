/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/glob.h"
#include "scan/policy_load.h"

struct globs {
	struct glob **at;
	size_t n;
};

struct env_rule {
	const struct rule *rule;
	size_t number;
	struct globs names, except;
};

struct env_rules {
	struct env_rule *at;
	size_t n;
};

static int make_globs(struct globs *g, const struct strlist *l,
		      struct err *err)
{
	int r = 0;

	g->at = calloc(l->n + 1, sizeof(*g->at));
	if (!g->at)
		return err_set(err, -ENOMEM, "out of memory");
	while (!r && g->n < l->n) {
		r = glob_new(&g->at[g->n], l->at[g->n], err);
		g->n += !r;
	}
	return r;
}

static void free_globs(struct globs *g)
{
	for (size_t i = 0; i < g->n; i++)
		glob_free(g->at[i]);
	free(g->at);
}

int env_rules_new(struct env_rules **out, const struct ruleset *rules,
		  struct err *err)
{
	size_t n = ruleset_count(rules);
	struct env_rules *e = calloc(1, sizeof(*e));
	int r = 0;

	if (e)
		e->at = calloc(n + 1, sizeof(*e->at));
	if (!e || !e->at)
		r = err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < n; i++) {
		const struct rule *rule = ruleset_get(rules, i);

		if (rule->kind != RULE_ENV || rule->disabled)
			continue;
		e->at[e->n].rule = rule;
		e->at[e->n].number = i;
		r = make_globs(&e->at[e->n].names, &rule->names, err);
		if (!r)
			r = make_globs(&e->at[e->n].except, &rule->except, err);
		e->n++;
	}
	if (r)
		env_rules_free(e);
	else
		*out = e;
	return r;
}

void env_rules_free(struct env_rules *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n; i++) {
		free_globs(&e->at[i].names);
		free_globs(&e->at[i].except);
	}
	free(e->at);
	free(e);
}

static int any(const struct globs *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (glob_match_name(g->at[i], name))
			return 1;
	return 0;
}

/* A user's rule overrides the shipped ones, a workspace's only tightens. */
const struct rule *env_rules_find(const struct env_rules *e,
				  const struct confirm *c, const char *name,
				  const char *value)
{
	const struct rule *best = NULL, *tighter = NULL;

	for (size_t i = 0; i < e->n; i++) {
		const struct env_rule *r = &e->at[i];
		const struct rule **to = r->rule->origin == ORIGIN_WORKSPACE ?
					 &tighter : &best;

		if (!any(&r->names, name) || any(&r->except, name) ||
		    !confirm_text(c, r->number, value, strlen(value)))
			continue;
		if (!*to || r->rule->origin > (*to)->origin ||
		    (r->rule->origin == (*to)->origin &&
		     r->rule->action > (*to)->action))
			*to = r->rule;
	}
	if (tighter)
		best = tighter;
	return best && best->action > ACTION_READONLY ? best : NULL;
}
