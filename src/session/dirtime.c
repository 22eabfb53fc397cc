/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/dirtime.h"

#include <errno.h>
#include <stdlib.h>

#include "session/list.h"
#include "util/io.h"

struct dirtime {
	uint64_t ino;		/* 0: free */
	uint64_t below;		/* of the times in the workspace */
	uint64_t attr;		/* of mode and owners */
	uint64_t digest;	/* of what was visible; 0: never listed */
	struct timespec mtime, ctime;	/* shown */
};

struct dirtimes {
	pthread_mutex_t lock;
	struct dirtime *at;
	size_t n, mask;
};

static uint64_t mix(uint64_t h, uint64_t with)
{
	h = (h ^ with) * 0xff51afd7ed558ccdull;
	return h ^ h >> 32;
}

static uint64_t times_of(const struct stat *st)
{
	uint64_t h = mix(1, (uint64_t)st->st_mtim.tv_sec);

	h = mix(h, (uint64_t)st->st_mtim.tv_nsec);
	h = mix(h, (uint64_t)st->st_ctim.tv_sec);
	return mix(h, (uint64_t)st->st_ctim.tv_nsec);
}

static uint64_t attr_of(const struct stat *st)
{
	return mix(mix(mix(1, st->st_mode), st->st_uid), st->st_gid);
}

struct dirtimes *dirtimes_new(void)
{
	struct dirtimes *t = calloc(1, sizeof(*t));

	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

void dirtimes_free(struct dirtimes *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t->at);
	free(t);
}

static struct dirtime *slot_of(struct dirtimes *t, uint64_t ino)
{
	size_t i = mix(1, ino) & t->mask;

	while (t->at[i].ino && t->at[i].ino != ino)
		i = (i + 1) & t->mask;
	return &t->at[i];
}

static int make_room(struct dirtimes *t)
{
	size_t size = t->at ? t->mask + 1 : 0, want = size ? size * 2 : 64;
	struct dirtime *old = t->at;

	if (t->n * 2 < size)
		return 0;
	t->at = calloc(want, sizeof(*t->at));
	if (!t->at) {
		t->at = old;
		return -ENOMEM;
	}
	t->mask = want - 1;
	for (size_t i = 0; i < size; i++)
		if (old[i].ino)
			*slot_of(t, old[i].ino) = old[i];
	free(old);
	return 0;
}

/* The entry of the directory; a new one shows st. NULL: there is no room. */
static struct dirtime *entry_of(struct dirtimes *t, const struct stat *st)
{
	struct dirtime *d = t->at ? slot_of(t, st->st_ino) : NULL;

	if (d && d->ino)
		return d;
	if (t->n >= DIRTIMES_MAX || make_room(t))
		return NULL;
	d = slot_of(t, st->st_ino);
	*d = (struct dirtime){ st->st_ino, times_of(st), attr_of(st), 0,
			       st->st_mtim, st->st_ctim };
	t->n++;
	return d;
}

static void put(const struct dirtime *d, struct stat *st)
{
	st->st_mtim = d->mtime;
	st->st_ctim = d->ctime;
}

/* 1 with the times in st where those below did not move. */
static int is_known(struct dirtimes *t, struct stat *st, int *listed)
{
	struct dirtime *d;
	int known;

	pthread_mutex_lock(&t->lock);
	d = entry_of(t, st);
	known = !d || d->below == times_of(st);
	*listed = d && d->digest;
	if (d && known)
		put(d, st);
	pthread_mutex_unlock(&t->lock);
	return known;
}

static void later(struct timespec *ts, const struct timespec *than)
{
	if (io_time_cmp(than, ts) > 0)
		*ts = *than;
}

/*
 * The directory is at st now, and looks so. newest is of its visible entries, for
 * one that was never listed.
 */
static void moved_locked(struct dirtime *d, const struct stat *st,
			 uint64_t digest, const struct timespec *newest)
{
	int same_attr = d->attr == attr_of(st);

	if (!d->digest) {
		later(&d->mtime, newest);
		later(&d->ctime, newest);
	} else if (d->digest != digest) {
		d->mtime = st->st_mtim;
		d->ctime = st->st_ctim;
	}
	if (!same_attr)
		later(&d->ctime, &st->st_ctim);
	d->attr = attr_of(st);
	d->below = times_of(st);
	d->digest = digest;
}

void dirtime_show(struct layer *l, struct node *n, struct stat *st)
{
	struct dirtimes *t = l->dirtimes;
	struct timespec newest = { 0, 0 };
	struct dirtime *d;
	uint64_t digest;
	int listed;

	if (!t || !S_ISDIR(st->st_mode) || st->st_dev != l->dev ||
	    is_known(t, st, &listed) ||
	    list_digest(l, n, &digest, listed ? NULL : &newest))
		return;
	if (io_time_cmp(&newest, &st->st_mtim) > 0)
		newest = st->st_mtim;
	pthread_mutex_lock(&t->lock);
	d = entry_of(t, st);
	if (d && d->below != times_of(st))
		moved_locked(d, st, digest, &newest);
	if (d)
		put(d, st);
	pthread_mutex_unlock(&t->lock);
}

void dirtime_listed(struct layer *l, const struct node *n,
		    const struct stat *st, uint64_t digest)
{
	struct dirtimes *t = l->dirtimes;
	struct dirtime *d;

	if (!t || st->st_ino != n->lower_ino)
		return;
	pthread_mutex_lock(&t->lock);
	d = entry_of(t, st);
	if (d && d->below == times_of(st))
		d->digest = digest;
	else if (d && d->digest)
		moved_locked(d, st, digest, &st->st_mtim);
	pthread_mutex_unlock(&t->lock);
}
