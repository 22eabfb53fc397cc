/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/acl.h"
#include "session/dirtime.h"
#include "session/touch.h"
#include "session/resolve.h"
#include "session/lower.h"
#include "session/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"

void now(struct layer *l, struct timespec *ts)
{
	struct stat st;

	if (l->stamp.tv_sec) {
		*ts = l->stamp;
		return;
	}
	if (l->clockfd >= 0 && !futimens(l->clockfd, NULL) &&
	    !fstat(l->clockfd, &st))
		*ts = st.st_mtim;
	else
		clock_gettime(CLOCK_REALTIME_COARSE, ts);
}

void dir_changed_locked(struct layer *l, struct node *dir)
{
	now(l, &dir->up->mtime);
	dir->up->ctime = dir->up->mtime;
	put_node(l, dir);
}

int base_set(struct dent *d, const struct stat *lower)
{
	if (d->base || !lower->st_mode)
		return 0;
	d->base = calloc(1, sizeof(*d->base));
	if (!d->base)
		return -ENOMEM;
	lower_id_of(&d->base->id, lower);
	d->base->off = BASE_NONE;
	/* not the coarse clock: a file made just before is not newer */
	clock_gettime(CLOCK_REALTIME, &d->base->when);
	return 0;
}

static struct node *topmost_untouched(struct node *n)
{
	struct node *top = NULL;

	for (struct node *p = n; p && !p->up;
	     p = p->names ? p->names->parent : NULL)
		top = p;
	return top;
}

/*
 * What is to be given a number next so that n can have one: all directories that
 * hold a known name of it, from the top, then n. NULL: n has one.
 */
static struct node *first_untouched(struct layer *l, struct node *n)
{
	struct node *top = NULL;

	if (n->up)
		return NULL;
	for (struct dent *d = n->names; d && !top; d = d->alias)
		top = topmost_untouched(d->parent);
	return top ? top : n;
}

static int set_upper(struct node *n, const struct stat *st,
		     const struct timespec *birth, char *origin)
{
	struct upper *up = n->up;

	up->origin = origin;
	up->mode = st->st_mode & 07777;
	up->uid = st->st_uid;
	up->gid = st->st_gid;
	up->nlink = n->type == S_IFDIR ? 2 : (uint32_t)st->st_nlink;
	up->atime = st->st_atim;
	up->mtime = st->st_mtim;
	up->ctime = st->st_ctim;
	up->btime = *birth;
	lower_id_of(&up->from, st);
	return 0;
}

/* Turns the cached entries of n into overrides, with what they cover. */
static int override_names(struct layer *l, struct node *n,
			  const struct stat *st)
{
	int r = 0;

	for (struct dent *d = n->names; d && !r; d = d->alias) {
		/* found since; it follows the inode, as those not yet found */
		if (!d->parent->up)
			continue;
		dent_override(&l->tree, d);
		r = base_set(d, st);
		put_entry(l, d);
	}
	return r;
}

static int touch_one_locked(struct layer *l, struct node *n,
			    const struct stat *st,
			    const struct timespec *birth)
{
	struct buf origin = BUF_INIT;
	int r;

	r = node_origin(n, &origin);
	if (!r)
		r = layer_begin(l);
	if (!r)
		r = node_materialize(&l->tree, n, 0);
	if (r) {
		buf_release(&origin);
		return r;
	}
	set_upper(n, st, birth, buf_take(&origin));
	put_node(l, n);
	if (n->type == S_IFREG && st->st_nlink > 1 &&
	    !node_by_lower(&l->tree, n->lower_ino))
		node_add_lower(&l->tree, n);
	r = override_names(l, n, st);
	return r ? r : layer_commit(l);
}

int touch(struct layer *l, struct node *n)
{
	struct timespec birth;
	struct node *top;
	struct stat st;
	int r = 0;

	for (;;) {
		pthread_mutex_lock(&l->lock);
		top = first_untouched(l, n);
		if (top)
			top->refs++;
		pthread_mutex_unlock(&l->lock);
		if (!top)
			return 0;
		if (top->flags & NODE_FOREIGN)
			r = -EXDEV;
		else
			r = lower_stat(l, top, &st, &birth);
		if (!r)
			dirtime_show(l, top, &st);
		pthread_mutex_lock(&l->lock);
		if (!r && !top->up)
			r = touch_one_locked(l, top, &st, &birth);
		pthread_mutex_unlock(&l->lock);
		layer_forget(l, top, 1);
		if (r)
			return r;
	}
}

/* There are no masks for attributes: of a file with masks they do not show. */
static int is_kept_xattr(const struct node *n, const char *name)
{
	return (!strncmp(name, "user.", 5) && !(n->flags & NODE_MASK)) || !strcmp(name, ACL_ACCESS) ||
	       !strcmp(name, ACL_DEFAULT);
}

static int read_xattr(int fd, const char *name, struct buf *out)
{
	ssize_t len;

	buf_clear(out);
	if (buf_grow(out, 65536))
		return -ENOMEM;
	len = fgetxattr(fd, name, out->ptr, 65536);
	if (len < 0)
		return -errno;
	out->len = (size_t)len;
	return 0;
}

struct xattr_copy {
	struct buf names;
	int fd;
};

/* The names of n's extended attributes below; an empty list where it has none. */
static int open_xattrs(struct layer *l, struct node *n, struct xattr_copy *c)
{
	ssize_t len;
	int r;

	c->fd = -1;
	buf_init(&c->names);
	if (n->type != S_IFREG && n->type != S_IFDIR)
		return 0;
	r = lower_open(l, n, &c->fd);
	if (r == -EACCES)
		return 0;	/* not ours to read, so nothing to carry over */
	if (r)
		return r;
	len = flistxattr(c->fd, NULL, 0);
	if (len <= 0)
		return 0;
	if (buf_grow(&c->names, (size_t)len))
		return -ENOMEM;
	len = flistxattr(c->fd, c->names.ptr, (size_t)len);
	if (len > 0)
		c->names.len = (size_t)len;
	return 0;
}

static int take_xattrs(struct layer *l, struct node *n, struct xattr_copy *c)
{
	struct buf value = BUF_INIT;
	int r = 0;

	for (size_t i = 0; i < c->names.len && !r;
	     i += strlen(c->names.ptr + i) + 1) {
		const char *name = c->names.ptr + i;

		if (!is_kept_xattr(n, name) || read_xattr(c->fd, name, &value) ||
		    (!strncmp(name, "user.", 5) && !view_shows_value(l, &value)))
			continue;
		r = xattr_put(n->up, name, value.ptr, value.len);
		if (!r)
			put_xattr(l, n, name);
	}
	buf_release(&value);
	return r;
}

static int take_meta_locked(struct layer *l, struct node *n,
			    const struct stat *st, struct xattr_copy *c,
			    struct buf *target)
{
	uint32_t nlink = n->up->nlink;
	int r;

	r = layer_begin(l);
	if (r)
		return r;
	n->up->mode = st->st_mode & 07777;
	n->up->uid = st->st_uid;
	n->up->gid = st->st_gid;
	n->up->nlink = nlink;
	n->up->atime = st->st_atim;
	n->up->mtime = st->st_mtim;
	n->up->ctime = st->st_ctim;
	lower_id_of(&n->up->from, st);
	n->flags |= NODE_META;
	if (n->type == S_IFLNK)
		n->up->target = buf_take(target);
	if (n->type != S_IFDIR && n->type != S_IFREG)
		n->flags &= ~NODE_LOWER;
	put_node(l, n);
	r = take_xattrs(l, n, c);
	return r ? r : layer_commit(l);
}

int touch_meta(struct layer *l, struct node *n)
{
	struct xattr_copy c = { BUF_INIT, -1 };
	struct buf target = BUF_INIT;
	struct stat st;
	int r, done;

	r = touch(l, n);
	pthread_mutex_lock(&l->lock);
	done = n->flags & NODE_META;
	pthread_mutex_unlock(&l->lock);
	if (r || done)
		return r;
	r = lower_stat(l, n, &st, NULL);
	if (r == -ESTALE && n->type == S_IFDIR) {
		/* the directory is ours alone by now */
		upper_stat(n, &st);
		r = 0;
	}
	if (!r)
		dirtime_show(l, n, &st);
	if (!r)
		r = open_xattrs(l, n, &c);
	if (r == -ESTALE && n->type == S_IFDIR)
		r = 0;
	if (!r && n->type == S_IFLNK)
		r = lower_readlink(l, n, &target);
	pthread_mutex_lock(&l->lock);
	if (!r && !(n->flags & NODE_META))
		r = take_meta_locked(l, n, &st, &c, &target);
	pthread_mutex_unlock(&l->lock);
	io_close(&c.fd);
	buf_release(&c.names);
	buf_release(&target);
	return r;
}
