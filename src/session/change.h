/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CHANGE_H
#define SESSION_CHANGE_H

#include "session/layer.h"

/*
 * Changes of a session by its owner, not by the agent: what was applied or
 * discarded leaves it, and what we put in its view ourselves comes in.
 */

/*
 * Puts the real directory tree below dirfd (directories and regular files) at
 * path in the view, replacing what the workspace has there: content of the
 * session that is no change of the agent's (a synthetic .git), since path is in
 * session->gitguard.made, to which the caller adds it. It will belong to the
 * workspace's owner. The directory at path's parent must exist. One atomic record.
 * -EEXIST where the session has something there. After any other failure the
 * layer is to be closed.
 */
int layer_graft(struct layer *l, const char *path, int dirfd, struct err *err);

/*
 * Discard: the session forgets its change at each path, and the workspace shows
 * through again; a directory goes with all changes below it, a rename with the
 * whiteout it left. Paths are the view's (of a deletion: the workspace's).
 * -ENOENT for a path that the session has nothing at, as for one entry of a
 * directory that was deleted or renamed as a whole.
 */
int layer_drop(struct layer *l, const char *const *paths, size_t n,
	       struct err *err);

/*
 * After apply: the change at each path is the workspace's own by now, and the
 * session forgets it. A directory stays as long as something below it was not
 * applied. A path that the session has nothing at is passed over.
 */
int layer_settle(struct layer *l, const char *const *paths, size_t n,
		 struct err *err);

#endif
