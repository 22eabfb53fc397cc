/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_BYHANDLE_H
#define SESSION_BYHANDLE_H

#include "session/layer.h"

/*
 * For file handles (open_by_handle_at(2), which needs the rights of root): the
 * node of a number, or with parent the directory that it lies in, as a lookup
 * gives it.
 *
 * A number is no right to anything: the node's present path is walked as any
 * other, and what it does not lead to is -ESTALE. So is what has no name any
 * more, and what the workspace alone has once the kernel has forgotten it; what
 * the session made keeps its number over mounts.
 */
int layer_lookup_id(struct layer *l, uint64_t id, int parent,
		    struct entry *out);

#endif
