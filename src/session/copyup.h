/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_COPYUP_H
#define SESSION_COPYUP_H

#include "session/internal.h"

/* Up to this size the bytes of a workspace file are kept for merges. */
#define BASE_MAX (1u << 20)

/*
 * Content goes up once, whole, at the first write; no lock is held meanwhile and
 * readers go on with the workspace's bytes. Called without the layer's lock.
 */

/*
 * Makes n have a content file, with the first keep bytes of what it had (or
 * all: -1); waits for one that is under way.
 */
int copyup(struct layer *l, const struct who *w, struct node *n, off_t keep);
/* Keeps the workspace's bytes of a small untouched file, for merges. */
void base_keep(struct layer *l, struct node *n, uint64_t *off, uint64_t *len);

#endif
