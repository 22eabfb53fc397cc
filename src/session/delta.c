/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/delta_links.h"

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
	for (size_t i = 0; i < d->n_also; i++)
		free(d->also[i]);
	free(d->also);
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

int delta_by_path(const void *a, const void *b)
{
	const struct delta *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct delta *find_path(struct delta_list *list, const char *path)
{
	struct delta key = { .path = (char *)path };

	return list->n ? bsearch(&key, list->at, list->n, sizeof(key),
				 delta_by_path)
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

int delta_is_below(const struct delta *d, const char *path)
{
	for (size_t i = 0; i < d->n_also; i++)
		if (path_is_below(d->also[i], path))
			return 1;
	return path_is_below(d->path, path) ||
	       (d->origin && path_is_below(d->origin, path));
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
	if (!r && w.list.n)
		qsort(w.list.at, w.list.n, sizeof(*out->at), delta_by_path);
	if (!r)
		r = delta_add_names(&w);
	*out = w.list;
	if (!r)
		r = join_renames(out);
	if (!r)
		r = delta_join_links(l, out);
	io_parent_release(&w.parent);
	layer_close(w.bare);
	if (r) {
		delta_list_release(out);
		err_errno(err, r, "cannot list the changes of the session");
	}
	return r;
}
