/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DIRTIME_H
#define SESSION_DIRTIME_H

#include "session/internal.h"

/*
 * The times of the workspace's directories, without those changes that nobody
 * can see: a hidden entry that comes, goes or is replaced moves its directory's
 * times, which would tell of it.
 *
 * What shows is the time of the last change after which the directory looked
 * different. Of one that was listed a digest of what was visible is kept, and its
 * times are held while that is the same. One that was never listed shows, where
 * its own times move, those of its newest visible entry.
 *
 * It is all in memory and begins with the mount: what a directory's times were
 * then shows as it is. Of more than DIRTIMES_MAX directories the rest does, too.
 */
#define DIRTIMES_MAX (1u << 16)

struct dirtimes;

/* NULL without memory, which is as good as none: all functions take it. */
struct dirtimes *dirtimes_new(void);
void dirtimes_free(struct dirtimes *t);

/*
 * Puts into st, which the workspace says of the directory n, the times that may
 * be shown. Called without the lock; lists n where they have moved.
 */
void dirtime_show(struct layer *l, struct node *n, struct stat *st);
/* n was at st when it was listed; digest is of the visible entries. */
void dirtime_listed(struct layer *l, const struct node *n,
		    const struct stat *st, uint64_t digest);

#endif
