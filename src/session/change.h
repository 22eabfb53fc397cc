/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CHANGE_H
#define SESSION_CHANGE_H

#include <stdint.h>
#include <sys/stat.h>

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
 * Called for each name that changes by what follows, with the number of its
 * directory's node and with the layer's lock held: it may only note it, for the
 * kernel to be told later.
 */
typedef void (*layer_name_fn)(void *payload, uint64_t dir_id,
			      const char *name);
void layer_on_name(struct layer *l, layer_name_fn fn, void *payload);

/*
 * 1 for a file that was applied while the kernel knew it, and not changed since:
 * once the kernel forgets it, the workspace shows through.
 */
int layer_is_settling(struct layer *l, const struct node *n);

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
 * Discard of a part: the content of the regular file at path, a change of the
 * session with content of its own, is that of the open file from, at one stroke.
 * -EBUSY where it is not what was seen any more (as layer_settle). *id is the
 * node's number, for the kernel to be told.
 */
int layer_rewrite(struct layer *l, const char *path, const struct stat *seen,
		  int from, uint64_t *id, struct err *err);

/*
 * After apply: the change at each path is the workspace's own by now, and the
 * session forgets it. A directory stays as long as something below it was not
 * applied. A path that the session has nothing at is passed over.
 *
 * What was applied was looked at some time ago: where a path's object is not the
 * one seen then (st_ino, st_size, st_mtim, st_ctim of a struct delta's st; seen
 * NULL, or st_mode 0 of one: not checked), the newer content stays a change, of
 * what the workspace has now. A file that a process has open stays the session's
 * until it is closed, but is no change as long as nothing is written to it.
 */
int layer_settle(struct layer *l, const char *const *paths,
		 const struct stat *seen, size_t n, struct err *err);

#endif
