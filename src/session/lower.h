/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LOWER_H
#define SESSION_LOWER_H

#include "session/internal.h"

/*
 * The workspace, read-only: where a node's lower part is, its attributes, its
 * bytes. Everything is opened beneath the workspace's root, one component at a
 * time or by openat2(2), and no symlink is followed. All functions are called
 * without the layer's lock, which they take; -ESTALE says that what the node was
 * is not there any more.
 */

/* A directory's descriptor; borrowed, to be given back with handle_put. */
int lower_dir(struct layer *l, struct node *dir, struct handle **out);
/*
 * lstat of the object that n has below. birth: NULL, or when it was made
 * (statx(2)); zero where its file system does not know.
 */
int lower_stat(struct layer *l, struct node *n, struct stat *st,
	       struct timespec *birth);
/* Opens it for reading; regular files and directories only. */
int lower_open(struct layer *l, struct node *n, int *fd);
int lower_file(struct layer *l, struct node *n, struct handle **out);
int lower_readlink(struct layer *l, struct node *n, struct buf *out);
/* The policy's word on name in dir (origin and path in the view). */
void lower_policy_locked(struct layer *l, struct node *dir, const char *name,
			 struct verdict *v, struct buf *origin);

#endif
