/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/byhandle.h"

#include "session/internal.h"

#include <errno.h>
#include <string.h>

/* The node of a number, or what it lies in; with a ref, and its path. */
static int find(struct layer *l, uint64_t id, int parent, struct node **out,
		struct buf *path)
{
	struct node *n;
	int r = -ESTALE;

	pthread_mutex_lock(&l->lock);
	n = node_by_id(&l->tree, id);
	if (n && parent && n != l->tree.root)
		n = n->names ? n->names->parent : NULL;
	if (n && (n->names || n == l->tree.root)) {
		n->refs++;
		*out = n;
		r = node_path(n, path);
		if (r)
			n->refs--;
	}
	pthread_mutex_unlock(&l->lock);
	return r;
}

int layer_lookup_id(struct layer *l, uint64_t id, int parent,
		    struct entry *out)
{
	struct buf path = BUF_INIT;
	struct node *n;
	int r;

	r = find(l, id, parent, &n, &path);
	if (r)
		goto out;
	r = layer_walk_path(l, path.ptr, out);
	if (!r && out->node != n) {
		if (out->node)
			layer_forget(l, out->node, 1);
		r = -ESTALE;
	}
	layer_forget(l, n, 1);
out:
	buf_release(&path);
	return r;
}
