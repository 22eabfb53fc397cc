/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/quota.h"

#include <errno.h>
#include <sys/statvfs.h>

#include "session/internal.h"

static uint64_t blocks_of(const struct stat *st)
{
	return (uint64_t)st->st_blocks * 512;
}

static uint64_t used_bytes(struct layer *l)
{
	return atomic_load(&l->content) + l->store.log_len + l->store.base_len;
}

static uint64_t used_files_locked(const struct layer *l)
{
	const struct tree *t = &l->tree;

	/* an unlinked file that is open has no name */
	return t->n_names > t->n_upper ? t->n_names : t->n_upper;
}

/* n's content has so many bytes now. */
static void charge(struct layer *l, struct node *n, uint64_t bytes)
{
	uint64_t was = atomic_exchange(&n->up->charged, bytes);

	atomic_fetch_add(&l->content, bytes - was);
}

static void charge_all(struct layer *l)
{
	struct node_table *t = &l->tree.by_nid;
	struct stat st;

	for (size_t i = 0; i <= t->mask; i++)
		for (struct node *n = t->at[i]; n; n = n->up->nid_next)
			if (n->flags & NODE_DATA &&
			    !store_data_stat(&l->store, n->up->nid, &st))
				charge(l, n, blocks_of(&st));
}

int layer_limit(struct layer *l, uint64_t max_bytes, uint64_t max_files)
{
	l->max_bytes = max_bytes;
	l->max_files = max_files;
	if (max_bytes)
		charge_all(l);
	return 0;
}

void layer_use(struct layer *l, struct quota_use *out)
{
	pthread_mutex_lock(&l->lock);
	if (!l->max_bytes)
		charge_all(l);
	*out = (struct quota_use){ used_bytes(l), used_files_locked(l), l->max_bytes,
				   l->max_files };
	pthread_mutex_unlock(&l->lock);
}

int quota_bytes(struct layer *l, uint64_t len)
{
	return l->max_bytes && used_bytes(l) + len > l->max_bytes ? -EDQUOT : 0;
}

int quota_name(struct layer *l)
{
	if (l->max_files && used_files_locked(l) >= l->max_files)
		return -EDQUOT;
	return quota_bytes(l, 1);
}

int layer_room(struct layer *l, int fd, off_t off, off_t len)
{
	struct stat st;

	if (!quota_bytes(l, (uint64_t)len))
		return 0;
	/* what is there already may be written again */
	if (!fstat(fd, &st) && blocks_of(&st) >= (uint64_t)st.st_size &&
	    off + len <= st.st_size)
		return 0;
	return -EDQUOT;
}

void layer_wrote(struct layer *l, struct node *n, int fd)
{
	struct stat st;

	if (l->max_bytes && !fstat(fd, &st))
		charge(l, n, blocks_of(&st));
}

void quota_freed(struct layer *l, const struct node *n)
{
	if (n->up)
		atomic_fetch_sub(&l->content, n->up->charged);
}

static uint64_t left(uint64_t max, uint64_t used)
{
	return used < max ? max - used : 0;
}

void quota_statfs(struct layer *l, struct statvfs *st)
{
	uint64_t free_bytes = left(l->max_bytes, used_bytes(l)) / st->f_frsize;
	uint64_t free_files;

	pthread_mutex_lock(&l->lock);
	free_files = left(l->max_files, used_files_locked(l));
	pthread_mutex_unlock(&l->lock);
	if (l->max_bytes) {
		st->f_blocks = l->max_bytes / st->f_frsize;
		if (free_bytes < st->f_bavail)
			st->f_bavail = free_bytes;
		if (free_bytes < st->f_bfree)
			st->f_bfree = free_bytes;
	}
	if (l->max_files) {
		st->f_files = l->max_files;
		if (free_files < st->f_favail || !st->f_favail)
			st->f_favail = st->f_ffree = free_files;
	}
}
