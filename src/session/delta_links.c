/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/delta_links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/drop.h"
#include "util/io.h"
#include "util/walk.h"

/* ========== Names that the session does not know ========== */

struct wanted {
	uint64_t ino;
	struct node *node;
};

struct search {
	struct delta_walk *w;
	struct wanted *at;
	size_t n, cap;
	size_t listed;		/* of w->list, when sorted last */
};

static int by_ino(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->ino > y->ino) - (x->ino < y->ino);
}

/* 1 where a file of the workspace was changed, in place. */
static int is_changed_file(const struct node *n)
{
	return n->type == S_IFREG && n->up && n->up->from.ino &&
	       !(n->flags & NODE_GRAFT) && n->flags & (NODE_DATA | NODE_META);
}

static int want(struct search *s, struct node *n)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct wanted *p = reallocarray(s->at, cap, sizeof(*p));

		if (!p)
			return -ENOMEM;
		s->at = p;
		s->cap = cap;
	}
	n->refs++;
	s->at[s->n++] = (struct wanted){ n->lower_ino, n };
	return 0;
}

/* By what the file had when it was changed first. */
static int want_by_session(struct search *s)
{
	const struct node_table *t = &s->w->l->tree.by_nid;
	int r = 0;

	for (size_t i = 0; i <= t->mask; i++)
		for (struct node *n = t->at[i]; n && !r; n = n->up->nid_next)
			if (is_changed_file(n) && n->up->nlink > node_own_names(n))
				r = want(s, n);
	return r;
}

/* By what the workspace has now. */
static int want_by_list(struct search *s)
{
	int r = 0;

	for (size_t i = 0; i < s->w->list.n && !r; i++) {
		const struct delta *d = &s->w->list.at[i];

		if (d->node && d->now.st_nlink > 1 && is_changed_file(d->node) &&
		    d->now.st_ino == d->node->lower_ino &&
		    d->node->up->nlink <= node_own_names(d->node) &&
		    d->now.st_nlink > node_own_names(d->node))
			r = want(s, d->node);
	}
	return r;
}

static int find_wanted(struct search *s)
{
	int r;

	pthread_mutex_lock(&s->w->l->lock);
	r = want_by_session(s);
	if (!r)
		r = want_by_list(s);
	pthread_mutex_unlock(&s->w->l->lock);
	if (s->n)
		qsort(s->at, s->n, sizeof(*s->at), by_ino);
	return r;
}

static int is_listed(const struct search *s, const char *path)
{
	struct delta key = { .path = (char *)path };

	return s->listed && bsearch(&key, s->w->list.at, s->listed,
				    sizeof(key), delta_by_path);
}

/* A rule may say of this name what it does not say of the others. */
static unsigned guard_flag(const struct layer *l, const char *path)
{
	struct verdict v = { ACTION_SHOW, NULL, 0 };

	if (l->policy)
		policy_whole_path(l->policy, path, strlen(path), &v);
	return v.action == ACTION_READONLY ? DELTA_GUARDED : 0;
}

/* A name is one of the view's too where the view has the file there. */
static int add_name(struct search *s, const char *path, struct node *n)
{
	struct delta_walk *w = s->w;
	struct entry view, work = { .node = NULL };
	size_t before = w->list.n;
	int r;

	r = layer_walk_path(w->l, path, &view);
	if (!r && view.node == n)
		r = layer_walk_path(w->bare, path, &work);
	if (!r && work.node)
		r = delta_add_also(w, path, &view, &work);
	if (w->list.n > before)
		w->list.at[before].flags |= DELTA_ALSO | guard_flag(w->l, path);
	if (work.node)
		layer_forget(w->bare, work.node, 1);
	if (view.node)
		layer_forget(w->l, view.node, 1);
	return r == -ENOMEM ? r : 0;
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct search *s = payload;
	struct wanted key = { .ino = e->st.st_ino }, *found;

	if (e->error || !S_ISREG(e->st.st_mode))
		return WALK_GO;
	found = bsearch(&key, s->at, s->n, sizeof(key), by_ino);
	if (!found || is_listed(s, e->path))
		return WALK_GO;
	return add_name(s, e->path, found->node);
}

int delta_add_names(struct delta_walk *w)
{
	struct search s = { .w = w, .listed = w->list.n };
	int r = find_wanted(&s);

	if (!r && s.n)
		r = walk_tree(w->l->rootfd, visit, &s);
	for (size_t i = 0; i < s.n; i++)
		layer_forget(w->l, s.at[i].node, 1);
	free(s.at);
	if (!r && w->list.n > s.listed)
		qsort(w->list.at, w->list.n, sizeof(*w->list.at),
		      delta_by_path);
	return r;
}

/* ========== Which name is the first ========== */

struct named {
	const struct node *node;
	int rank;
	size_t at;
};

static int is_in_place(const struct delta *d)
{
	return d->kind == DELTA_MODIFY && d->node->up &&
	       d->base.st_ino == d->node->up->from.ino;
}

/* The one that has the workspace's file for its base comes before new names. */
static int rank_of(const struct delta *d)
{
	return is_in_place(d) ? d->flags & DELTA_ALSO ? 2 : 0 :
	       d->kind == DELTA_RENAME ? 1 : 3;
}

static int by_node(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int add_also(struct delta *first, const char *path)
{
	char **p = reallocarray(first->also, first->n_also + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	first->also = p;
	p[first->n_also] = strdup(path);
	if (!p[first->n_also])
		return -ENOMEM;
	first->n_also++;
	return 0;
}

static int join_all(struct layer *l, struct delta_list *list,
		    struct named *all, size_t n)
{
	size_t first = 0;
	int r = 0;

	for (size_t i = 0; i < n && !r; i++) {
		struct delta *d = &list->at[all[i].at];

		if (!i || all[i].node != all[i - 1].node) {
			first = all[i].at;
			d->flags &= ~(unsigned)DELTA_ALSO;
			continue;
		}
		d->flags |= DELTA_HARDLINK;
		d->link_to = strdup(list->at[first].path);
		r = d->link_to ? 0 : -ENOMEM;
		if (!r && is_in_place(d))
			d->flags |= DELTA_ALSO | guard_flag(l, d->path);
		if (!r && d->flags & DELTA_ALSO)
			r = add_also(&list->at[first], d->path);
	}
	return r;
}

/*
 * The file of the workspace that d is a further name of, where the agent has made
 * no more of it than that.
 */
static int is_link_of_origin(struct layer *l, const struct delta *d)
{
	const struct node *n = d->node;
	struct entry e;
	int is;

	if ((d->kind != DELTA_ADD && d->kind != DELTA_MODIFY &&
	     d->kind != DELTA_TYPE) || !d->origin || !n || !n->up ||
	    !S_ISREG(d->st.st_mode) || d->st.st_nlink < 2 ||
	    n->flags & (NODE_DATA | NODE_MASKED) || n->up->xattrs ||
	    !drop_same_owner(n->up) ||
	    io_time_cmp(&n->up->mtime, &n->up->from.mtime) ||
	    layer_walk_path(l, d->origin, &e))
		return 0;
	is = e.node == n;
	if (e.node)
		layer_forget(l, e.node, 1);
	return is;
}

static int join_origins(struct layer *l, struct delta_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct delta *d = &list->at[i];

		if (!is_link_of_origin(l, d))
			continue;
		free(d->link_to);
		d->link_to = strdup(d->origin);
		if (!d->link_to)
			return -ENOMEM;
		d->flags |= DELTA_HARDLINK | DELTA_LINK_BELOW;
	}
	return 0;
}

int delta_join_links(struct layer *l, struct delta_list *list)
{
	struct named *all = calloc(list->n ? list->n : 1, sizeof(*all));
	size_t n = 0;
	int r;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		const struct delta *d = &list->at[i];

		if (d->node && S_ISREG(d->st.st_mode) &&
		    (d->st.st_nlink > 1 || d->flags & DELTA_ALSO))
			all[n++] = (struct named){ d->node, rank_of(d), i };
	}
	if (n)
		qsort(all, n, sizeof(*all), by_node);
	r = join_all(l, list, all, n);
	free(all);
	return r ? r : join_origins(l, list);
}
