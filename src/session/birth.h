/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_BIRTH_H
#define SESSION_BIRTH_H

#include "session/layer.h"

/*
 * When the object of a node was made (stx_btime of statx(2)): of what the
 * workspace has, its own time, and that stays with it through copy-up, renames
 * and later mounts; of what the session made, the time when it did. Zero where
 * the workspace's file system does not know. -ESTALE as layer_getattr.
 */
int layer_birth(struct layer *l, struct node *n, struct timespec *out);

#endif
