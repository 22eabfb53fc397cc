/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DELTA_WALK_H
#define SESSION_DELTA_WALK_H

#include "session/delta.h"
#include "session/internal.h"
#include "util/io.h"

/*
 * The walk that finds the changes: the view beside the bare workspace, both by
 * the same resolver, going down only where the session has something.
 */
struct delta_walk {
	struct layer *l;	/* the view */
	struct layer *bare;	/* the workspace as the policy shows it */
	struct delta_list list;	/* in no order yet; renames not yet joined */
	size_t cap;
	struct io_parent parent;/* of what delta_is_shadow was last asked */
};

int delta_walk(struct delta_walk *w);
/* Another name of a file that was changed in place: an M, if anything. */
int delta_add_also(struct delta_walk *w, const char *path,
		   const struct entry *view, const struct entry *work);
int delta_by_path(const void *a, const void *b);
/* 1 where the workspace has something at the path, be it shown or not. */
int delta_is_shadow(struct delta_walk *w, const char *path);

#endif
