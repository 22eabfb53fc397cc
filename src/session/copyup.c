/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/quota.h"
#include "session/view.h"
#include "session/copyup.h"
#include "session/refuse.h"
#include "session/touch.h"
#include "session/lower.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

/* Of a masked file too, since its secrets have to come back. */
#define BASE_MASKED_MAX (64u << 20)
#define TRIES 3

/* One attempt's source: the open file, its version, and what may be seen. */
struct source {
	int fd;
	struct stat st;
	struct view *view;
	uint64_t base_off, base_len;
};

static void source_release(struct layer *l, struct source *s)
{
	io_close(&s->fd);
	view_put(l, s->view);
	s->view = NULL;
}

static int source_open(struct layer *l, const struct who *w, struct node *n,
		       struct source *s)
{
	int r;

	*s = (struct source){ .fd = -1, .base_off = BASE_NONE };
	r = lower_open(l, n, &s->fd);
	if (r)
		return r;
	if (fstat(s->fd, &s->st))
		return -errno;
	r = quota_bytes(l, (uint64_t)s->st.st_blocks * 512);
	if (r)
		return r;
	return view_get(l, w, n, s->fd, &s->st, &s->view);
}

/* 1 if the file is still the version that was judged and is being copied. */
static int source_held(const struct source *s)
{
	struct stat st;

	return !fstat(s->fd, &st) && lower_stat_same(&st, &s->st);
}

static int write_masks(int to, const struct mask_list *masks, off_t keep)
{
	for (size_t i = 0; masks && i < masks->n; i++) {
		const struct mask_span *m = &masks->at[i];
		size_t len = m->len;
		int r;

		if (keep >= 0 && m->off >= keep)
			break;
		if (keep >= 0 && m->off + (off_t)len > keep)
			len = (size_t)(keep - m->off);
		r = io_pwrite_full(to, m->text, len, m->off);
		if (r)
			return r;
	}
	return 0;
}

/* Leaves holes where whole blocks of zeroes are. */
static int write_sparse(int to, const char *bytes, size_t len)
{
	static const char zero[4096];
	size_t off, n;
	int r = 0;

	for (off = 0; off < len && !r; off += n) {
		n = len - off < sizeof(zero) ? len - off : sizeof(zero);
		if (memcmp(bytes + off, zero, n))
			r = io_pwrite_full(to, bytes + off, n, (off_t)off);
	}
	return r ? r : ftruncate(to, (off_t)len) ? -errno : 0;
}

/* A small file is read once: into its content file, and to the base. */
static int copy_small(struct layer *l, struct source *s, int to, off_t keep)
{
	struct buf bytes = BUF_INIT;
	size_t len;
	int r;

	r = io_read_all(s->fd, (size_t)s->st.st_size, &bytes);
	len = bytes.len;
	if (!r && len)
		r = store_base_add(&l->store, bytes.ptr, len, &s->base_off);
	if (!r)
		s->base_len = len;
	if (!len)
		s->base_off = BASE_NONE;
	if (keep >= 0 && (off_t)len > keep)
		len = (size_t)keep;
	if (!r && s->st.st_blocks * 512 < s->st.st_size)
		r = write_sparse(to, bytes.ptr, len);
	else if (!r && len)
		r = io_pwrite_full(to, bytes.ptr, len, 0);
	buf_wipe(&bytes);
	return r;
}

static int copy_large(struct source *s, int to, off_t keep)
{
	int r;

	if (keep == 0)
		return 0;
	r = io_copy(s->fd, to);
	if (!r && keep > 0 && ftruncate(to, keep))
		r = -errno;
	return r;
}

static int copy_source(struct layer *l, struct source *s, int to, off_t keep)
{
	const struct mask_list *masks = view_masks(s->view);
	off_t max = masks && masks->n ? BASE_MASKED_MAX : BASE_MAX;
	int r;

	/* judging it may have moved the offset */
	if (lseek(s->fd, 0, SEEK_SET) < 0)
		return -errno;
	if (s->st.st_size <= max)
		r = copy_small(l, s, to, keep);
	else
		r = copy_large(s, to, keep);
	return r ? r : write_masks(to, masks, keep);
}

/* Copies until a whole attempt saw one version of the workspace's file. */
static int copy_lower(struct layer *l, const struct who *w, struct node *n,
		      int to, off_t keep, struct source *s)
{
	int r = 0;

	for (int i = 0; i < TRIES; i++) {
		r = source_open(l, w, n, s);
		if (!r && ftruncate(to, 0))
			r = -errno;
		if (!r)
			r = copy_source(l, s, to, keep);
		if (r || source_held(s))
			return r;
		source_release(l, s);
	}
	return -EAGAIN;
}

static int set_times(const struct node *n, int fd)
{
	struct timespec ts[2] = { n->up->atime, n->up->mtime };

	return futimens(fd, ts) ? -errno : 0;
}

static int record_locked(struct layer *l, struct node *n, struct source *s,
			 int had_lower)
{
	int r;

	r = layer_begin(l);
	if (r)
		return r;
	n->flags |= NODE_DATA;
	n->flags &= ~NODE_LOWER;
	if (had_lower) {
		const struct mask_list *masks = view_masks(s->view);

		if (masks && masks->n)
			n->flags |= NODE_MASKED;
		lower_id_of(&n->up->from, &s->st);
		n->up->from_off = s->base_off;
		n->up->from_len = s->base_len;
		for (struct dent *d = n->names; d; d = d->alias) {
			if (!d->base || d->base->id.ino != s->st.st_ino)
				continue;
			lower_id_of(&d->base->id, &s->st);
			put_entry(l, d);
		}
	}
	put_node(l, n);
	return layer_commit(l);
}

/* n is NODE_BUSY by now, so nobody else works on its content. */
static int make_data(struct layer *l, const struct who *w, struct node *n,
		     off_t keep)
{
	struct source s = { .fd = -1 };
	int fd = -1, r, had_lower;

	r = touch_meta(l, n);
	if (r)
		return r;
	had_lower = n->flags & NODE_LOWER;
	do {
		r = store_data_open(&l->store, n->up->nid, O_RDWR | O_CREAT |
				    O_TRUNC, &fd);
	} while ((r == -EMFILE || r == -ENFILE) && handle_shrink(&l->handles));
	if (!r && had_lower)
		r = copy_lower(l, w, n, fd, keep, &s);
	if (!r)
		layer_wrote(l, n, fd);
	if (!r)
		r = set_times(n, fd);
	if (!r) {
		pthread_mutex_lock(&l->lock);
		r = record_locked(l, n, &s, had_lower);
		pthread_mutex_unlock(&l->lock);
	}
	source_release(l, &s);
	if (!r) {
		handle_put(&l->handles, handle_add(&l->handles, n, HANDLE_DATA,
						   fd));
		return 0;
	}
	io_close(&fd);
	store_data_remove(&l->store, n->up->nid);
	return r;
}

int copyup(struct layer *l, const struct who *w, struct node *n, off_t keep)
{
	int r = 0;

	if (n->type != S_IFREG)
		return -EINVAL;
	if (l->readonly)
		return -EROFS;
	r = refuse_write(l, w, n, "write");
	if (r)
		return r;
	pthread_mutex_lock(&l->lock);
	while (n->flags & NODE_BUSY)
		pthread_cond_wait(&l->copied, &l->lock);
	if (n->flags & NODE_DATA) {
		pthread_mutex_unlock(&l->lock);
		return 0;
	}
	n->flags |= NODE_BUSY;
	pthread_mutex_unlock(&l->lock);
	r = make_data(l, w, n, keep);
	pthread_mutex_lock(&l->lock);
	n->flags &= ~NODE_BUSY;
	pthread_cond_broadcast(&l->copied);
	pthread_mutex_unlock(&l->lock);
	return r;
}

void base_keep(struct layer *l, struct node *n, uint64_t *off, uint64_t *len)
{
	struct buf bytes = BUF_INIT;
	struct stat st;
	int fd;

	if (lower_open(l, n, &fd))
		return;
	if (!fstat(fd, &st) && st.st_size && st.st_size <= BASE_MAX &&
	    !io_read_all(fd, BASE_MAX, &bytes) && bytes.len &&
	    !store_base_add(&l->store, bytes.ptr, bytes.len, off))
		*len = bytes.len;
	close(fd);
	buf_wipe(&bytes);
}
