/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_SNAP_H
#define CLI_SNAP_H

#include <stddef.h>
#include <time.h>

#include "util/err.h"

struct session;

/*
 * What the commands on snapshots share.
 */

/* A snapshot of the session as it is, mounted or not. */
int snap_make(struct session *s, const char *name, struct err *err);
/*
 * A checkpoint, as session/checkpoint.h has it. name stays empty where nothing
 * changed since the last.
 */
struct buf;
int snap_checkpoint(struct session *s, unsigned keep, struct buf *name,
		    struct err *err);
/* "2026-01-31 23:59:59", local time. */
void snap_time(time_t when, char out[32]);

#endif
