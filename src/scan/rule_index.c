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

/*
 * What once it holds for some components of the path holds for all more: asked
 * of each number of them only once.
 */
struct lasting {
	const void *what;	/* a glob with a head, or a rule's exceptions */
	size_t upto;		/* asked of so many components */
	size_t since;		/* holds from so many on; or 0 */
	const char *except;	/* the exception that holds */
};

/* What a search carries along. */
struct find {
	const struct rule_index *ix;
	struct folded f;	/* its names are those of the path asked for */
	struct fold_part few[FOLD_DEPTH];
	size_t n;
	rule_match_fn fn;
	void *payload;
	struct rule_match match;	/* with what holds for all matches */
	const struct slot **held;	/* match an ancestor and all below it */
	size_t nheld, held_cap;
	struct lasting *lasting;
	size_t nlasting, lasting_cap;
	int error;
};

/* Room for one more of size bytes; NULL where there is none. */
static void *grow(void *at, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 8;
	void *p;

	if (n < *cap)
		return at;
	p = realloc(at, more * size);
	if (p)
		*cap = more;
	return p;
}

static struct lasting *lasting_of(struct find *fi, const void *what)
{
	struct lasting *l;

	for (size_t i = 0; i < fi->nlasting; i++)
		if (fi->lasting[i].what == what)
			return &fi->lasting[i];
	l = grow(fi->lasting, fi->nlasting, &fi->lasting_cap, sizeof(*l));
	if (!l) {
		fi->error = -ENOMEM;
		return NULL;
	}
	fi->lasting = l;
	l += fi->nlasting++;
	*l = (struct lasting){ .what = what };
	return l;
}

/* As glob_match_whole of so many components as are asked for. */
static int matches(struct find *fi, const struct glob *g)
{
	size_t tail = glob_split(g);
	struct lasting *l;

	if (!tail)
		return glob_match_whole(g, &fi->f, fi->n);
	if (!glob_match_tail(g, &fi->f, fi->n))
		return 0;
	l = lasting_of(fi, g);
	while (l && !l->since && l->upto + tail < fi->n)
		if (glob_match_head(g, &fi->f, ++l->upto))
			l->since = l->upto;
	return l && l->since && l->since + tail <= fi->n;
}

/* Of the ancestors: what excepts one excepts all in it. */
static const char *lasting_except(struct find *fi, const struct slot *s)
{
	const struct exceptions *e = &fi->ix->except[s->number];
	struct lasting *l = lasting_of(fi, e);

	while (l && !l->except && l->upto + 1 < fi->n) {
		l->upto++;
		for (size_t i = 0; i < e->n && !l->except; i++)
			if (glob_is_below(e->glob[i]) &&
			    glob_match_whole(e->glob[i], &fi->f, l->upto))
				l->except = s->rule->except.at[i];
	}
	return l ? l->except : NULL;
}

static const char *exception(struct find *fi, const struct slot *s)
{
	const struct exceptions *e = &fi->ix->except[s->number];

	for (size_t i = 0; i < e->n; i++)
		if (matches(fi, e->glob[i]))
			return s->rule->except.at[i];
	return e->n ? lasting_except(fi, s) : NULL;
}

static void tell(struct find *fi, const struct slot *s)
{
	fi->match.rule = s->rule;
	fi->match.glob = s->text;
	fi->match.number = s->number;
	fi->match.depth = fi->n;
	fi->match.except = exception(fi, s);
	fi->fn(fi->payload, &fi->match);
}

static void hold(struct find *fi, const struct slot *s)
{
	const struct slot **held;

	for (size_t i = 0; i < fi->nheld; i++)
		if (fi->held[i] == s)
			return;
	held = grow(fi->held, fi->nheld, &fi->held_cap, sizeof(*held));
	if (!held) {
		fi->error = -ENOMEM;
		return;
	}
	fi->held = held;
	held[fi->nheld++] = s;
}

/* All slots of a chain with this key whose globs match n components. */
static void try_chain(struct find *fi, const int *next, int i, uint32_t key,
		      void (*found)(struct find *fi, const struct slot *s))
{
	for (; i >= 0; i = next ? next[i] : fi->ix->slot[i].next) {
		const struct slot *s = &fi->ix->slot[i];

		if (s->key == key && matches(fi, s->glob))
			found(fi, s);
	}
}

/* All globs of a table that the name of n components may match. */
static void try_name(struct find *fi, const struct table *t, const int *next,
		     void (*found)(struct find *fi, const struct slot *s))
{
	const char *s = fi->f.part[fi->n - 1].s;
	size_t len = fi->f.part[fi->n - 1].len, least = len < ENDS ? len : ENDS;
	const char *dot = memrchr(s, '.', len);
	const struct {
		const char *s;
		size_t len;
	} by[] = {
		[FILED_WHOLE] = { s, len },
		[FILED_EXTENSION] = { dot, dot ? (size_t)(s + len - dot) : 0 },
		[FILED_FIRST] = { least == ENDS ? s : NULL, ENDS },
		[FILED_LAST] = { least == ENDS ? s + len - ENDS : NULL, ENDS },
	};

	for (int how = FILED_WHOLE; how <= FILED_LAST; how++) {
		uint32_t key;

		if (!by[how].s)
			continue;
		key = hash((enum filed)how, by[how].s, by[how].len);
		try_chain(fi, next, t->head[key & t->mask], key, found);
	}
	try_chain(fi, next, t->nowhere, 0, found);
}

static void tell_and_hold(struct find *fi, const struct slot *s)
{
	tell(fi, s);
	if (glob_is_below(s->glob))
		hold(fi, s);
}

/* The same path again, as if its name were the one that it was made from. */
static int try_byproduct(void *payload, const struct byproduct *b)
{
	struct find *fi = payload;
	struct fold_part *name = &fi->f.part[fi->n - 1], was = *name;

	name->s = b->name;
	name->len = fold_trim(b->name, b->len);
	fi->match.taken_for = b->name;
	fi->match.taken_len = b->len;
	fi->match.opaque = b->opaque;
	try_name(fi, &fi->ix->names, NULL, tell);
	fi->match.taken_for = NULL;
	fi->match.taken_len = 0;
	fi->match.opaque = 0;
	*name = was;
	return fi->error;
}

/* All that matches exactly n components, or one of their ancestors. */
static int try_path(struct find *fi)
{
	const struct fold_part name = fi->f.part[fi->n - 1];
	size_t above = fi->nheld;

	for (size_t i = 0; i < above; i++)
		tell(fi, fi->held[i]);
	try_name(fi, &fi->ix->names, NULL, tell_and_hold);
	if (!fi->error)
		byproduct_each(name.s, name.len, try_byproduct, fi);
	return fi->error;
}

static int begin_find(struct find *fi, const struct rule_index *ix,
		      const struct folded *f, rule_match_fn fn, void *payload)
{
	fi->ix = ix;
	fi->fn = fn;
	fi->payload = payload;
	fi->f.s = f->s;
	fi->f.len = f->len;
	fi->f.n = f->n;
	fi->f.part = fi->few;
	if (f->n > FOLD_DEPTH)
		fi->f.part = malloc(f->n * sizeof(*f->part));
	if (!fi->f.part)
		return fi->error = -ENOMEM;
	memcpy(fi->f.part, f->part, f->n * sizeof(*f->part));
	return 0;
}

static int end_find(struct find *fi)
{
	if (fi->f.part != fi->few)
		free(fi->f.part);
	free(fi->held);
	free(fi->lasting);
	return fi->error;
}

int rule_index_find(const struct rule_index *ix, const struct folded *f,
		    size_t n, rule_match_fn fn, void *payload)
{
	struct find fi = { .n = 1 };

	if (!n || !ix->n || begin_find(&fi, ix, f, fn, payload))
		return fi.error;
	for (; fi.n < n; fi.n++)
		try_name(&fi, &ix->above, ix->above_next, hold);
	if (!fi.error)
		try_path(&fi);
	return end_find(&fi);
}

int rule_index_walk(const struct rule_index *ix, const struct folded *f,
		    rule_match_fn fn, void *payload)
{
	struct find fi = { .n = 1 };

	if (!ix->n || begin_find(&fi, ix, f, fn, payload))
		return fi.error;
	for (; fi.n <= f->n && !fi.error; fi.n++)
		try_path(&fi);
	return end_find(&fi);
}
