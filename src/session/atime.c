/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/content.h"
#include "session/internal.h"

#include "session/touch.h"
#include "util/io.h"

#define A_DAY (24 * 60 * 60)

void layer_keep_atime(struct layer *l, enum layer_atime files,
		      enum layer_atime dirs)
{
	l->atime = files;
	l->dir_atime = dirs;
}

/* The rule of "relatime" (mount(8)). */
static int is_due(const struct timespec *atime, const struct timespec *mtime,
		  const struct timespec *ctime, const struct timespec *at)
{
	return io_time_cmp(atime, mtime) <= 0 || io_time_cmp(atime, ctime) <= 0 ||
	       at->tv_sec - atime->tv_sec >= A_DAY;
}

static void set_locked(struct layer *l, struct node *n, struct timespec *at)
{
	if (layer_begin(l))
		return;
	n->up->atime = *at;
	put_node(l, n);
	layer_commit(l);
}

void layer_accessed(struct layer *l, struct node *n)
{
	enum layer_atime how = n->type == S_IFDIR ? l->dir_atime : l->atime;
	struct timespec at;
	struct stat st;

	if (how == ATIME_NONE || !(layer_flags_of(l, n) & NODE_META) ||
	    layer_getattr(l, n, &st, NULL))
		return;
	now(l, &at);
	if (how == ATIME_RELATIVE &&
	    !is_due(&st.st_atim, &st.st_mtim, &st.st_ctim, &at))
		return;
	pthread_mutex_lock(&l->lock);
	if (n->up)
		set_locked(l, n, &at);
	pthread_mutex_unlock(&l->lock);
}
