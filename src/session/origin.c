/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/internal.h"
#include "util/path.h"

/* Takes the node's ref. 1 where it has no origin. */
static int origin_of(struct layer *l, struct node *n, struct buf *origin)
{
	int r;

	pthread_mutex_lock(&l->lock);
	r = node_origin(n, origin);
	pthread_mutex_unlock(&l->lock);
	layer_forget(l, n, 1);
	return r == -ENOENT ? 1 : r;
}

/* Nothing is there, or it is hidden: where its directory comes from. */
static int origin_of_missing(struct layer *l, const char *path,
			     struct buf *origin)
{
	const char *name = path_base(path);
	char *dir = strndup(path, name > path ? (size_t)(name - path - 1) : 0);
	int r = dir ? layer_origin(l, dir, origin) : -ENOMEM;

	if (!r) {
		if (origin->len)
			buf_addch(origin, '/');
		buf_addstr(origin, name);
		r = buf_oom(origin) ? -ENOMEM : 0;
	}
	free(dir);
	return r;
}

int layer_origin(struct layer *l, const char *path, struct buf *origin)
{
	struct entry e;
	int r;

	r = layer_walk_path(l, path, &e);
	if (r)
		return r;
	if (e.node)
		return origin_of(l, e.node, origin);
	return *path ? origin_of_missing(l, path, origin) : -ENOENT;
}
