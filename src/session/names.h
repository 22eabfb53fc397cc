/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_NAMES_H
#define SESSION_NAMES_H

#include "session/internal.h"

/*
 * Names given and taken: what make.c and rename.c share.
 */

/* The override at name in dir, made if need be (then it covers lower). */
int name_override_locked(struct layer *l, struct node *dir, const char *name,
			 const struct stat *lower, struct dent **out);
/*
 * The one place where a name comes into being: the override at name names n, and
 * a cached node of what the workspace held there once is let go of. The caller
 * puts n and the entry into the log.
 */
int name_point_locked(struct layer *l, struct node *dir, const char *name,
		      struct node *n, struct dent **out);
/* Takes the name from its node: a whiteout is left where it covers something. */
void name_take_locked(struct layer *l, struct dent *d);
/* n lost a name: counts, and forgets it in the log with the last one. */
void node_lost_name_locked(struct layer *l, struct node *n);
/* Before an untouched n loses its name: it can be read on. */
int node_keep_locked(struct layer *l, struct node *n, const struct stat *lower);
/* Frees what nothing needs any more, with its content file. */
void layer_unneeded_locked(struct layer *l, struct node *n);
/* 0, -ENOTEMPTY, or an error; called without the lock. */
int dir_check_empty(struct layer *l, struct node *dir);
int name_check(const char *name);
/* -ENOENT for a directory that was removed, -EACCES where policy forbids. */
int dir_check_writable(struct layer *l, const struct who *w, struct node *dir,
		       const char *op);

#endif
