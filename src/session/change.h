/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CHANGE_H
#define SESSION_CHANGE_H

#include "session/layer.h"

/*
 * Changes of a session by its owner, not by the agent: what was applied or
 * discarded leaves it, and what we put in its view ourselves comes in.
 */

/*
 * Puts the real directory tree below dirfd at path in the view, replacing what
 * the workspace has there: content of the session that is no change of the
 * agent's (a synthetic .git). The directory at path's parent must exist, the
 * tree holds directories and regular files, and belongs to the workspace's owner
 * afterwards. One atomic record. -EEXIST where the session has something there.
 * After any other failure the layer is to be closed.
 */
int layer_graft(struct layer *l, const char *path, int dirfd, struct err *err);

/*
 * After apply, the change at each path is now the workspace's own and the
 * session forgets it; for discard likewise, and the workspace shows through
 * again. One atomic record. Paths are the view's (of a deletion: the
 * workspace's); a directory goes with all changes below it.
 */
int layer_drop(struct layer *l, const char *const *paths, size_t n,
	       struct err *err);

#endif
