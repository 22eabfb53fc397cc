/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/internal.h"
#include "session/lower.h"
#include "session/names.h"
#include "session/touch.h"
#include "util/io.h"

/* The session's entry at a clean path; NULL where it has none there. */
static struct dent *dent_at(struct layer *l, const char *path)
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

/* The session's word on a name is taken back; what it named may go. */
static void withdraw(struct layer *l, struct dent *d)
{
	struct node *n = d->node, *dir = d->parent;

	put_unentry(l, dir, d->name);
	if (n && n->type == S_IFDIR && dir->up->nlink > 2)
		dir->up->nlink--;
	dent_drop(&l->tree, d);
	if (n)
		node_lost_name_locked(l, n);
}

/* All that is below goes first, so that nothing is left without a name. */
static void withdraw_tree(struct layer *l, struct dent *d)
{
	struct node *n = d->node;

	while (n && n->type == S_IFDIR && n->kids) {
		struct dent *kid = n->kids;
		struct node *node = kid->node;

		if (kid->is_override) {
			withdraw_tree(l, kid);
		} else {
			dent_drop(&l->tree, kid);
			node_unneeded(&l->tree, node);
		}
	}
	withdraw(l, d);
}

/* The whiteout that a rename left behind goes with the rename. */
static void withdraw_origin(struct layer *l, const struct node *n)
{
	struct dent *old = n->up && n->up->origin && !is_at_origin(n) ?
			   dent_at(l, n->up->origin) : NULL;

	if (old && !old->node)
		withdraw(l, old);
}

static int has_overrides(const struct node *dir)
{
	for (const struct dent *d = dir->kids; d; d = d->sib_next)
		if (d->is_override)
			return 1;
	return 0;
}

/* 1 if the session says nothing of its own about the directory. */
static int says_nothing(const struct node *n)
{
	const struct upper *up = n->up;

	return n->type == S_IFDIR && (n->flags & NODE_LOWER) &&
	       !has_overrides(n) && up->mode == (up->from.mode & 07777) &&
	       up->uid == up->from.uid && up->gid == up->from.gid &&
	       !up->xattrs && is_at_origin(n);
}

/* Directories that were in the log for what was below them go with it. */
static void prune(struct layer *l, struct node *n)
{
	while (n && n != l->tree.root && n->names && says_nothing(n)) {
		struct dent *d = n->names;

		n = d->parent;
		withdraw(l, d);
	}
}

static int begin_at(struct layer *l, const char *path, struct dent **d,
		    struct err *err)
{
	int r = layer_begin(l);

	if (r)
		return err_errno(err, r, "cannot change the session");
	*d = dent_at(l, path);
	return 0;
}

/* ---- discard ---- */

static int drop_locked(struct layer *l, const char *path, struct err *err)
{
	struct node *parent;
	struct dent *d = NULL;
	int r;

	r = begin_at(l, path, &d, err);
	if (r)
		return r;
	if (!d)
		return err_set(err, -ENOENT, "%s: no change of the session is "
			       "there by itself; name the directory that it "
			       "went with", path);
	parent = d->parent;
	if (d->node)
		withdraw_origin(l, d->node);
	withdraw_tree(l, d);
	prune(l, parent);
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

/* ---- after apply ---- */

/* A directory that the workspace has now, too: it is merged from here on. */
static int merge_dir(struct layer *l, struct node *n, const char *path)
{
	char *origin = strdup(path);
	struct stat st;
	int fd, r;

	if (!origin)
		return -ENOMEM;
	r = io_open_beneath(l->rootfd, path, O_PATH | O_DIRECTORY, 0, &fd);
	if (!r) {
		r = fstat(fd, &st) ? -errno : 0;
		close(fd);
	}
	if (r) {
		free(origin);
		return r;
	}
	free(n->up->origin);
	n->up->origin = origin;
	lower_id_of(&n->up->from, &st);
	n->lower_ino = st.st_ino;
	n->flags |= NODE_LOWER;
	handle_drop(&l->handles, n);
	put_node(l, n);
	return 0;
}

/* What an entry covers is what the workspace has there now. */
static void rebase(struct layer *l, struct dent *d)
{
	free(d->base);
	d->base = calloc(1, sizeof(*d->base));
	if (!d->base)
		return;
	d->base->id = d->node->up->from;
	d->base->off = BASE_NONE;
	now(&d->base->when);
	put_entry(l, d);
}

static int settle_locked(struct layer *l, const char *path, struct err *err)
{
	struct node *parent;
	struct dent *d = NULL;
	int r;

	r = begin_at(l, path, &d, err);
	if (r || !d)
		return r;
	parent = d->parent;
	if (d->node)
		withdraw_origin(l, d->node);
	if (d->node && d->node->type == S_IFDIR &&
	    !merge_dir(l, d->node, path)) {
		rebase(l, d);
		if (!says_nothing(d->node))
			return layer_commit(l);
		withdraw(l, d);
	} else {
		withdraw_tree(l, d);
	}
	prune(l, parent);
	return layer_commit(l);
}

static int longest_first(const void *a, const void *b)
{
	size_t x = strlen(*(const char *const *)a);
	size_t y = strlen(*(const char *const *)b);

	return x < y ? 1 : x > y ? -1 : 0;
}

int layer_settle(struct layer *l, const char *const *paths, size_t n,
		 struct err *err)
{
	const char **sorted = calloc(n ? n : 1, sizeof(*sorted));
	int r = 0;

	if (!sorted)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		sorted[i] = paths[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), longest_first);
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < n && !r; i++)
		r = settle_locked(l, sorted[i], err);
	pthread_mutex_unlock(&l->lock);
	free(sorted);
	return r;
}
