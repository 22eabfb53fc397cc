/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DELTA_WALK_H
#define SESSION_DELTA_WALK_H

#include "session/delta.h"
#include "session/internal.h"

/*
 * The walk that finds the changes: the view beside the bare workspace, both by
 * the same resolver, going down only where the session has something.
 */
struct delta_walk {
	struct layer *l;	/* the view */
	struct layer *bare;	/* the workspace as the policy shows it */
	struct delta_list list;	/* in no order yet; renames not yet joined */
	size_t cap;
};

int delta_walk(struct delta_walk *w);

#endif
