/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/drop.h"
#include "session/lower.h"
#include "session/names.h"
#include "session/touch.h"
#include "util/io.h"

/* The session's entry at a clean path; NULL where it has none there. */
struct dent *drop_dent_at(struct layer *l, const char *path)
{
	struct node *dir = l->tree.root;
	struct dent *d = NULL;

	while (*path && dir) {
		size_t n = strcspn(path, "/");

		d = dent_find(&l->tree, dir, path, n);
		dir = d ? d->node : NULL;
		path += n + (path[n] == '/');
		if (*path && !dir)
			return NULL;
	}
	return d && d->is_override ? d : NULL;
}

static int is_at_origin(const struct node *n)
{
	struct buf path = BUF_INIT;
	int r;

	r = n->up && n->up->origin && !node_path(n, &path) &&
	    !strcmp(path.ptr, n->up->origin);
	buf_release(&path);
	return r;
}

/*
 * A file that only the workspace still has names of is the workspace's again, by
 * all of them: what was said of it goes with the last word on a name.
 */
static void lose_other_names(struct layer *l, struct node *n)
{
	if (node_own_names(n))
		return;
	node_drop_lower(&l->tree, n);
	while (n->names) {
		struct dent *d = n->names;

		if (l->name_changed)
			l->name_changed(l->name_payload, d->parent->id, d->name);
		dent_drop(&l->tree, d);
	}
	n->up->nlink = 1;	/* that of the entry, which goes now */
}

int drop_is_shared(const struct node *n)
{
	return n->type == S_IFREG && n->up && n->up->nlink &&
	       n->up->from.ino && !node_own_names(n);
}

void drop_shared(struct layer *l, struct node *n)
{
	lose_other_names(l, n);
	node_lost_name_locked(l, n);
}

/* The file that the workspace has at path, where the session changed it. */
static struct node *shared_at(struct layer *l, const char *path)
{
	struct io_parent parent = IO_PARENT_NONE;
	struct node *n = NULL;
	struct stat st;

	if (!io_parent_stat(&parent, l->rootfd, path, &st) &&
	    S_ISREG(st.st_mode))
		n = node_by_lower(&l->tree, st.st_ino);
	io_parent_release(&parent);
	return n && drop_is_shared(n) ? n : NULL;
}

/* The session's word on a name is taken back; what it named may go. */
void drop_entry(struct layer *l, struct dent *d)
{
	struct node *n = d->node, *dir = d->parent;

	put_unentry(l, dir, d->name);
	if (l->name_changed)
		l->name_changed(l->name_payload, dir->id, d->name);
	if (n && n->type == S_IFDIR && dir->up->nlink > 2)
		dir->up->nlink--;
	dent_drop(&l->tree, d);
	if (n && n->up && n->type == S_IFREG)
		lose_other_names(l, n);
	if (n)
		node_lost_name_locked(l, n);
}

/* All that is below goes first, so that nothing is left without a name. */
void drop_tree(struct layer *l, struct dent *d)
{
	struct node *n = d->node;

	while (n && n->type == S_IFDIR && n->kids) {
		struct dent *kid = n->kids;
		struct node *node = kid->node;

		if (kid->is_override) {
			drop_tree(l, kid);
		} else {
			dent_drop(&l->tree, kid);
			node_unneeded(&l->tree, node);
		}
	}
	drop_entry(l, d);
}

/* The whiteout that a rename left behind goes with the rename. */
void drop_origin(struct layer *l, const struct node *n)
{
	struct dent *old = n->up && n->up->origin && !is_at_origin(n) ?
			   drop_dent_at(l, n->up->origin) : NULL;

	if (old && !old->node)
		drop_entry(l, old);
}

static int has_overrides(const struct node *dir)
{
	for (const struct dent *d = dir->kids; d; d = d->sib_next)
		if (d->is_override)
			return 1;
	return 0;
}

int drop_same_owner(const struct upper *up)
{
	return up->mode == (up->from.mode & 07777) &&
	       up->uid == up->from.uid && up->gid == up->from.gid;
}

/* 1 if the session says nothing of its own about the directory. */
int drop_says_nothing(const struct node *n)
{
	return n->type == S_IFDIR && (n->flags & NODE_LOWER) &&
	       !has_overrides(n) && drop_same_owner(n->up) &&
	       !n->up->xattrs && is_at_origin(n);
}

int drop_is_unwritten(struct layer *l, const struct node *n)
{
	struct stat st;

	return n->flags & NODE_CLEAN &&
	       !store_data_stat(&l->store, n->up->nid, &st) &&
	       !io_time_cmp(&st.st_mtim, &n->up->clean);
}

/* Directories that were in the log for what was below them go with it. */
void drop_prune(struct layer *l, struct node *n)
{
	while (n && n != l->tree.root && n->names && !n->refs &&
	       drop_says_nothing(n)) {
		struct dent *d = n->names;

		n = d->parent;
		drop_entry(l, d);
	}
}

int drop_begin(struct layer *l, const char *path, struct dent **d,
		    struct err *err)
{
	int r = layer_begin(l);

	if (r)
		return err_errno(err, r, "cannot change the session");
	*d = drop_dent_at(l, path);
	return 0;
}

/* ---- discard ---- */

/*
 * How many names the session has of a file where all of them are those that the
 * workspace has of it; 0 where one is not, or it is no such file.
 */
static size_t count_lower_names(const struct node *n)
{
	size_t count = 0;

	if (!n || n->type != S_IFREG || !n->up || !n->up->from.ino)
		return 0;
	for (const struct dent *d = n->names; d; d = d->alias) {
		if (!d->is_override)
			continue;
		if (!d->base || d->base->id.ino != n->up->from.ino)
			return 0;
		count++;
	}
	return count;
}

/* They are one change: while one of them is left, it shows under all. */
static void drop_names(struct layer *l, struct node *n, size_t count)
{
	for (; count; count--) {
		struct dent *d = n->names;
		struct node *parent;

		while (!d->is_override)
			d = d->alias;
		parent = d->parent;
		drop_entry(l, d);
		drop_prune(l, parent);
	}
}

static int drop_locked(struct layer *l, const char *path, struct err *err)
{
	struct node *parent, *n;
	size_t names;
	struct dent *d = NULL;
	int r;

	r = drop_begin(l, path, &d, err);
	if (r)
		return r;
	n = d ? NULL : shared_at(l, path);
	if (n) {
		drop_shared(l, n);
		return layer_commit(l);
	}
	if (!d)
		return err_set(err, -ENOENT, "%s: no change of the session is "
			       "there by itself; name the directory that it "
			       "went with", path);
	names = count_lower_names(d->node);
	if (names > 1) {
		drop_names(l, d->node, names);
		return layer_commit(l);
	}
	parent = d->parent;
	if (d->node)
		drop_origin(l, d->node);
	drop_tree(l, d);
	drop_prune(l, parent);
	return layer_commit(l);
}

int layer_drop(struct layer *l, const char *const *paths, size_t n,
	       struct err *err)
{
	int r = 0;

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < n && !r; i++)
		r = drop_locked(l, paths[i], err);
	pthread_mutex_unlock(&l->lock);
	return r;
}

void layer_on_name(struct layer *l, layer_name_fn fn, void *payload)
{
	pthread_mutex_lock(&l->lock);
	l->name_changed = fn;
	l->name_payload = payload;
	pthread_mutex_unlock(&l->lock);
}
