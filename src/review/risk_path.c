/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/risk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/fold.h"
#include "scan/rule_index.h"
#include "scan/ruleset.h"
#include "scan/scan.h"

struct risks {
	const struct ruleset *rules;
	struct rule_index *index;
	struct scanner *scanner;	/* made when content is first looked at */
};

int risks_new(struct risks **out, const struct ruleset *rules, struct err *err)
{
	struct risks *r;
	int code;

	for (size_t i = 0; i < ruleset_count(rules); i++) {
		const struct rule *rule = ruleset_get(rules, i);

		if (rule->kind == RULE_RISK && risk_class_find(rule->class) < 0)
			return err_set(err, -EINVAL, "%s:%d: there is no class"
				       " of risk '%s'", rule->file, rule->line,
				       rule->class);
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, -ENOMEM, "out of memory");
	r->rules = rules;
	code = rule_index_new(&r->index, rules, RULE_RISK, err);
	if (code) {
		risks_free(r);
		return code;
	}
	*out = r;
	return 0;
}

void risks_free(struct risks *r)
{
	if (!r)
		return;
	scanner_free(r->scanner);
	rule_index_free(r->index);
	free(r);
}

struct search {
	struct risk *out;
	int error;
};

static void found(void *payload, const struct rule_match *m)
{
	struct search *s = payload;
	int r;

	if (m->except || m->taken_for)
		return;
	r = risk_add(s->out, (enum risk_class)risk_class_find(m->rule->class),
		     "%s", m->rule->description);
	if (r)
		s->error = r;
}

static int part_is(const struct folded *f, size_t i, const char *name)
{
	return f->part[i].len == strlen(name) &&
	       !memcmp(f->part[i].s, name, f->part[i].len);
}

static int part_ends(const struct folded *f, size_t i, const char *end)
{
	size_t n = strlen(end);

	return f->part[i].len > n &&
	       !memcmp(f->part[i].s + f->part[i].len - n, end, n);
}

/*
 * A .git of whatever spelling, as directory, as file, or as the end of a bare
 * repository's name, and all that is in it.
 */
static int find_git(const struct folded *f, struct risk *out)
{
	for (size_t i = 0; i < f->n; i++) {
		if (part_is(f, i, ".git") || part_is(f, i, "git~1"))
			return risk_add(out, RISK_GIT, i + 1 < f->n ?
					"inside of a git repository" :
					"is taken for a git repository");
		if (part_ends(f, i, ".git") && i + 1 < f->n)
			return risk_add(out, RISK_GIT,
					"inside of a bare git repository");
	}
	return 0;
}

int risk_of_path(const struct risks *r, const char *path, struct risk *out)
{
	struct search s = { out, 0 };
	struct folded f;
	int code;

	code = fold_path(&f, path, strlen(path));
	if (code)
		return code;
	code = find_git(&f, out);
	if (!code)
		code = rule_index_walk(r->index, &f, found, &s);
	fold_release(&f);
	return code ? code : s.error;
}

/*
 * What goes away runs nothing, and a directory does not either; but git and the
 * policy lose a part.
 */
static int counts(const struct delta *d, enum risk_class class)
{
	if (d->kind == DELTA_DELETE)
		return class == RISK_GIT || class == RISK_POLICY;
	if (S_ISDIR(d->st.st_mode))
		return class == RISK_GIT || class == RISK_OWNER;
	return 1;
}

static void sift(const struct delta *d, struct risk *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (counts(d, k->at[i].class)) {
			k->at[n++] = k->at[i];
			continue;
		}
		k->classes &= ~(1u << k->at[i].class);
		free(k->at[i].why);
	}
	k->n = n;
}

int risk_of(struct risks *r, const struct source *s, const struct delta *d,
	    struct risk *out)
{
	int code = r->scanner ? 0 : scanner_new(&r->scanner, r->rules, NULL);

	memset(out, 0, sizeof(*out));
	if (!code)
		code = risk_of_path(r, d->path, out);
	if (!code && d->kind != DELTA_DELETE)
		code = risk_of_content(r->scanner, s, d, out);
	if (code)
		risk_release(out);
	else
		sift(d, out);
	return code;
}
