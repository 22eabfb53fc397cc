/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/quota.h"
#include "session/content.h"
#include "session/snapshot.h"
#include "session/view.h"
#include "session/copyup.h"
#include "session/touch.h"
#include "session/lower.h"
#include "session/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

#define TRIES 3

uint32_t layer_flags_of(struct layer *l, const struct node *n)
{
	uint32_t flags;

	pthread_mutex_lock(&l->lock);
	flags = n->flags;
	pthread_mutex_unlock(&l->lock);
	return flags;
}

static int data_handle(struct layer *l, struct node *n, struct handle **out)
{
	int fd, r;

	*out = handle_get(&l->handles, n, HANDLE_DATA);
	if (*out)
		return 0;
	do {
		r = store_data_open(&l->store, n->up->nid,
				    l->readonly ? O_RDONLY : O_RDWR, &fd);
	} while ((r == -EMFILE || r == -ENFILE) && handle_shrink(&l->handles));
	if (r)
		return r == -ENOENT ? -EIO : r;
	*out = handle_add(&l->handles, n, HANDLE_DATA, fd);
	return *out ? 0 : -ENOMEM;
}

/*
 * Reads from the workspace's file. What is given out is of the version that was
 * judged: the file is compared after the read, and judged anew if it changed.
 */
static ssize_t read_lower(struct layer *l, const struct who *w, struct node *n,
			  int fd, void *buf, size_t len, off_t off)
{
	struct stat before, after;
	struct view *v;
	ssize_t got = -EAGAIN;
	size_t there;
	int r;

	for (int i = 0; i < TRIES; i++) {
		if (fstat(fd, &before))
			return -errno;
		if (off >= before.st_size)
			return 0;
		there = (size_t)(before.st_size - off);
		r = view_get(l, w, n, fd, &before, &v);
		if (r == -ESTALE)
			handle_drop(&l->handles, n);
		if (r)
			return r;
		got = io_pread_full(fd, buf, len < there ? len : there, off);
		if (got > 0 && view_masks(v))
			mask_patch(view_masks(v), buf, (size_t)got, off);
		view_put(l, v);
		if (got < 0 || !l->policy)
			return got;
		if (!fstat(fd, &after) && lower_stat_same(&before, &after))
			return got;
	}
	memset(buf, 0, len);
	return -EAGAIN;
}

ssize_t layer_read(struct layer *l, const struct who *w, struct node *n,
		   void *buf, size_t len, off_t off)
{
	uint32_t flags = layer_flags_of(l, n);
	struct handle *h = NULL;
	ssize_t r;

	if (n->type != S_IFREG)
		return n->type == S_IFDIR ? -EISDIR : -EINVAL;
	if (flags & NODE_DENY)
		return refuse(l, w, n, "read");
	if (!(flags & (NODE_DATA | NODE_LOWER)))
		return 0;
	r = flags & NODE_DATA ? data_handle(l, n, &h) : lower_file(l, n, &h);
	if (r)
		return r;
	if (h->kind == HANDLE_DATA)
		r = io_pread_full(h->fd, buf, len, off);
	else
		r = read_lower(l, w, n, h->fd, buf, len, off);
	handle_put(&l->handles, h);
	return r;
}

int layer_open_data(struct layer *l, struct node *n, struct handle **out,
		    int *fd)
{
	int r;

	if (!(layer_flags_of(l, n) & NODE_DATA))
		return -EOPNOTSUPP;
	r = data_handle(l, n, out);
	if (!r)
		*fd = (*out)->fd;
	return r;
}

void layer_done(struct layer *l, struct handle *h)
{
	handle_put(&l->handles, h);
}

/* What write(2) does to the set-id bits of a file (POSIX; inode(7)). */
static int kill_set_ids(struct layer *l, const struct who *w, struct node *n)
{
	uint32_t kill;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	kill = set_ids_lost(w, n->up);
	if (kill) {
		r = layer_begin(l);
		if (!r) {
			n->up->mode &= ~kill;
			now(l, &n->up->ctime);
			put_node(l, n);
			r = layer_commit(l);
		}
	}
	pthread_mutex_unlock(&l->lock);
	return r;
}

void layer_done_write(struct layer *l, struct handle *h)
{
	handle_put(&l->handles, h);
	pthread_rwlock_unlock(&l->gate);
}

static int writable_handle(struct layer *l, const struct who *w,
			   struct node *n, struct handle **out)
{
	int r;

	*out = n->up && n->up->epoch == l->epoch ?
	       handle_get(&l->handles, n, HANDLE_DATA) : NULL;
	if (*out)
		return 0;
	r = copyup(l, w, n, -1);
	if (!r)
		r = snapshot_part(l, n);
	return r ? r : data_handle(l, n, out);
}

int layer_open_write(struct layer *l, const struct who *w, struct node *n,
		     int kill_priv, struct handle **out, int *fd)
{
	int r;

	pthread_rwlock_rdlock(&l->gate);
	l->written++;
	r = writable_handle(l, w, n, out);
	if (!r) {
		*fd = (*out)->fd;
		r = kill_priv ? kill_set_ids(l, w, n) : 0;
		if (r)
			handle_put(&l->handles, *out);
	}
	if (r)
		pthread_rwlock_unlock(&l->gate);
	return r;
}

int layer_fallocate(struct layer *l, const struct who *w, struct node *n,
		    int mode, off_t off, off_t len)
{
	struct handle *h;
	int fd, r;

	/* no flag comes with it; root has CAP_FSETID */
	r = layer_open_write(l, w, n, w->uid != 0, &h, &fd);
	if (r)
		return r;
	r = mode & FALLOC_FL_PUNCH_HOLE ? 0 : layer_room(l, fd, off, len);
	if (!r) {
		do {
			r = fallocate(fd, mode, off, len) ? -errno : 0;
		} while (r == -EINTR);
		layer_wrote(l, n, fd);
	}
	layer_done_write(l, h);
	return r;
}

off_t layer_seek(struct layer *l, struct node *n, off_t off, int whence)
{
	uint32_t flags = layer_flags_of(l, n);
	struct handle *h;
	off_t at;
	int r;

	if (n->type != S_IFREG)
		return -EINVAL;
	if (flags & NODE_DENY)
		return -EACCES;
	if (!(flags & (NODE_DATA | NODE_LOWER)))
		return -ENXIO;
	r = flags & NODE_DATA ? data_handle(l, n, &h) : lower_file(l, n, &h);
	if (r)
		return r;
	at = lseek(h->fd, off, whence);
	if (at < 0)
		at = -errno;
	handle_put(&l->handles, h);
	return at;
}

int layer_fsync(struct layer *l, struct node *n, int datasync)
{
	struct handle *h;
	int r = 0;

	if (l->readonly)
		return 0;
	if (n->type == S_IFREG && (layer_flags_of(l, n) & NODE_DATA)) {
		r = data_handle(l, n, &h);
		if (r)
			return r;
		if (datasync ? fdatasync(h->fd) : fsync(h->fd))
			r = -errno;
		handle_put(&l->handles, h);
		if (!r && !(layer_flags_of(l, n) & NODE_SYNCED)) {
			r = store_data_sync(&l->store, n->up->nid);
			pthread_mutex_lock(&l->lock);
			n->flags |= NODE_SYNCED | NODE_PROMISED;
			pthread_mutex_unlock(&l->lock);
		}
	}
	return r ? r : layer_sync(l);
}
