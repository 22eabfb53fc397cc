/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/similar.h"

#include <errno.h>
#include <git2.h>
#include <git2/sys/hashsig.h>
#include <stdlib.h>
#include <string.h>

#include "review/hunk.h"

struct candidate {
	size_t delta;
	off_t size;
	struct buf text;
	git_hashsig *sig;	/* NULL: too short for one, or binary */
};

struct set {
	struct candidate *at;
	size_t n;
};

struct match {
	size_t a, d;
	int score;
};

static const struct stat *side(const struct delta *d)
{
	return d->kind == DELTA_DELETE ? &d->base : &d->st;
}

static int is_candidate(const struct delta *d, enum delta_kind kind)
{
	const struct stat *st = side(d);

	return d->kind == kind && S_ISREG(st->st_mode) && st->st_size > 0 &&
	       st->st_size <= SIMILAR_BYTES && !d->link_to;
}

static size_t count(const struct delta_list *list, const char *skip,
		    enum delta_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += !(skip && skip[i]) && is_candidate(&list->at[i], kind);
	return n;
}

static int load(const struct source *s, const struct delta_list *list,
		struct candidate *c)
{
	const struct delta *d = &list->at[c->delta];
	int r;

	buf_init(&c->text);
	r = source_read(s, d, d->kind == DELTA_DELETE ? SOURCE_BASE_VIEW :
			SOURCE_NEW, SIMILAR_BYTES, &c->text);
	if (r || hunks_is_binary(c->text.ptr, c->text.len))
		return r == -ENOMEM ? r : 0;
	if (git_hashsig_create(&c->sig, c->text.ptr, c->text.len,
			       GIT_HASHSIG_SMART_WHITESPACE |
			       GIT_HASHSIG_ALLOW_SMALL_FILES))
		c->sig = NULL;
	return 0;
}

static int fill(struct set *set, const struct source *s,
		const struct delta_list *list, const char *skip,
		enum delta_kind kind, size_t n)
{
	int r = 0;

	set->at = calloc(n + 1, sizeof(*set->at));
	if (!set->at)
		return -ENOMEM;
	for (size_t i = 0; !r && i < list->n; i++) {
		if ((skip && skip[i]) || !is_candidate(&list->at[i], kind))
			continue;
		set->at[set->n].delta = i;
		set->at[set->n].size = side(&list->at[i])->st_size;
		r = load(s, list, &set->at[set->n++]);
	}
	return r;
}

static void release(struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		buf_wipe(&set->at[i].text);
		git_hashsig_free(set->at[i].sig);
	}
	free(set->at);
}

static int score(const struct candidate *a, const struct candidate *d)
{
	off_t small = a->size < d->size ? a->size : d->size;
	off_t large = a->size < d->size ? d->size : a->size;
	int r;

	if (a->text.len && a->text.len == d->text.len &&
	    !memcmp(a->text.ptr, d->text.ptr, a->text.len))
		return 100;
	if (!a->sig || !d->sig || small * 100 < large * SIMILAR_LEAST)
		return 0;
	r = git_hashsig_compare(a->sig, d->sig);
	return r < 0 ? 0 : r > 99 ? 99 : r;
}

static int best_first(const void *x, const void *y)
{
	const struct match *a = x, *b = y;

	if (a->score != b->score)
		return b->score - a->score;
	return a->a != b->a ? (a->a < b->a ? -1 : 1) :
	       a->d < b->d ? -1 : a->d > b->d;
}

/* All pairs that are alike enough. */
static int compare(const struct set *a, const struct set *d,
		   struct match **out, size_t *n)
{
	struct match *m;

	*n = 0;
	*out = m = calloc(a->n * d->n + 1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < d->n; k++) {
			int s = score(&a->at[i], &d->at[k]);

			if (s >= SIMILAR_LEAST)
				m[(*n)++] = (struct match){
					a->at[i].delta, d->at[k].delta, s };
		}
	if (*n)
		qsort(m, *n, sizeof(*m), best_first);
	return 0;
}

static void pair(const struct match *m, size_t n, struct similar *out)
{
	for (size_t i = 0; i < n; i++) {
		if (out[m[i].a].other != SIMILAR_NONE ||
		    out[m[i].d].other != SIMILAR_NONE)
			continue;
		out[m[i].a] = (struct similar){ m[i].d, m[i].score };
		out[m[i].d] = (struct similar){ m[i].a, m[i].score };
	}
}

int similar_find(const struct source *s, const struct delta_list *list,
		 const char *skip, struct similar *out)
{
	size_t na = count(list, skip, DELTA_ADD), n;
	size_t nd = count(list, skip, DELTA_DELETE);
	struct set a = { NULL, 0 }, d = { NULL, 0 };
	struct match *m = NULL;
	int r;

	for (size_t i = 0; i < list->n; i++)
		out[i] = (struct similar){ SIMILAR_NONE, 0 };
	if (!na || !nd || na > SIMILAR_FILES || nd > SIMILAR_FILES)
		return 0;
	git_libgit2_init();
	r = fill(&a, s, list, skip, DELTA_ADD, na);
	if (!r)
		r = fill(&d, s, list, skip, DELTA_DELETE, nd);
	if (!r)
		r = compare(&a, &d, &m, &n);
	if (!r)
		pair(m, n, out);
	free(m);
	release(&a);
	release(&d);
	return r;
}
