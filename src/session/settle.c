/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/copyup.h"
#include "session/drop.h"
#include "session/resolve.h"
#include "session/touch.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"
#include "util/walk.h"

#define RECORD_BYTES 65536	/* and then the changes go to the log */

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
	d->base->off = d->node->up->from_off;
	d->base->len = d->node->up->from_len;
	now(l, &d->base->when);
	put_entry(l, d);
}

int drop_is_as_seen(struct layer *l, const struct node *n,
		    const struct stat *seen)
{
	struct stat st;

	if (!seen || !seen->st_mode)
		return 1;
	upper_stat(n, &st);
	if (n->flags & NODE_DATA && store_data_stat(&l->store, n->up->nid, &st))
		return 0;
	if (n->ino != seen->st_ino)
		return 0;
	return !(n->flags & NODE_DATA) ||
	       (st.st_size == seen->st_size &&
		!io_time_cmp(&st.st_mtim, &seen->st_mtim));
}

/* What the workspace has at path now; st_mode 0: nothing. */
static void workspace_stat(struct layer *l, const char *path, struct stat *st)
{
	int fd;

	memset(st, 0, sizeof(*st));
	if (io_open_parent(l->rootfd, path, &fd))
		return;
	if (fstatat(fd, path_base(path), st, AT_SYMLINK_NOFOLLOW))
		memset(st, 0, sizeof(*st));
	close(fd);
}

/* Its bytes, for a merge with what the user may yet write. */
static void keep_base(struct layer *l, struct node *n, const char *path,
		      const struct stat *want)
{
	struct buf bytes = BUF_INIT;
	struct stat st;
	int fd = -1;

	n->up->from_off = BASE_NONE;
	n->up->from_len = 0;
	if (!S_ISREG(want->st_mode) || !want->st_size ||
	    want->st_size > BASE_MAX ||
	    quiet_open_beneath(l->rootfd, path, O_NONBLOCK, &fd))
		return;
	if (!fstat(fd, &st) && st.st_ino == want->st_ino &&
	    !io_read_all(fd, BASE_MAX, &bytes) && bytes.len &&
	    !store_base_add(&l->store, bytes.ptr, bytes.len, &n->up->from_off))
		n->up->from_len = bytes.len;
	close(fd);
	buf_wipe(&bytes);
}

/*
 * The entry stays the session's, as a change of what the workspace has now; or
 * as none, if its content is the same.
 */
static void keep_entry(struct layer *l, struct dent *d, const char *path,
		       int same)
{
	struct node *n = d->node;
	char *origin = strdup(path);
	struct stat st, data;

	workspace_stat(l, path, &st);
	if (!st.st_mode || !origin) {
		free(origin);
		return;
	}
	free(n->up->origin);
	n->up->origin = origin;
	node_drop_lower(&l->tree, n);
	n->lower_ino = st.st_ino;
	if (n->type == S_IFREG)
		node_add_lower(&l->tree, n);
	keep_base(l, n, path, &st);
	lower_id_of(&n->up->from, &st);
	n->flags &= ~(uint32_t)NODE_CLEAN;
	if (same && !store_data_stat(&l->store, n->up->nid, &data)) {
		n->flags |= NODE_CLEAN;
		n->up->clean = data.st_mtim;
	}
	put_node(l, n);
	rebase(l, d);
	/* where nothing has it open the kernel lets it go for that */
	if (l->name_changed)
		l->name_changed(l->name_payload, d->parent->id, d->name);
}

static void settle_locked(struct layer *l, const char *path,
			  const struct stat *seen)
{
	struct dent *d = drop_dent_at(l, path);
	struct node *parent, *n;
	int same;

	if (!d)
		return;
	parent = d->parent;
	n = d->node;
	same = !n || drop_is_as_seen(l, n, seen);
	if (n)
		drop_origin(l, n);
	if (n && n->type == S_IFDIR && !merge_dir(l, n, path)) {
		rebase(l, d);
		if (n->refs || !drop_says_nothing(n))
			return;
		drop_entry(l, d);
	} else if (n && (!same || (n->type == S_IFREG && n->refs &&
				   l->name_changed))) {
		keep_entry(l, d, path, same);
		return;
	} else {
		drop_tree(l, d);
	}
	drop_prune(l, parent);
}

/* What the user has made of it in the workspace meanwhile does not count. */
static int is_still_clean(struct layer *l, const struct node *n)
{
	return drop_is_unwritten(l, n) && n->names && drop_same_owner(n->up);
}

static int give_back(struct layer *l, struct node *n)
{
	struct node *parent = n->names->parent;

	while (n->names->alias)
		drop_entry(l, n->names);
	drop_entry(l, n->names);
	drop_prune(l, parent);
	return layer_commit(l);
}

static struct node *next_clean(struct layer *l)
{
	struct node_table *t = &l->tree.by_nid;

	for (size_t i = 0; i <= t->mask; i++)
		for (struct node *n = t->at[i]; n; n = n->up->nid_next)
			if (is_still_clean(l, n))
				return n;
	return NULL;
}

int settle_closed(struct layer *l)
{
	struct node *n;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	while (!r && (n = next_clean(l))) {
		r = layer_begin(l);
		if (!r)
			r = give_back(l, n);
	}
	pthread_mutex_unlock(&l->lock);
	return r;
}

int settle_forgotten_locked(struct layer *l, struct node *n)
{
	layer_name_fn fn = l->name_changed;

	if (n->flags & NODE_BUSY || !is_still_clean(l, n) || layer_begin(l))
		return 0;
	l->name_changed = NULL;	/* the kernel knows nothing of it any more */
	give_back(l, n);
	l->name_changed = fn;
	return 1;
}

int layer_is_settling(struct layer *l, const struct node *n)
{
	int is;

	pthread_mutex_lock(&l->lock);
	is = is_still_clean(l, n);
	pthread_mutex_unlock(&l->lock);
	return is;
}

/* ---- files of which the workspace alone has names ---- */

struct names_left {
	struct node **at;
	size_t n;
};

static int look_for(struct names_left *left, struct node *n)
{
	struct node **p = reallocarray(left->at, left->n + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	left->at = p;
	p[left->n++] = n;
	return 0;
}

static int still_there(void *payload, const struct walk_entry *e)
{
	struct names_left *left = payload;

	for (size_t i = 0; i < left->n; i++)
		if (!e->error && left->at[i]->lower_ino == e->st.st_ino)
			left->at[i--] = left->at[--left->n];
	return left->n ? WALK_GO : WALK_SKIP;
}

/*
 * What was applied under all its names is another file there now. A node that
 * waited for the old one would take the next of its inode number for it.
 */
static int drop_replaced(struct layer *l)
{
	struct node_table *t = &l->tree.by_nid;
	struct names_left left = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; i <= t->mask; i++)
		for (struct node *n = t->at[i]; n && !r; n = n->up->nid_next)
			r = drop_is_shared(n) ? look_for(&left, n) : 0;
	/* what cannot be looked for may be there */
	if (!r && left.n && walk_tree(l->rootfd, still_there, &left) < 0)
		left.n = 0;
	for (size_t i = 0; i < left.n && !r; i++)
		drop_shared(l, left.at[i]);
	free(left.at);
	return r;
}

struct settled {
	const char *path;
	const struct stat *seen;
};

static int longest_first(const void *a, const void *b)
{
	size_t x = strlen(((const struct settled *)a)->path);
	size_t y = strlen(((const struct settled *)b)->path);

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Many changes to a record, all of one time. */
static int settle_all(struct layer *l, const struct settled *all, size_t n)
{
	int r = layer_begin(l);

	now(l, &l->stamp);
	for (size_t i = 0; i < n && !r; i++) {
		settle_locked(l, all[i].path, all[i].seen);
		if (l->items.len >= RECORD_BYTES) {
			r = layer_commit(l);
			if (!r)
				r = layer_begin(l);
		}
	}
	if (!r)
		r = drop_replaced(l);
	if (!r)
		r = layer_commit(l);
	l->stamp = (struct timespec){ 0, 0 };
	return r;
}

int layer_settle(struct layer *l, const char *const *paths,
		 const struct stat *seen, size_t n, struct err *err)
{
	struct settled *all = calloc(n ? n : 1, sizeof(*all));
	int r = 0;

	if (!all)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		all[i] = (struct settled){ paths[i], seen ? &seen[i] : NULL };
	if (n)
		qsort(all, n, sizeof(*all), longest_first);
	pthread_rwlock_wrlock(&l->gate);
	pthread_mutex_lock(&l->lock);
	r = settle_all(l, all, n);
	pthread_mutex_unlock(&l->lock);
	pthread_rwlock_unlock(&l->gate);
	free(all);
	return r ? err_errno(err, r, "cannot change the session") : 0;
}
