/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/delta_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/delta_names.h"
#include "session/drop.h"
#include "session/list.h"
#include "session/lower.h"
#include "session/resolve.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

/* One name, with what the view and what the workspace have there. */
struct pair {
	const char *path;
	struct node *view, *work;	/* NULL: nothing */
	struct stat view_st, work_st;
	/*
	 * The session's entry, in a directory that is where the workspace has
	 * it: elsewhere it covers what lies at the origin, not here.
	 */
	const struct dent *dent;
	/*
	 * The directory took the place of one of the workspace's at that time:
	 * what lies in the workspace's was there to be seen. NULL: it did not.
	 */
	const struct timespec *since;
};

static struct delta *add(struct delta_walk *w, enum delta_kind kind,
			 const char *path)
{
	struct delta *d;

	if (w->list.n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;

		d = reallocarray(w->list.at, cap, sizeof(*d));
		if (!d)
			return NULL;
		w->list.at = d;
		w->cap = cap;
	}
	d = &w->list.at[w->list.n];
	memset(d, 0, sizeof(*d));
	d->kind = kind;
	d->base_off = BASE_NONE;
	d->path = strdup(path);
	if (!d->path)
		return NULL;
	w->list.n++;
	return d;
}

static int same_id(const struct stat *a, const struct stat *b)
{
	if (!a->st_mode || !b->st_mode)
		return !a->st_mode && !b->st_mode;
	return lower_stat_same(a, b);
}

/* What the workspace had at the path when the session first changed it. */
static void set_base(const struct pair *p, struct delta *d)
{
	const struct dent *e = p->dent;

	d->now = p->work ? p->work_st : (struct stat){ 0 };
	if (e && e->base) {
		lower_id_stat(&e->base->id, &d->base);
		d->base_off = e->base->off;
		d->base_len = e->base->len;
	} else if (p->since) {
		d->base = d->now;
		if (p->work && io_time_cmp(&d->now.st_ctim, p->since) > 0)
			d->flags |= DELTA_BASE_MOVED;
	}
	if (!same_id(&d->base, &d->now))
		d->flags |= DELTA_BASE_MOVED;
}

/* ---- what is gone ---- */

/* 1 if something in the workspace's directory is kept from the view. */
static int keeps_hidden(struct delta_walk *w, struct node *dir)
{
	struct dirent *de;
	struct handle *h;
	int r, keeps = 0;
	DIR *d;

	if (lower_dir(w->bare, dir, &h))
		return 0;
	r = quiet_opendir(h->fd, ".", &d);
	handle_put(&w->bare->handles, h);
	if (r)
		return 1;
	while (!keeps && (de = readdir(d))) {
		struct found f;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (resolve(w->bare, NULL, dir, de->d_name, &f))
			continue;
		keeps = !f.node;
		found_release(w->bare, &f);
	}
	closedir(d);
	return keeps;
}

static int gone(struct delta_walk *w, const struct pair *p);

static int gone_below(struct delta_walk *w, const struct pair *p,
		      const struct timespec *since)
{
	struct buf path = BUF_INIT;
	struct listing *list = NULL;
	struct list_entry e;
	uint64_t at = 0;
	int r;

	r = list_get(w->bare, NULL, p->work, 0, &list);
	while (!r && list_next(list, &at, &e)) {
		struct pair kid = { .since = since };
		struct entry found;

		if (!strcmp(e.name, ".") || !strcmp(e.name, ".."))
			continue;
		r = layer_lookup(w->bare, NULL, p->work, e.name, &found);
		if (r || !found.node)
			continue;
		path_join(&path, p->path, e.name);
		kid.path = path.ptr;
		kid.work = found.node;
		kid.work_st = found.st;
		r = buf_oom(&path) ? -ENOMEM : gone(w, &kid);
		layer_forget(w->bare, found.node, 1);
	}
	if (list)
		list_put(w->bare, list);
	buf_release(&path);
	return r;
}

/* The workspace's object, and all below it, is not in the view any more. */
static int gone(struct delta_walk *w, const struct pair *p)
{
	const struct timespec *since = p->since;
	struct delta *d;

	if (!p->work)
		return 0;
	d = add(w, DELTA_DELETE, p->path);
	if (!d)
		return -ENOMEM;
	set_base(p, d);
	if (!S_ISDIR(p->work_st.st_mode))
		return 0;
	if (keeps_hidden(w, p->work))
		d->flags |= DELTA_KEEPS;
	if (p->dent && p->dent->base)
		since = &p->dent->base->when;
	return gone_below(w, p, since ? since : &(struct timespec){ 0, 0 });
}

/* ---- what is there ---- */

/* 1 if the view's object is the workspace's of the same path, as it was. */
static int in_place(struct delta_walk *w, const struct pair *p,
		    struct buf *origin)
{
	int r;

	pthread_mutex_lock(&w->l->lock);
	r = node_origin(p->view, origin);
	pthread_mutex_unlock(&w->l->lock);
	if (r)
		buf_clear(origin);
	return !r && !strcmp(origin->ptr, p->path);
}

static unsigned meta_flags(const struct pair *p, const struct stat *base)
{
	unsigned flags = 0;

	if (!(p->view->flags & NODE_META) || !base->st_mode)
		return 0;
	if ((p->view_st.st_mode ^ base->st_mode) & 07777)
		flags |= DELTA_MODE;
	if (p->view_st.st_uid != base->st_uid ||
	    p->view_st.st_gid != base->st_gid)
		flags |= DELTA_OWNER;
	if (!S_ISDIR(base->st_mode) &&
	    io_time_cmp(&p->view_st.st_mtim, &base->st_mtim))
		flags |= DELTA_TIMES;
	return flags;
}

static unsigned xattr_flag(struct delta_walk *w, const struct pair *p)
{
	unsigned flags = 0;

	if (!p->view->up || !(p->view->flags & NODE_META))
		return 0;
	for (const struct xattr *x = p->view->up->xattrs; x && !flags;
	     x = x->next) {
		struct buf value = BUF_INIT;

		if (!p->work ||
		    layer_getxattr(w->bare, p->work, x->name, &value) ||
		    value.len != x->len || memcmp(value.ptr, x->value, x->len))
			flags = DELTA_XATTR;
		buf_release(&value);
	}
	return flags;
}

static int fill_new(struct delta_walk *w, const struct pair *p,
		    struct delta *d)
{
	struct buf target = BUF_INIT;
	int r = 0;

	d->st = p->view_st;
	d->node = p->view;
	layer_ref(w->l, p->view);
	if (p->view->flags & NODE_MASKED)
		d->flags |= DELTA_MASKED;
	if (d->flags & DELTA_CONTENT)
		d->flags &= ~(unsigned)DELTA_TIMES;
	if (S_ISLNK(d->st.st_mode)) {
		r = layer_readlink(w->l, p->view, &target);
		d->symlink = r ? NULL : buf_take(&target);
		if (!r && !d->symlink)
			r = -ENOMEM;
	}
	/* the bytes of what was copied up are kept with the node */
	if (d->base_off == BASE_NONE && p->view->up &&
	    p->view->up->from.ino == d->base.st_ino) {
		d->base_off = p->view->up->from_off;
		d->base_len = p->view->up->from_len;
	}
	return r;
}

/* The kind of a change at a place where the workspace had (or has) nothing. */
static int added(struct delta_walk *w, const struct pair *p,
		 const struct buf *origin)
{
	struct delta *d = add(w, origin->len ? DELTA_RENAME : DELTA_ADD,
			      p->path);

	if (!d)
		return -ENOMEM;
	set_base(p, d);
	d->flags |= DELTA_CONTENT | xattr_flag(w, p);
	if (!p->work && delta_is_shadow(w, p->path))
		d->flags |= DELTA_SHADOW;
	if (origin->len) {
		d->origin = strdup(origin->ptr);
		if (!d->origin)
			return -ENOMEM;
		if (!(p->view->flags & NODE_DATA) &&
		    !S_ISLNK(p->view_st.st_mode))
			d->flags &= ~(unsigned)DELTA_CONTENT;
		if (p->view->up) {
			struct stat from;

			lower_id_stat(&p->view->up->from, &from);
			d->flags |= meta_flags(p, &from);
			d->base_off = p->view->up->from_off;
			d->base_len = p->view->up->from_len;
		}
	}
	return fill_new(w, p, d);
}

/* The same path, another object. */
static int replaced(struct delta_walk *w, const struct pair *p,
		    const struct buf *origin)
{
	struct delta *d = add(w, DELTA_MODIFY, p->path);

	if (!d)
		return -ENOMEM;
	set_base(p, d);
	d->flags |= DELTA_CONTENT | DELTA_REPLACED | xattr_flag(w, p);
	if ((d->base.st_mode ^ p->view_st.st_mode) & S_IFMT)
		d->kind = DELTA_TYPE;
	else
		d->flags |= meta_flags(p, &d->base);
	if (origin->len) {
		d->origin = strdup(origin->ptr);
		if (!d->origin)
			return -ENOMEM;
	}
	return fill_new(w, p, d);
}

/* Applied while it was open, and neither side was written to since. */
static int is_clean(struct delta_walk *w, const struct pair *p,
		    const struct stat *base)
{
	return p->work && same_id(base, &p->work_st) &&
	       drop_is_unwritten(w->l, p->view);
}

/* The same object, changed. A directory is listed for what is its own only. */
static int modified(struct delta_walk *w, const struct pair *p)
{
	unsigned flags = 0;
	struct stat base = { 0 };
	struct delta *d;

	if (p->dent && p->dent->base)
		lower_id_stat(&p->dent->base->id, &base);
	else if (p->view->up)
		lower_id_stat(&p->view->up->from, &base);
	flags = meta_flags(p, &base) | xattr_flag(w, p);
	if (p->view->flags & NODE_DATA)
		flags |= DELTA_CONTENT;
	if (is_clean(w, p, &base))
		flags &= ~(unsigned)(DELTA_CONTENT | DELTA_TIMES);
	if (!flags)
		return 0;
	d = add(w, DELTA_MODIFY, p->path);
	if (!d)
		return -ENOMEM;
	set_base(p, d);
	if (!d->base.st_mode)
		d->base = base;
	if (same_id(&d->base, &d->now))
		d->flags &= ~(unsigned)DELTA_BASE_MOVED;
	d->flags |= flags;
	return fill_new(w, p, d);
}

int delta_add_also(struct delta_walk *w, const char *path,
		   const struct entry *view, const struct entry *work)
{
	const struct pair p = { .path = path, .view = view->node,
				.view_st = view->st, .work = work->node,
				.work_st = work->st };

	return modified(w, &p);
}

static int walk_dir(struct delta_walk *w, const struct pair *p, int overrides);

/* What is below two directories that are not the same one. */
static int walk_replaced_dir(struct delta_walk *w, const struct pair *p)
{
	struct pair inner = *p;

	inner.since = NULL;
	if (p->work && !S_ISDIR(p->work_st.st_mode))
		inner.work = NULL;
	if (inner.work && p->dent && p->dent->base)
		inner.since = &p->dent->base->when;
	else if (inner.work)
		inner.since = p->since;
	return walk_dir(w, &inner, 0);
}

/*
 * What we put into the view, where we put it. A piece of it that the agent moved
 * elsewhere is a file of the agent's like any other.
 */
static int is_graft(const struct delta_walk *w, const struct pair *p)
{
	return p->view->flags & NODE_GRAFT &&
	       gitguard_has(w->l->session->gitguard.made, p->path);
}

static int compare(struct delta_walk *w, const struct pair *p)
{
	struct buf origin = BUF_INIT;
	int is_dir, was_dir, had, r = 0;

	if (!p->view)
		return gone(w, p);
	if (is_graft(w, p))
		return 0;
	is_dir = S_ISDIR(p->view_st.st_mode);
	was_dir = p->work && S_ISDIR(p->work_st.st_mode);
	had = (p->dent && p->dent->base) || (p->work && p->since);
	if (in_place(w, p, &origin)) {
		r = p->view->up ? modified(w, p) : 0;
		if (!r && is_dir && p->view->up)
			r = walk_dir(w, p, 1);
		goto out;
	}
	if (!had && is_dir && was_dir)
		r = 0;	/* the user made the same directory */
	else if (had && is_dir && was_dir)
		r = meta_flags(p, &p->work_st) & ~(unsigned)DELTA_TIMES ?
		    replaced(w, p, &origin) : 0;
	else
		r = had ? replaced(w, p, &origin) : added(w, p, &origin);
	if (!r && is_dir)
		r = walk_replaced_dir(w, p);
	else if (!r && was_dir && had)
		r = gone_below(w, p, p->dent && p->dent->base ?
			       &p->dent->base->when : p->since);
out:
	buf_release(&origin);
	return r;
}

/* ---- going down ---- */

static int visit_name(struct delta_walk *w, const struct pair *dir,
		      const char *name, int placed)
{
	struct pair p = { .since = dir->since };
	struct buf path = BUF_INIT;
	struct entry e;
	int r;

	path_join(&path, dir->path, name);
	if (buf_oom(&path))
		return -ENOMEM;
	p.path = path.ptr;
	p.dent = dent_find(&w->l->tree, dir->view, name, strlen(name));
	if (p.dent && (!p.dent->is_override || !placed))
		p.dent = NULL;
	r = layer_lookup(w->l, NULL, dir->view, name, &e);
	if (!r && e.node) {
		p.view = e.node;
		p.view_st = e.st;
	}
	if (!r && dir->work) {
		r = layer_lookup(w->bare, NULL, dir->work, name, &e);
		if (!r && e.node) {
			p.work = e.node;
			p.work_st = e.st;
		}
	}
	if (!r && (p.view || p.work))
		r = compare(w, &p);
	if (p.view)
		layer_forget(w->l, p.view, 1);
	if (p.work)
		layer_forget(w->bare, p.work, 1);
	buf_release(&path);
	return r == -ESTALE ? 0 : r;
}

static int walk_dir(struct delta_walk *w, const struct pair *p, int overrides)
{
	struct names names = { NULL, 0, 0 };
	int r;

	if (overrides) {
		r = names_add_overrides(&names, p->view);
	} else {
		r = names_add_listing(&names, w->l, p->view);
		if (!r && p->work)
			r = names_add_listing(&names, w->bare, p->work);
	}
	names_sort(&names);
	for (size_t i = 0; i < names.n && !r; i++)
		r = visit_name(w, p, names.at[i], overrides);
	names_release(&names);
	return r;
}

int delta_walk(struct delta_walk *w)
{
	struct pair root = { .path = "", .view = layer_root(w->l),
			     .work = layer_root(w->bare) };
	int r;

	r = layer_getattr(w->l, root.view, &root.view_st, NULL);
	if (!r)
		r = layer_getattr(w->bare, root.work, &root.work_st, NULL);
	return r ? r : walk_dir(w, &root, 1);
}
