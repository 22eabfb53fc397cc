/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DROP_H
#define SESSION_DROP_H

#include "session/internal.h"

/*
 * Taking back the session's word on names: what drop.c (discard) and settle.c
 * (after apply) share. All are called with the layer's lock held, between
 * drop_begin and layer_commit.
 */

/* layer_begin, and the session's entry at a clean path; NULL: there is none. */
int drop_begin(struct layer *l, const char *path, struct dent **d,
	       struct err *err);
struct dent *drop_dent_at(struct layer *l, const char *path);
/* The entry alone; what it named goes with its last name. */
void drop_entry(struct layer *l, struct dent *d);
/* 1 for a file that was changed, and of whose names the session has no more. */
int drop_is_shared(const struct node *n);
/* Such a file is the workspace's again. */
void drop_shared(struct layer *l, struct node *n);
/* With all that is below. */
void drop_tree(struct layer *l, struct dent *d);
/* The whiteout that a rename of n left behind. */
void drop_origin(struct layer *l, const struct node *n);
/* 1 if mode and owner are those of what it was made from. */
int drop_same_owner(const struct upper *up);
/* 1 if it was applied while open (NODE_CLEAN), and its content not written since. */
int drop_is_unwritten(struct layer *l, const struct node *n);
/* 1 if the session says nothing of its own about a merged directory. */
int drop_says_nothing(const struct node *n);
/*
 * Directories at and above n that were in the log only for what was below them;
 * those that the kernel knows stay, which does no harm.
 */
void drop_prune(struct layer *l, struct node *n);

/* 1 if n is what was seen (st of a struct delta; NULL: anything) some time ago. */
int drop_is_as_seen(struct layer *l, const struct node *n,
		    const struct stat *seen);

/*
 * When no process can have a file open any more: those that were applied while
 * one had, and not written to since, are the workspace's again.
 */
int settle_closed(struct layer *l);
/* The same of one that has no refs any more: 1, and it is gone; else 0. */
int settle_forgotten_locked(struct layer *l, struct node *n);

#endif
