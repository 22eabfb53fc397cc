/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/plan_content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/io.h"
#include "util/path.h"

void plan_pair(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *it = &p->at[i], *old;

		if (it->d->kind != DELTA_RENAME)
			continue;
		old = plan_find(p, it->d->origin, strlen(it->d->origin));
		if (!old || old->pair || old == it)
			continue;
		it->pair = old;
		if (old->d->kind == DELTA_DELETE)
			old->pair = it;
	}
}

/* The item of the directory that holds it; NULL where that has none. */
static struct plan_item *parent_of(const struct plan *p,
				   const struct plan_item *it)
{
	size_t len = path_parent_len(it->d->path);

	return len ? plan_find(p, it->d->path, len) : NULL;
}

static int makes_dir(const struct plan_item *it)
{
	return it->d->kind != DELTA_DELETE && it->d->kind != DELTA_MODIFY &&
	       S_ISDIR(it->d->st.st_mode);
}

static int is_asked_for(const struct plan_opts *o, const struct delta *d)
{
	if (!o->n_paths)
		return 1;
	for (size_t i = 0; i < o->n_paths; i++)
		if (delta_is_below(d, o->paths[i]))
			return 1;
	return 0;
}

/* Selects it with all that it needs. */
static void take(struct plan *p, struct plan_item *it)
{
	while (it && !it->selected) {
		struct plan_item *dir = parent_of(p, it);

		it->selected = 1;
		if (it->pair)
			take(p, it->pair);
		it = dir && makes_dir(dir) ? dir : NULL;
	}
}

void plan_select(struct plan *p, const struct plan_opts *o)
{
	for (size_t i = 0; i < p->n; i++)
		if (o->picked ? o->picked[i] : is_asked_for(o, p->at[i].d))
			take(p, &p->at[i]);
}

/* 1 where another item takes the object st away from where it is. */
static int is_taken(const struct plan *p, const struct stat *st)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *it = &p->at[i];

		if (it->selected && !S_ISDIR(st->st_mode) &&
		    it->now.st_ino == st->st_ino &&
		    it->now.st_dev == st->st_dev &&
		    (it->verdict == PLAN_REMOVE || it->verdict == PLAN_MOVED))
			return 1;
	}
	return 0;
}

/*
 * A new name must be free. The session may not know what is there: a protected
 * object, or on a file system that folds case one of another spelling.
 */
static int check_free(const struct plan_input *in, struct plan_item *it)
{
	struct stat st;

	if (it->verdict != PLAN_ADD && it->verdict != PLAN_MOVE &&
	    !(it->verdict == PLAN_MERGE && it->d->kind == DELTA_RENAME))
		return 0;
	if (io_parent_stat(in->last, in->ws, it->d->path, &st) ||
	    !st.st_mode || is_taken(in->plan, &st))
		return 0;
	if (S_ISDIR(st.st_mode) && makes_dir(it))
		return plan_set(it, PLAN_NOTHING, NULL);
	if (it->d->flags & DELTA_SHADOW) {
		it->now = st;
		return plan_set(it, PLAN_WRITE, "replaces a protected file");
	}
	return plan_set(it, PLAN_CONFLICT, "something else is there already");
}

/* Left with what it depends on; or left with its other end. */
static int follow(const struct plan *p, struct plan_item *it)
{
	struct plan_item *dir = parent_of(p, it);

	if (dir && makes_dir(dir) && !plan_acts(dir->verdict) &&
	    dir->verdict != PLAN_NOTHING && plan_acts(it->verdict) &&
	    it->d->kind != DELTA_DELETE)
		return plan_set(it, PLAN_LEFT, "its directory is not applied");
	return 0;
}

static int follow_pair(struct plan_item *it)
{
	struct plan_item *old = it->pair;

	if (it->d->kind != DELTA_RENAME || !old ||
	    old->d->kind != DELTA_DELETE || !old->selected)
		return 0;
	if (it->verdict == PLAN_MOVE) {
		if (old->verdict == PLAN_LEFT)
			return plan_set(it, PLAN_LEFT, "%s", old->why);
		return plan_set(old, PLAN_MOVED, NULL);
	}
	if (S_ISDIR(it->d->st.st_mode))
		return 0;
	if (!plan_acts(it->verdict))
		return plan_set(old, PLAN_LEFT, "its new name is not applied");
	/* The user's changes to the old name were merged into the new one. */
	if (old->verdict == PLAN_CONFLICT && it->verdict == PLAN_MERGE)
		return plan_set(old, PLAN_REMOVE, NULL);
	return 0;
}

/* A directory that is replaced or removed must lose all that is in it. */
static int check_emptied(struct plan *p, struct plan_item *it)
{
	struct plan_item *dir;
	size_t len;

	if (plan_acts(it->verdict) || it->d->kind != DELTA_DELETE ||
	    it->verdict == PLAN_NOTHING)
		return 0;
	for (len = path_parent_len(it->d->path); len;) {
		dir = plan_find(p, it->d->path, len);
		if (!dir || !dir->selected || !S_ISDIR(dir->d->base.st_mode))
			return 0;
		if (dir->verdict == PLAN_WRITE || dir->verdict == PLAN_REMOVE)
			return plan_set(dir, PLAN_LEFT,
					"what is in it is not applied");
		len = path_parent_len(dir->d->path);
	}
	return 0;
}

/* A new directory of which nothing is applied is not made, either. */
static int leave_hollow_dirs(struct plan *p)
{
	char *state = calloc(p->n + 1, 1);
	int r = state ? 0 : -ENOMEM;

	for (size_t i = p->n; !r && i-- > 0;) {
		struct plan_item *it = &p->at[i], *dir;

		if (!it->selected || it->d->kind == DELTA_DELETE)
			continue;
		if (makes_dir(it) && state[i] == 1 && plan_acts(it->verdict))
			r = plan_set(it, PLAN_LEFT, "nothing in it is applied");
		dir = parent_of(p, it);
		if (dir)
			state[dir - p->at] |= plan_acts(it->verdict) ||
					      it->verdict == PLAN_NOTHING ?
					      2 : 1;
	}
	free(state);
	return r;
}

static int leave_conflicts(const struct plan_opts *o, struct plan *p)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n && o->skip_conflicts; i++) {
		struct plan_item *it = &p->at[i];
		char *why = it->why;

		if (it->verdict != PLAN_CONFLICT && it->verdict != PLAN_REFUSED)
			continue;
		it->why = NULL;
		r = plan_set(it, PLAN_LEFT, "%s: %s", it->verdict ==
			     PLAN_CONFLICT ? "conflict" : "refused",
			     why ? why : "");
		free(why);
	}
	return r;
}

static int by_base(const void *a, const void *b)
{
	const struct plan_item *x = *(struct plan_item *const *)a;
	const struct plan_item *y = *(struct plan_item *const *)b;

	return (x->d->base.st_ino > y->d->base.st_ino) -
	       (x->d->base.st_ino < y->d->base.st_ino);
}

/* The selected item whose base is the object that it puts at another path. */
static struct plan_item *comes_from(struct plan_item *const *sorted, size_t n,
				    const struct plan_item *it)
{
	struct delta d = { .base.st_ino = it->d->st.st_ino };
	const struct plan_item key = { .d = &d }, *at = &key;
	struct plan_item *const *old;

	if (it->d->kind == DELTA_RENAME || it->d->kind == DELTA_DELETE ||
	    it->d->st.st_ino == it->d->base.st_ino || plan_acts(it->verdict) ||
	    it->verdict == PLAN_NOTHING)
		return NULL;
	old = bsearch(&at, sorted, n, sizeof(*sorted), by_base);
	return old && plan_acts((*old)->verdict) ? *old : NULL;
}

/*
 * What the agent moved onto another object is one change at each of two paths. If
 * the new one is not applied, the old one keeps what it has.
 */
static int keep_origins(struct plan *p)
{
	struct plan_item **sorted = calloc(p->n + 1, sizeof(*sorted)), *old;
	size_t n = 0;
	int r = sorted ? 0 : -ENOMEM, again = !r;

	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected && p->at[i].d->base.st_mode)
			sorted[n++] = &p->at[i];
	if (!r)
		qsort(sorted, n, sizeof(*sorted), by_base);
	while (again && !r) {
		again = 0;
		for (size_t i = 0; !r && i < p->n; i++) {
			old = p->at[i].selected ?
				comes_from(sorted, n, &p->at[i]) : NULL;
			if (!old)
				continue;
			again = 1;
			r = plan_set(old, PLAN_LEFT, "where it was moved to "
				     "is not applied");
		}
	}
	free(sorted);
	return r;
}

int plan_depend(const struct plan_input *in, struct plan *p)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected)
			r = check_free(in, &p->at[i]);
	if (!r)
		r = leave_conflicts(in->o, p);
	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected)
			r = follow(p, &p->at[i]);
	if (!r)
		r = leave_hollow_dirs(p);
	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected)
			r = follow_pair(&p->at[i]);
	if (!r)
		r = keep_origins(p);
	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected)
			r = check_emptied(p, &p->at[i]);
	return r;
}
