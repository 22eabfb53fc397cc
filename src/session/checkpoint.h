/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CHECKPOINT_H
#define SESSION_CHECKPOINT_H

#include <stddef.h>

#include "util/err.h"

/*
 * Snapshots that nobody asked for by name: by the clock, or by a hook before a
 * command of the agent. Of them the last few are kept; others are never removed.
 */
#define CHECKPOINT_PREFIX "auto-"
#define CHECKPOINT_KEEP 10
#define CHECKPOINT_NAME 64

struct layer;
struct session;

/* "PREFIX-20260131-235959-123" by the clock of now, local time. */
void checkpoint_name(char out[CHECKPOINT_NAME], const char *prefix);
int checkpoint_is(const char *name);

/*
 * Makes one, unless nothing changed since the last of this layer, and removes
 * those before the last keep (0: CHECKPOINT_KEEP). name is "" where none was made.
 */
int checkpoint_make(struct layer *l, unsigned keep, char name[CHECKPOINT_NAME],
		    struct err *err);
/* Removes those before the last keep. */
int checkpoint_prune(const struct session *s, unsigned keep, struct err *err);

#endif
