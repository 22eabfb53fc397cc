/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/rule_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/byproduct.h"
#include "scan/glob.h"

/* How many first or last bytes of a name a glob is filed under. */
#define ENDS 3

enum filed { FILED_WHOLE, FILED_EXTENSION, FILED_FIRST, FILED_LAST,
	     FILED_NOWHERE, FILED_COUNT };

struct slot {
	struct glob *glob;
	const char *text;
	const struct rule *rule;
	size_t number;
	uint32_t key;
	int next;		/* in its chain; -1 ends it */
};

/* A hash table of chains: heads by key, all in one array. */
struct table {
	int *head;
	uint32_t mask;
	int nowhere;		/* chain of those to be tried for every name */
};

struct exceptions {
	struct glob **glob;
	size_t n;
};

struct rule_index {
	struct slot *slot;
	size_t n;
	struct table names;	/* of all globs */
	struct table above;	/* of those that protect what lies below */
	int *above_next;	/* chains of the second table */
	struct exceptions *except;	/* by number of the rule */
	size_t rules;
};

static uint32_t hash(enum filed how, const char *s, size_t len)
{
	uint32_t h = 2166136261u ^ (uint32_t)how;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h ^ h >> 15;
}

static enum filed file_under(const struct glob_hint *h, uint32_t *key)
{
	const char *dot;

	*key = 0;
	if (h->whole) {
		*key = hash(FILED_WHOLE, h->prefix, h->prefix_len);
		return FILED_WHOLE;
	}
	dot = memrchr(h->suffix, '.', h->suffix_len);
	if (dot) {
		*key = hash(FILED_EXTENSION, dot, (size_t)(h->suffix +
							   h->suffix_len - dot));
		return FILED_EXTENSION;
	}
	if (h->prefix_len >= ENDS) {
		*key = hash(FILED_FIRST, h->prefix, ENDS);
		return FILED_FIRST;
	}
	if (h->suffix_len >= ENDS) {
		*key = hash(FILED_LAST, h->suffix + h->suffix_len - ENDS, ENDS);
		return FILED_LAST;
	}
	return FILED_NOWHERE;
}

static int table_init(struct table *t, size_t n)
{
	size_t size = 64;

	while (size < 4 * n)
		size *= 2;
	t->head = malloc(size * sizeof(*t->head));
	if (!t->head)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++)
		t->head[i] = -1;
	t->mask = (uint32_t)size - 1;
	t->nowhere = -1;
	return 0;
}

static int *chain(struct table *t, enum filed how, uint32_t key)
{
	return how == FILED_NOWHERE ? &t->nowhere : &t->head[key & t->mask];
}

static int add_slot(struct rule_index *ix, const struct rule *r,
		    const char *text, size_t number, struct err *err)
{
	struct slot *s = &ix->slot[ix->n];
	struct glob_hint hint;
	enum filed how;
	int *head, r2;

	r2 = glob_new(&s->glob, text, err);
	if (r2)
		return r2;
	s->text = text;
	s->rule = r;
	s->number = number;
	glob_hint(s->glob, &hint);
	how = file_under(&hint, &s->key);
	head = chain(&ix->names, how, s->key);
	s->next = *head;
	*head = (int)ix->n;
	ix->above_next[ix->n] = -1;
	if (glob_is_below(s->glob)) {
		head = chain(&ix->above, how, s->key);
		ix->above_next[ix->n] = *head;
		*head = (int)ix->n;
	}
	ix->n++;
	return 0;
}

static int add_exceptions(struct exceptions *e, const struct rule *r,
			  struct err *err)
{
	int r2;

	e->glob = calloc(r->except.n + 1, sizeof(*e->glob));
	if (!e->glob)
		return err_set(err, -ENOMEM, "out of memory");
	for (; e->n < r->except.n; e->n++) {
		r2 = glob_new(&e->glob[e->n], r->except.at[e->n], err);
		if (r2)
			return r2;
	}
	return 0;
}

static int is_in(const struct rule *r, enum rule_kind kind)
{
	return r->kind == kind && !r->disabled;
}

static int allocate(struct rule_index *ix, const struct ruleset *rules,
		    enum rule_kind kind)
{
	size_t n = 1;

	ix->rules = ruleset_count(rules);
	for (size_t i = 0; i < ix->rules; i++)
		if (is_in(ruleset_get(rules, i), kind))
			n += ruleset_get(rules, i)->paths.n;
	ix->slot = calloc(n, sizeof(*ix->slot));
	ix->above_next = calloc(n, sizeof(*ix->above_next));
	ix->except = calloc(ix->rules + 1, sizeof(*ix->except));
	if (!ix->slot || !ix->above_next || !ix->except)
		return -ENOMEM;
	return table_init(&ix->names, n) || table_init(&ix->above, n) ?
	       -ENOMEM : 0;
}

int rule_index_new(struct rule_index **out, const struct ruleset *rules,
		   enum rule_kind kind, struct err *err)
{
	struct rule_index *ix = calloc(1, sizeof(*ix));
	int r = 0;

	if (!ix || allocate(ix, rules, kind))
		r = err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < ix->rules; i++) {
		const struct rule *rule = ruleset_get(rules, i);

		if (!is_in(rule, kind))
			continue;
		r = add_exceptions(&ix->except[i], rule, err);
		for (size_t j = 0; !r && j < rule->paths.n; j++)
			r = add_slot(ix, rule, rule->paths.at[j], i, err);
	}
	if (r)
		rule_index_free(ix);
	else
		*out = ix;
	return r;
}

void rule_index_free(struct rule_index *ix)
{
	if (!ix)
		return;
	for (size_t i = 0; ix->slot && i < ix->n; i++)
		glob_free(ix->slot[i].glob);
	for (size_t i = 0; ix->except && i < ix->rules; i++) {
		for (size_t j = 0; j < ix->except[i].n; j++)
			glob_free(ix->except[i].glob[j]);
		free(ix->except[i].glob);
	}
	free(ix->slot);
	free(ix->above_next);
	free(ix->except);
	free(ix->names.head);
	free(ix->above.head);
	free(ix);
}

/* What a search carries along. */
struct find {
	const struct rule_index *ix;
	const struct folded *f;
	size_t n;
	rule_match_fn fn;
	void *payload;
	struct rule_match match;	/* with what holds for all matches */
	int error;
};

static void try_slot(struct find *fi, const struct slot *s)
{
	const struct exceptions *e = &fi->ix->except[s->number];

	if (!glob_match(s->glob, fi->f, fi->n))
		return;
	fi->match.rule = s->rule;
	fi->match.glob = s->text;
	fi->match.number = s->number;
	fi->match.except = NULL;
	for (size_t i = 0; i < e->n && !fi->match.except; i++)
		if (glob_match(e->glob[i], fi->f, fi->n))
			fi->match.except = s->rule->except.at[i];
	fi->fn(fi->payload, &fi->match);
}

static void try_chain(struct find *fi, int above, int i, uint32_t key)
{
	while (i >= 0) {
		const struct slot *s = &fi->ix->slot[i];

		if (s->key == key)
			try_slot(fi, s);
		i = above ? fi->ix->above_next[i] : s->next;
	}
}

static void try_key(struct find *fi, const struct table *t, enum filed how,
		    const char *s, size_t len)
{
	uint32_t key = hash(how, s, len);

	try_chain(fi, t == &fi->ix->above, t->head[key & t->mask], key);
}

/* All globs that a name of the path may match. */
static void try_name(struct find *fi, const struct table *t, size_t part)
{
	const char *s = fi->f->s + fi->f->part[part].off;
	size_t len = fi->f->part[part].len;
	const char *dot = memrchr(s, '.', len);

	try_key(fi, t, FILED_WHOLE, s, len);
	if (dot)
		try_key(fi, t, FILED_EXTENSION, dot, (size_t)(s + len - dot));
	if (len >= ENDS) {
		try_key(fi, t, FILED_FIRST, s, ENDS);
		try_key(fi, t, FILED_LAST, s + len - ENDS, ENDS);
	}
	try_chain(fi, t == &fi->ix->above, t->nowhere, 0);
}

/* The same path again, as if its name were the one that it was made from. */
static int try_byproduct(void *payload, const struct byproduct *b)
{
	struct find *fi = payload, again = *fi;
	size_t dir = fi->f->part[fi->n - 1].off;
	char few[FOLD_SMALL], *path = few;
	struct folded f;

	if (dir + b->len > sizeof(few))
		path = malloc(dir + b->len);
	if (!path)
		return fi->error = -ENOMEM;
	memcpy(path, fi->f->s, dir);
	memcpy(path + dir, b->name, b->len);
	fi->error = fold_path(&f, path, dir + b->len);
	if (path != few)
		free(path);
	if (fi->error)
		return fi->error;
	again.f = &f;
	again.n = f.n;
	again.match.taken_for = b->name;
	again.match.taken_len = b->len;
	again.match.opaque = b->opaque;
	try_name(&again, &fi->ix->names, f.n - 1);
	fold_release(&f);
	return 0;
}

int rule_index_find(const struct rule_index *ix, const struct folded *f,
		    size_t n, rule_match_fn fn, void *payload)
{
	struct find fi = { .ix = ix, .f = f, .n = n, .fn = fn,
			   .payload = payload };

	if (!n || !ix->n)
		return 0;
	for (size_t i = 0; i + 1 < n; i++)
		try_name(&fi, &ix->above, i);
	try_name(&fi, &ix->names, n - 1);
	byproduct_each(f->s + f->part[n - 1].off, f->part[n - 1].len,
		       try_byproduct, &fi);
	return fi.error;
}
