/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_SNAPSHOT_H
#define SESSION_SNAPSHOT_H

#include "session/layer.h"
#include "util/err.h"

struct session;

/*
 * The state of a session at one moment, as a directory of the same form: a log
 * of its own, and hard links to the content files. From then on a content file
 * that is shared is never written in place: the first write takes it apart
 * (snapshot_part). So a snapshot costs a link per changed file and no copying,
 * and what was reviewed is what is applied, whatever the agent goes on to do.
 *
 * Snapshots are below snap/ of the session's directory, by name.
 */

/*
 * Makes snap/NAME from an open layer (LAYER_WRITE), while no write is under way.
 * -EEXIST where there is one; nothing is left after a failure.
 */
int layer_snapshot(struct layer *l, const char *name, struct err *err);

/*
 * A handle on a snapshot that layer_open takes like a session's (LAYER_READ): of
 * s but for the directory. session_close ends it.
 */
int snapshot_open(struct session **out, const struct session *s,
		  const char *name, struct err *err);
/*
 * The layer goes on from a snapshot of itself, read-only: afterwards the session
 * may be locked, mounted and written by others, and what the layer shows, nodes
 * and lists that were made before too, does not change. *sealed holds the
 * snapshot (flock, so that nobody sweeps it away) until session_close.
 */
int layer_seal(struct layer *l, const char *name, struct session **sealed,
	       struct err *err);
/* Holds a snapshot that was opened, as above. 0 or -errno. */
int snapshot_hold(const struct session *snap);
/* Its directory; -EINVAL for what is no name of one, -ENOENT. */
int snapshot_dir(const struct session *s, const char *name, int *fd);
int snapshot_remove(const struct session *s, const char *name,
		    struct err *err);

/* Makes n's content file its own before a write; called without the lock. */
int snapshot_part(struct layer *l, struct node *n);

#endif
