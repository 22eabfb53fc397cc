/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/delta.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session/content.h"
#include "session/internal.h"
#include "session/links.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

static int rewind_fd(int *fd)
{
	if (lseek(*fd, 0, SEEK_SET) >= 0)
		return 0;
	io_close(fd);
	return -errno;
}

/* The view's bytes, read by the layer so that masks are put in. */
static int copy_view(struct layer *l, struct node *n, int to)
{
	char *chunk = malloc(1 << 20);
	off_t off = 0;
	ssize_t got = chunk ? 1 : -ENOMEM;
	int r = 0;

	while (!r && got > 0) {
		got = layer_read(l, NULL, n, chunk, 1 << 20, off);
		if (got > 0)
			r = io_pwrite_full(to, chunk, (size_t)got, off);
		off += got;
	}
	free(chunk);
	return r ? r : got < 0 ? (int)got : 0;
}

int delta_open_new(struct layer *l, const struct delta *d, int *fd)
{
	int r;

	*fd = -1;
	if (!d->node || !S_ISREG(d->st.st_mode))
		return -ENODATA;
	if (d->node->flags & NODE_DATA)
		return store_data_open(&l->store, d->node->up->nid, O_RDONLY,
				       fd);
	*fd = memfd_create("new", MFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	r = copy_view(l, d->node, *fd);
	if (r) {
		io_close(fd);
		return r;
	}
	return rewind_fd(fd);
}

static const char *base_path(const struct delta *d)
{
	/* a new name of something of the workspace's has its base there */
	return d->origin && (d->kind == DELTA_RENAME || d->kind == DELTA_ADD) ?
	       d->origin : d->path;
}

/* The workspace's own file, if it still is the base. */
static int open_unmoved(struct layer *l, const struct delta *d, int *fd)
{
	struct lower_id want, got;
	struct stat st;
	int r;

	if (d->base.st_mode)
		lower_id_of(&want, &d->base);
	else if (d->node && d->node->up)
		want = d->node->up->from;
	else
		want.ino = 0;
	if (d->flags & DELTA_BASE_MOVED)
		return -ENODATA;
	r = quiet_open_beneath(l->rootfd, base_path(d), O_NONBLOCK | O_NOCTTY,
			       fd);
	if (r)
		return -ENODATA;
	if (fstat(*fd, &st))
		r = -errno;
	lower_id_of(&got, &st);
	if (!r && (!S_ISREG(st.st_mode) ||
		   (want.ino && !lower_id_same(&want, &got))))
		r = -ENODATA;
	if (r)
		io_close(fd);
	return r;
}

/* The target of the workspace's own link, if it still is the base. */
static int open_link(struct layer *l, const struct delta *d, int *fd)
{
	const char *path = base_path(d);
	char target[PATH_MAX];
	struct lower_id want, got;
	struct stat st;
	ssize_t n = -1;
	int dir = -1, r;

	lower_id_of(&want, &d->base);
	r = io_open_parent(l->rootfd, path, &dir);
	if (!r && !fstatat(dir, path_base(path), &st, AT_SYMLINK_NOFOLLOW)) {
		lower_id_of(&got, &st);
		if (lower_id_same(&want, &got))
			n = readlinkat(dir, path_base(path), target,
				       sizeof(target));
	}
	io_close(&dir);
	if (n < 0)
		return -ENODATA;
	*fd = memfd_create("link", MFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	r = io_pwrite_full(*fd, target, (size_t)n, 0);
	if (r)
		io_close(fd);
	return r;
}

int delta_open_base(struct layer *l, const struct delta *d, int *fd)
{
	*fd = -1;
	if (S_ISLNK(d->base.st_mode))
		return open_link(l, d, fd);
	if (d->base.st_mode && !S_ISREG(d->base.st_mode))
		return -ENODATA;
	if (!d->base.st_mode && !d->origin)
		return -ENODATA;
	if (!open_unmoved(l, d, fd))
		return 0;
	return store_base_open(&l->store, d->base_off, d->base_len, fd);
}

static int is_base(const struct layer *l, const struct delta *d, int fd,
		   struct stat *st)
{
	return !fstat(fd, st) && S_ISREG(st->st_mode) &&
	       st->st_ino == d->base.st_ino && st->st_dev == l->dev;
}

/*
 * The word on its other names, where the workspace still has the base; base is
 * open, and may be the workspace's file itself.
 */
static void ask_links(struct layer *l, const struct delta *d, int base,
		      struct verdict *v, struct buf *path)
{
	struct buf linked = BUF_INIT;
	struct verdict other;
	struct stat st;
	int own = -1, fd = base;

	if (!is_base(l, d, base, &st)) {
		if (io_open_beneath(l->rootfd, path->ptr, O_PATH | O_NOFOLLOW,
				    0, &own))
			return;
		fd = own;
	}
	if (own < 0 || is_base(l, d, own, &st)) {
		links_verdict(l, &st, fd, "", &other, &linked);
		if (other.action >= ACTION_MASK && other.action >= v->action) {
			*v = other;
			if (linked.len)
				buf_clear(path);
			buf_add(path, linked.ptr, linked.len);
		}
	}
	io_close(&own);
	buf_release(&linked);
}

/*
 * Which of the base's bytes the agent was not shown. What was masked then and
 * cannot be masked alike now is not to be seen.
 */
static int judge_base(struct layer *l, const struct delta *d, int fd,
		      struct mask_list *out)
{
	struct buf path = BUF_INIT;
	struct verdict v;
	int r = -EACCES;

	memset(out, 0, sizeof(*out));
	if (!l->policy)
		return 0;
	buf_addstr(&path, base_path(d));
	policy_of_file(l->policy, path.ptr, fd, &v);
	ask_links(l, d, fd, &v, &path);
	if (v.action < ACTION_DENY && !buf_oom(&path) &&
	    !mask_judge(l->policy, &v, fd, path.ptr, l->session->key, out) &&
	    (out->n || !(d->flags & DELTA_MASKED)))
		r = 0;
	buf_release(&path);
	return r;
}

static int put_masks(int fd, const struct mask_list *masks)
{
	int r = 0;

	for (size_t i = 0; i < masks->n && !r; i++)
		r = io_pwrite_full(fd, masks->at[i].text, masks->at[i].len,
				   masks->at[i].off);
	return r;
}

int delta_open_base_view(struct layer *l, const struct delta *d, int *fd)
{
	struct mask_list masks = { NULL, 0 };
	int real, r;

	*fd = -1;
	r = delta_open_base(l, d, &real);
	if (r)
		return r;
	r = judge_base(l, d, real, &masks);
	if (!r && !masks.n) {
		*fd = real;
		return rewind_fd(fd);
	}
	if (!r) {
		*fd = memfd_create("base", MFD_CLOEXEC);
		r = *fd < 0 ? -errno : io_copy(real, *fd);
	}
	if (!r)
		r = put_masks(*fd, &masks);
	close(real);
	mask_list_release(&masks);
	if (r) {
		io_close(fd);
		return r;
	}
	return rewind_fd(fd);
}

/* 1 where all that the old name hides is hidden at the new one. */
static int hides_as_much(struct layer *l, const struct delta *d, int fd,
			 const struct verdict *old, const char *origin)
{
	struct mask_list a = { NULL, 0 }, b = { NULL, 0 };
	const uint8_t *key = l->session->key;
	struct verdict v;
	int r, ok = 1;

	policy_of_file(l->policy, d->path, fd, &v);
	if (v.action >= ACTION_DENY || old->action >= ACTION_DENY)
		return v.action >= old->action;
	/* what cannot be judged is not shown */
	r = mask_judge(l->policy, old, fd, origin, key, &a);
	if (r || a.n)
		ok = !!mask_judge(l->policy, &v, fd, d->path, key, &b) ||
		     (!r && b.n);
	for (size_t i = 0; !r && ok && b.n && i < a.n; i++)
		ok = mask_covers(&b, (size_t)a.at[i].off, a.at[i].len);
	mask_list_release(&a);
	mask_list_release(&b);
	return ok;
}

int delta_check_move(struct layer *l, const struct delta *d)
{
	struct buf path = BUF_INIT;
	struct verdict v;
	int fd = -1, r;

	if (!l->policy || !d->origin || !S_ISREG(d->st.st_mode))
		return 0;
	r = quiet_open_beneath(l->rootfd, d->origin, O_NONBLOCK | O_NOFOLLOW,
			       &fd);
	if (r)
		return r;
	buf_addstr(&path, d->origin);
	policy_of_file(l->policy, path.ptr, fd, &v);
	ask_links(l, d, fd, &v, &path);
	r = buf_oom(&path) ? -ENOMEM :
	    hides_as_much(l, d, fd, &v, path.ptr) ? 0 : -EACCES;
	io_close(&fd);
	buf_release(&path);
	return r;
}

int delta_masks(struct layer *l, const struct delta *d,
		const struct mask_list **out)
{
	/* what was found is kept with the change */
	struct mask_list **kept = &((struct delta *)d)->masks;
	int fd, r;

	*out = *kept;
	if (*kept)
		return 0;
	r = delta_open_base(l, d, &fd);
	if (r)
		return r == -ENODATA ? 0 : r;
	*kept = calloc(1, sizeof(**kept));
	r = *kept ? judge_base(l, d, fd, *kept) : -ENOMEM;
	close(fd);
	if (*kept && (r || !(*kept)->n)) {
		free(*kept);
		*kept = NULL;
	}
	*out = *kept;
	return r;
}
