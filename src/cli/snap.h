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
/* "PREFIX-20260131-235959-123" by the clock of now. */
void snap_name(char *out, size_t size, const char *prefix);
/* "2026-01-31 23:59:59", local time. */
void snap_time(time_t when, char out[32]);

#endif
