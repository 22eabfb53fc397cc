/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/names.h"
#include "session/copyup.h"
#include "session/refuse.h"
#include "session/touch.h"
#include "session/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a removal or a replacement needs to know of the node in the way. */
static int check_removable(struct layer *l, const struct who *w,
			   struct node *n, int is_dir)
{
	int r;

	if (is_dir && n->type != S_IFDIR)
		return -ENOTDIR;
	if (!is_dir && n->type == S_IFDIR)
		return -EISDIR;
	r = refuse_write(l, w, n, "remove");
	if (!r && (n->flags & NODE_FOREIGN))
		r = -EBUSY;
	if (!r && is_dir)
		r = dir_check_empty(l, n);
	return r;
}

/* The workspace's file has other names, which must know that this one went. */
static int must_count_names(const struct found *f)
{
	return S_ISREG(f->lower.st_mode) && f->lower.st_nlink > 1;
}

int layer_remove(struct layer *l, const struct who *w, struct node *dir,
		 const char *name, int is_dir)
{
	struct dent *d = NULL;
	struct found f;
	int r;

	r = dir_check_writable(l, w, dir, "remove");
	if (!r)
		r = touch_meta(l, dir);
	if (!r)
		r = resolve(l, w, dir, name, &f);
	if (r)
		return r;
	r = f.node ? check_removable(l, w, f.node, is_dir) : -ENOENT;
	if (!r && must_count_names(&f))
		r = touch_meta(l, f.node);
	found_release(l, &f);
	if (!r)
		r = resolve_and_lock(l, w, dir, name, &f);
	if (r)
		return r;
	r = f.node ? layer_begin_removal(l) : -ENOENT;
	if (!r)
		r = node_keep_locked(l, f.node, &f.lower);
	if (!r)
		r = name_override_locked(l, dir, name, &f.lower, &d);
	if (!r) {
		int was_dir = f.node->type == S_IFDIR;

		name_take_locked(l, d);
		if (was_dir && dir->up->nlink > 2)
			dir->up->nlink--;
		node_lost_name_locked(l, f.node);
		dir_changed_locked(l, dir);
		r = layer_commit(l);
	}
	pthread_mutex_unlock(&l->lock);
	found_release(l, &f);
	return r;
}

struct renaming {
	struct found from, to;
	uint64_t base_off, base_len;
};

static void adjust_nlink(struct node *from, struct node *to)
{
	if (from == to)
		return;
	if (from->up->nlink > 2)
		from->up->nlink--;
	to->up->nlink++;
}

static void note_moved(struct layer *l, struct node *n)
{
	now(l, &n->up->ctime);
	put_node(l, n);
	if (n->type == S_IFDIR && (n->flags & NODE_LOWER))
		l->moved = 1;
}

static int replace_locked(struct layer *l, struct renaming *rn)
{
	struct node *n = rn->from.node, *old = rn->to.node;
	struct dent *from, *to;
	int r;

	r = name_override_locked(l, rn->from.dir, rn->from.name,
				 &rn->from.lower, &from);
	if (!r && old)
		r = node_keep_locked(l, old, &rn->to.lower);
	if (!r)
		r = name_override_locked(l, rn->to.dir, rn->to.name,
					 &rn->to.lower, &to);
	if (r)
		return r;
	if (to->base && to->base->off == BASE_NONE) {
		to->base->off = rn->base_off;
		to->base->len = rn->base_len;
	}
	name_take_locked(l, from);
	if (to->node && to->node != old) {
		struct node *stale = to->node;

		dent_point(to, NULL);
		node_unneeded(&l->tree, stale);
	}
	dent_point(to, n);
	put_entry(l, to);
	if (n->type == S_IFDIR)
		adjust_nlink(rn->from.dir, rn->to.dir);
	if (old && old->type == S_IFDIR && rn->to.dir->up->nlink > 2)
		rn->to.dir->up->nlink--;
	if (old)
		node_lost_name_locked(l, old);
	note_moved(l, n);
	return 0;
}

static int exchange_locked(struct layer *l, struct renaming *rn)
{
	struct node *a = rn->from.node, *b = rn->to.node;
	struct dent *from, *to;
	int r;

	r = name_override_locked(l, rn->from.dir, rn->from.name,
				 &rn->from.lower, &from);
	if (!r)
		r = name_override_locked(l, rn->to.dir, rn->to.name,
					 &rn->to.lower, &to);
	if (r)
		return r;
	dent_point(from, NULL);
	dent_point(to, a);
	dent_point(from, b);
	put_entry(l, to);
	put_entry(l, from);
	if (a->type == S_IFDIR && b->type != S_IFDIR)
		adjust_nlink(rn->from.dir, rn->to.dir);
	if (b->type == S_IFDIR && a->type != S_IFDIR)
		adjust_nlink(rn->to.dir, rn->from.dir);
	note_moved(l, a);
	note_moved(l, b);
	return 0;
}

static int is_below(const struct node *n, const struct node *top)
{
	for (; n; n = n->names ? n->names->parent : NULL)
		if (n == top)
			return 1;
	return 0;
}

static int rename_locked(struct layer *l, struct renaming *rn, unsigned flags)
{
	int r;

	if (!rn->from.node || ((flags & RENAME_EXCHANGE) && !rn->to.node))
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && rn->to.node)
		return -EEXIST;
	if (is_below(rn->to.dir, rn->from.node))
		return -EINVAL;
	if (rn->to.node && is_below(rn->from.dir, rn->to.node))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (rn->from.node == rn->to.node)
		return 0;
	r = layer_begin(l);
	if (r)
		return r;
	r = flags & RENAME_EXCHANGE ? exchange_locked(l, rn) :
				      replace_locked(l, rn);
	if (r)
		return r;
	dir_changed_locked(l, rn->from.dir);
	if (rn->to.dir != rn->from.dir)
		dir_changed_locked(l, rn->to.dir);
	return layer_commit(l);
}

/* All that must be done before the lock: I/O, and nodes that get a number. */
static int prepare(struct layer *l, const struct who *w, struct renaming *rn,
		   unsigned flags)
{
	struct node *old = rn->to.node;
	int r;

	if (!rn->from.node)
		return -ENOENT;
	if (rn->from.node->flags & NODE_FOREIGN)
		return -EBUSY;
	r = refuse_write(l, w, rn->from.node, "rename");
	if (!r)
		r = touch_meta(l, rn->from.node);
	if (r || !old)
		return r;
	if (flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (flags & RENAME_EXCHANGE) {
		r = refuse_write(l, w, old, "rename");
		return r ? r : touch_meta(l, old);
	}
	if (old == rn->from.node)
		return 0;
	r = check_removable(l, w, old, rn->from.node->type == S_IFDIR);
	if (!r && must_count_names(&rn->to))
		r = touch_meta(l, old);
	if (!r && rn->base_off == BASE_NONE && old->type == S_IFREG)
		base_keep(l, old, &rn->base_off, &rn->base_len);
	return r;
}

int layer_rename(struct layer *l, const struct who *w, struct node *dir,
		 const char *name, struct node *newdir, const char *newname,
		 unsigned flags)
{
	struct renaming rn = { .base_off = BASE_NONE };
	int r, again;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	r = name_check(newname);
	if (!r)
		r = dir_check_writable(l, w, dir, "rename");
	if (!r)
		r = dir_check_writable(l, w, newdir, "rename");
	if (!r)
		r = touch_meta(l, dir);
	if (!r)
		r = touch_meta(l, newdir);
	for (again = 1; !r && again;) {
		r = resolve(l, w, dir, name, &rn.from);
		if (r)
			break;
		r = resolve(l, NULL, newdir, newname, &rn.to);
		if (!r)
			r = prepare(l, w, &rn, flags);
		pthread_mutex_lock(&l->lock);
		again = !r && !(found_holds_locked(l, &rn.from) &&
				found_holds_locked(l, &rn.to));
		if (!r && !again)
			r = rename_locked(l, &rn, flags);
		pthread_mutex_unlock(&l->lock);
		found_release(l, &rn.from);
		found_release(l, &rn.to);
	}
	return r;
}
