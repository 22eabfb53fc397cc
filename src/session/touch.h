/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_TOUCH_H
#define SESSION_TOUCH_H

#include "session/internal.h"

/*
 * From untouched to materialized: a node gets a number and a place in the log
 * before anything of it is changed. Called without the layer's lock but for the
 * functions that say so.
 */

/* n and all above it get a number and overrides in the log. */
int touch(struct layer *l, struct node *n);
/* The same with attributes of its own (NODE_META). */
int touch_meta(struct layer *l, struct node *n);
/* Sets what an override covers, once. */
int base_set(struct dent *d, const struct stat *lower);
/*
 * The time that the kernel would stamp on a file now: since Linux 6.13 it hands
 * out finer times than its coarse clock has, and what is changed later must not
 * be older. So a file of ours is stamped, and asked.
 */
void now(struct layer *l, struct timespec *ts);
/* mtime and ctime of a directory whose entries change. */
void dir_changed_locked(struct layer *l, struct node *dir);

#endif
