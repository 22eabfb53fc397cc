/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_GROUP_H
#define SESSION_GROUP_H

#include "session/session.h"

/*
 * A session over several workspaces. Each workspace has a session of its own,
 * complete in itself; what makes them one is that they have the same name and
 * the same mark (session.group: the id of the first of them).
 *
 * A name, or no name at all, means the whole; an id means one part.
 */

/*
 * The parts of the session that where means, in the order in which they were
 * made, as session_list gives them. An empty list where it is of one workspace,
 * where an id was given, and where session_open would fail: the caller goes on
 * as with one session. A negative errno only where the list cannot be read.
 */
int group_parts(const struct session_where *where, struct session_list *out,
		struct err *err);

/* 1 where both are parts of one session. */
int group_same(const struct session *a, const struct session *b);

/*
 * A name for a session over these workspaces that no session has: their last
 * names, joined by '-', and a number where that is taken. A heap string.
 */
int group_name(const char *state_dir, const char *const *workspaces, size_t n,
	       char **out, struct err *err);

#endif
