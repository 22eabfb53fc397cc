/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CONFLICTS_H
#define CLI_CONFLICTS_H

#include "util/buf.h"

/*
 * The merges that failed, with conflict markers, as files below the session's
 * directory for the user to work on; a warning names each. Those of an earlier
 * time are removed. The session's lock must be held.
 */
struct session;

struct conflict {
	const char *path;	/* of the workspace */
	const struct buf *text;
};

void conflicts_write(const struct session *s, const struct conflict *at,
		     size_t n);

#endif
