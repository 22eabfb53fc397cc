/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include "session/internal.h"

/* The tree in memory, from the log and back. */

/* Replays the log, and removes content files that nothing names. */
int state_load(struct layer *l, struct err *err);
/* Writes the whole state, as records, to another store. */
int state_write(struct layer *l, struct store *to);
/* Rewrites the log where it has grown far beyond what it says, or by force. */
int state_compact_locked(struct layer *l, int force);

#endif
