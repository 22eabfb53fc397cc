/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/delta_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/list.h"
#include "session/lower.h"
#include "session/resolve.h"
#include "util/io.h"
#include "util/path.h"

static void delta_release(struct delta *d)
{
	free(d->path);
	free(d->origin);
	free(d->link_to);
	free(d->symlink);
	if (d->masks) {
		mask_list_release(d->masks);
		free(d->masks);
	}
}

void delta_list_release(struct delta_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		delta_release(&list->at[i]);
	free(list->at);
	list->at = NULL;
	list->n = 0;
}

static int by_path(const void *a, const void *b)
{
	const struct delta *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct delta *find_path(struct delta_list *list, const char *path)
{
	struct delta key = { .path = (char *)path };

	return list->n ? bsearch(&key, list->at, list->n, sizeof(key), by_path)
		       : NULL;
}

/*
 * A rename is told at both ends, and what the workspace had and has at the old
 * one is its base. Where something else is at the old path by now, or another
 * rename came from there, it is an addition.
 */
static int join_renames(struct delta_list *list)
{
	char *taken = calloc(list->n ? list->n : 1, 1);

	if (!taken)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		struct delta *d = &list->at[i], *old;

		if (d->kind != DELTA_RENAME)
			continue;
		old = find_path(list, d->origin);
		if (!old || old->kind != DELTA_DELETE || taken[old - list->at]) {
			d->kind = DELTA_ADD;
			continue;
		}
		taken[old - list->at] = 1;
		d->base = old->base;
		d->now = old->now;
		d->flags &= ~(unsigned)DELTA_BASE_MOVED;
		d->flags |= old->flags & DELTA_BASE_MOVED;
	}
	free(taken);
	return 0;
}

struct named {
	const struct node *node;
	size_t at;
};

static int by_node(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The second and later new names of one file say which the first is. */
static int join_links(struct delta_list *list)
{
	struct named *all = calloc(list->n ? list->n : 1, sizeof(*all));
	size_t n = 0;
	int r = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].node && S_ISREG(list->at[i].st.st_mode) &&
		    list->at[i].st.st_nlink > 1)
			all[n++] = (struct named){ list->at[i].node, i };
	if (n)
		qsort(all, n, sizeof(*all), by_node);
	for (size_t i = 1; i < n && !r; i++) {
		struct delta *d = &list->at[all[i].at];

		if (all[i].node != all[i - 1].node) {
			continue;
		}
		all[i].at = all[i - 1].at;
		d->flags |= DELTA_HARDLINK;
		d->link_to = strdup(list->at[all[i].at].path);
		r = d->link_to ? 0 : -ENOMEM;
	}
	free(all);
	return r;
}

/*
 * The file of the workspace that d is a further name of, where the agent has made
 * no more of it than that.
 */
static int is_link_of_origin(struct layer *l, const struct delta *d)
{
	struct entry e;
	int is;

	if (d->kind != DELTA_ADD || !d->origin || !S_ISREG(d->st.st_mode) ||
	    d->st.st_nlink < 2 || d->flags & (DELTA_CONTENT | DELTA_MODE |
	    DELTA_OWNER | DELTA_TIMES | DELTA_XATTR | DELTA_MASKED) ||
	    layer_walk_path(l, d->origin, &e))
		return 0;
	is = e.node == d->node;
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

int delta_is_shadow(struct delta_walk *w, const char *path)
{
	struct stat st;

	return !io_parent_stat(&w->parent, w->l->rootfd, path, &st) &&
	       st.st_mode;
}

int delta_list(struct layer *l, struct delta_list *out, struct err *err)
{
	struct delta_walk w = { .l = l, .parent = IO_PARENT_NONE };
	int r;

	memset(out, 0, sizeof(*out));
	r = layer_open_bare(&w.bare, l, err);
	if (r)
		return r;
	r = delta_walk(&w);
	*out = w.list;
	if (!r && out->n)
		qsort(out->at, out->n, sizeof(*out->at), by_path);
	if (!r)
		r = join_renames(out);
	if (!r)
		r = join_links(out);
	if (!r)
		r = join_origins(l, out);
	io_parent_release(&w.parent);
	layer_close(w.bare);
	if (r) {
		delta_list_release(out);
		err_errno(err, r, "cannot list the changes of the session");
	}
	return r;
}
