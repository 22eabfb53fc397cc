/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/list.h"
#include "session/names.h"
#include "session/refuse.h"
#include "session/touch.h"
#include "session/resolve.h"

#include <errno.h>
#include <string.h>

int name_override_locked(struct layer *l, struct node *dir, const char *name,
			 const struct stat *lower, struct dent **out)
{
	size_t len = strlen(name);
	struct dent *d = dent_find(&l->tree, dir, name, len);

	if (!d)
		d = dent_add(&l->tree, dir, name, len, NULL, 1);
	if (!d)
		return -ENOMEM;
	dent_override(&l->tree, d);
	*out = d;
	return base_set(d, lower);
}

int name_point_locked(struct layer *l, struct node *dir, const char *name,
		      struct node *n, struct dent **out)
{
	static const struct stat nothing;
	int r = name_override_locked(l, dir, name, &nothing, out);
	struct node *old;

	if (r)
		return r;
	old = (*out)->node;
	if (old && !old->up) {
		dent_point(*out, NULL);
		node_unneeded(&l->tree, old);
	}
	dent_point(*out, n);
	return 0;
}

void name_take_locked(struct layer *l, struct dent *d)
{
	struct node *dir = d->parent;

	dent_point(d, NULL);
	if (d->base) {
		put_entry(l, d);
		return;
	}
	put_unentry(l, dir, d->name);
	dent_drop(&l->tree, d);
}

int node_keep_locked(struct layer *l, struct node *n, const struct stat *lower)
{
	struct buf origin = BUF_INIT;
	int r;

	if (n->up)
		return 0;
	r = node_origin(n, &origin);
	if (!r)
		r = node_materialize(&l->tree, n, 0);
	if (!r) {
		n->up->origin = buf_take(&origin);
		n->up->mode = lower->st_mode & 07777;
		n->up->uid = lower->st_uid;
		n->up->gid = lower->st_gid;
		n->up->nlink = n->type == S_IFDIR ? 2 :
			       (uint32_t)lower->st_nlink;
		n->up->atime = lower->st_atim;
		n->up->mtime = lower->st_mtim;
		n->up->ctime = lower->st_ctim;
		lower_id_of(&n->up->from, lower);
		if (n->type == S_IFREG || n->type == S_IFDIR)
			n->flags |= NODE_META;
	}
	buf_release(&origin);
	return r;
}

/* A directory that is gone holds nothing, not even whiteouts. */
static void empty_dir(struct layer *l, struct node *n)
{
	while (n->kids) {
		struct dent *d = n->kids;
		struct node *kid = d->node;

		dent_drop(&l->tree, d);
		if (kid)
			node_unneeded(&l->tree, kid);
	}
	n->flags &= ~NODE_LOWER;
	handle_drop(&l->handles, n);
}

void node_lost_name_locked(struct layer *l, struct node *n)
{
	struct upper *up = n->up;

	if (!up) {
		node_unneeded(&l->tree, n);
		return;
	}
	now(l, &up->ctime);
	if (n->type == S_IFDIR)
		up->nlink = 0;
	else if (up->nlink)
		up->nlink--;
	if (up->nlink) {
		put_node(l, n);
		return;
	}
	put_free(l, up->nid);
	if (n->type == S_IFDIR)
		empty_dir(l, n);
	layer_unneeded_locked(l, n);
}

int dir_check_writable(struct layer *l, const struct who *w, struct node *dir,
		       const char *op)
{
	int r = 0;

	pthread_mutex_lock(&l->lock);
	if (!dir->names && dir != l->tree.root)
		r = -ENOENT;
	else if (dir->flags & NODE_FOREIGN)
		r = -EROFS;
	pthread_mutex_unlock(&l->lock);
	if (l->readonly)
		r = -EROFS;
	return r ? r : refuse_write(l, w, dir, op);
}

int dir_check_empty(struct layer *l, struct node *dir)
{
	struct listing *list;
	struct list_entry e;
	uint64_t at = 0;
	int r;

	r = list_get(l, NULL, dir, 0, &list);
	if (r)
		return r;
	while ((r = list_next(list, &at, &e)) > 0) {
		struct found f;

		if (!strcmp(e.name, ".") || !strcmp(e.name, ".."))
			continue;
		r = resolve(l, NULL, dir, e.name, &f);
		if (r)
			break;
		if (f.node)
			r = -ENOTEMPTY;
		found_release(l, &f);
		if (r)
			break;
	}
	list_put(l, list);
	return r;
}
