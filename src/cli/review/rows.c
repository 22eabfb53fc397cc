/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/review/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "review/folding.h"

#define DEPTH_MAX 200

int rows_is_danger(const struct changes *c, size_t delta)
{
	return (c->classes[delta] & risk_at_least(RISK_ASK)) != 0;
}

static int is_in_tree(const struct rows *r, size_t i)
{
	return !r->c->consumed[i] && !rows_is_danger(r->c, i);
}

static struct row *add(struct rows *r)
{
	struct row *at = r->at;

	if (r->n == r->cap) {
		at = realloc(r->at, (2 * r->cap + 64) * sizeof(*at));
		if (!at) {
			r->oom = 1;
			return NULL;
		}
		r->at = at;
		r->cap = 2 * r->cap + 64;
	}
	at += r->n++;
	memset(at, 0, sizeof(*at));
	at->delta = ROW_NONE;
	return at;
}

static void add_change(struct rows *r, size_t i, size_t skip, unsigned depth)
{
	struct row *w = add(r);

	if (!w)
		return;
	w->delta = i;
	w->path = r->c->list.at[i].path;
	w->len = (unsigned)strlen(w->path);
	w->skip = (unsigned)skip;
	w->depth = depth;
	w->danger = (char)rows_is_danger(r->c, i);
}

/* ========== Directories ========== */

/* The end of the run of deltas from i whose paths begin with these len bytes. */
static size_t run_end(const struct rows *r, size_t i, size_t to, size_t len)
{
	const char *prefix = r->c->list.at[i].path;
	size_t lo = i, hi = to;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strncmp(r->c->list.at[mid].path, prefix, len) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t count_in_tree(const struct rows *r, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += is_in_tree(r, i);
	return n;
}

static int path_cmp(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

/* The change of the directory itself: those of its path without the '/'. */
static size_t delta_of_dir(const struct rows *r, const char *path, size_t len)
{
	const struct delta_list *list = &r->c->list;
	char *name = strndup(path, len);
	const struct delta *d = name ? bsearch(name, list->at, list->n,
					       sizeof(*d), path_cmp) : NULL;

	free(name);
	return d ? (size_t)(d - list->at) : ROW_NONE;
}

static int came_as_a_whole(const struct rows *r, size_t delta)
{
	return delta != ROW_NONE &&
	       r->c->list.at[delta].kind != DELTA_MODIFY;
}

int rows_is_ignored(const struct changes *c, const struct row *w)
{
	if (!c->ignored)
		return 0;
	if (!w->is_dir)
		return c->ignored[w->delta];
	for (size_t i = w->from; i < w->to; i++)
		if (!c->ignored[i])
			return 0;
	return w->to > w->from;
}

static int is_open(const struct rows *r, const struct row *w)
{
	for (size_t i = 0; i < r->n_toggles; i++)
		if (r->toggles[i].from == w->from && r->toggles[i].len == w->len)
			return r->toggles[i].open;
	if ((came_as_a_whole(r, w->delta) && w->below >= ROW_FOLD_LEAST) ||
	    rows_is_ignored(r->c, w))
		return 0;
	return r->c->list.n <= 2000 || w->below <= 20;
}

/* As long as all of the run goes on with the same directory. */
static size_t longest_dir(const struct rows *r, size_t from, size_t to,
			  size_t len)
{
	const char *first = r->c->list.at[from].path;
	const char *last = r->c->list.at[to - 1].path;
	const char *slash;

	while ((slash = strchr(first + len, '/'))) {
		size_t next = (size_t)(slash - first) + 1;

		if (strncmp(first, last, next) ||
		    delta_of_dir(r, first, next - 1) != ROW_NONE)
			break;
		len = next;
	}
	return len;
}

struct level {
	size_t from, to;
	size_t skip;		/* bytes of the path that are shown above */
	unsigned depth;
};

static void walk(struct rows *r, const struct level *v);

static size_t walk_dir(struct rows *r, const struct level *v, size_t i,
		       size_t len)
{
	size_t to = run_end(r, i, v->to, len), below, longest;
	size_t delta = delta_of_dir(r, r->c->list.at[i].path, len - 1);
	struct row *w;
	struct level in;

	below = count_in_tree(r, i, to);
	if (!below)
		return to;
	w = add(r);
	if (!w)
		return to;
	longest = delta == ROW_NONE ? longest_dir(r, i, to, len) : len;
	w->delta = delta != ROW_NONE && is_in_tree(r, delta) ? delta : ROW_NONE;
	w->from = i;
	w->to = to;
	w->below = below;
	w->path = r->c->list.at[i].path;
	w->len = (unsigned)longest;
	w->skip = (unsigned)v->skip;
	w->depth = v->depth;
	w->is_dir = 1;
	w->open = v->depth < DEPTH_MAX && is_open(r, w);
	in = (struct level){ i, to, longest, v->depth + 1 };
	if (w->open)
		walk(r, &in);
	return to;
}

/* A directory whose row comes with what is below it needs none of its own. */
static int has_own_row(const struct rows *r, size_t i, size_t to)
{
	const struct delta_list *list = &r->c->list;
	const char *path = list->at[i].path;
	size_t n = strlen(path);

	if (!changes_is_dir(&list->at[i]))
		return 1;
	for (size_t k = i + 1; k < to; k++) {
		if (strncmp(list->at[k].path, path, n))
			break;
		if (list->at[k].path[n] == '/')
			return !count_in_tree(r, k, run_end(r, k, to, n + 1));
	}
	return 1;
}

static void walk(struct rows *r, const struct level *v)
{
	for (size_t i = v->from; i < v->to && !r->oom;) {
		const char *path = r->c->list.at[i].path;
		const char *slash = strchr(path + v->skip, '/');

		if (slash) {
			i = walk_dir(r, v, i, (size_t)(slash - path) + 1);
			continue;
		}
		if (is_in_tree(r, i) && has_own_row(r, i, v->to))
			add_change(r, i, v->skip, v->depth);
		i++;
	}
}

/* ========== Dangers ========== */

/*
 * What an agent's git leaves inside of a repository is one row, for it is never
 * taken with other changes. 1 where i is in one, which has its row by then.
 */
static int add_repository(struct rows *r, size_t i)
{
	const struct delta_list *list = &r->c->list;
	size_t len = fold_git(list->at[i].path), from = i, below = 0;
	struct row *w;

	if (!len)
		return 0;
	while (from && fold_git(list->at[from - 1].path) == len &&
	       !strncmp(list->at[from - 1].path, list->at[i].path, len))
		from--;
	for (size_t k = from; k < i; k++)
		if (rows_is_danger(r->c, k) && !r->c->consumed[k])
			return 1;
	w = add(r);
	if (!w)
		return 1;
	*w = (struct row){ .delta = ROW_NONE, .from = from, .is_dir = 1,
			   .to = run_end(r, i, list->n, len + 1), .danger = 1,
			   .path = list->at[i].path, .len = (unsigned)len + 1 };
	for (size_t k = w->from; k < w->to; k++)
		below += !r->c->consumed[k];
	w->below = below;
	for (size_t k = 0; k < r->n_toggles; k++)
		if (r->toggles[k].from == w->from && r->toggles[k].len == w->len)
			w->open = (char)r->toggles[k].open;
	if (w->open)
		for (size_t k = from, to = w->to; k < to; k++)
			if (!r->c->consumed[k])
				add_change(r, k, len + 1, 1);
	return 1;
}

int rows_make(struct rows *r, const struct changes *c)
{
	struct level all = { 0, c->list.n, 0, 0 };

	r->c = c;
	r->n = 0;
	r->oom = 0;
	for (size_t k = 0; k < c->list.n; k++) {
		size_t i = c->order[k];

		if (rows_is_danger(c, i) && !c->consumed[i] &&
		    !add_repository(r, i))
			add_change(r, i, 0, 0);
	}
	r->dangers = r->n;
	walk(r, &all);
	return r->oom ? -ENOMEM : 0;
}

void rows_release(struct rows *r)
{
	free(r->at);
	free(r->toggles);
	memset(r, 0, sizeof(*r));
}

/* ========== Opening ========== */

static int set_open(struct rows *r, const struct row *w, int open)
{
	struct row_toggle *t;

	for (size_t i = 0; i < r->n_toggles; i++)
		if (r->toggles[i].from == w->from &&
		    r->toggles[i].len == w->len) {
			r->toggles[i].open = open;
			return 0;
		}
	t = realloc(r->toggles, (r->n_toggles + 1) * sizeof(*t));
	if (!t)
		return -ENOMEM;
	r->toggles = t;
	t[r->n_toggles++] = (struct row_toggle){ w->from, w->len, open };
	return 0;
}

int rows_toggle(struct rows *r, size_t row)
{
	const struct row *w = &r->at[row];

	if (row >= r->n || !w->is_dir)
		return 0;
	if (set_open(r, w, !w->open))
		return -ENOMEM;
	return rows_make(r, r->c);
}

size_t rows_find(const struct rows *r, size_t delta)
{
	size_t best = r->n ? 0 : ROW_NONE;

	for (size_t i = 0; i < r->n; i++) {
		const struct row *w = &r->at[i];

		if (w->delta == delta)
			return i;
		if (!w->is_dir || w->open || delta < w->from || delta >= w->to)
			continue;
		if (w->danger)
			return i;
		best = i;
	}
	return best;
}

size_t rows_reveal(struct rows *r, size_t delta)
{
	for (;;) {
		size_t i = rows_find(r, delta);

		if (i == ROW_NONE || r->at[i].delta == delta ||
		    !r->at[i].is_dir || r->at[i].open)
			return i;
		if (rows_toggle(r, i))
			return i;
	}
}
