/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_BELOW_H
#define SESSION_BELOW_H

#include "session/layer.h"

/*
 * What goes on below the view: for whoever watches the workspace and tells the
 * kernel (fs/watch.c).
 */

/* Nodes known now, and how many of them the session has a record of. */
void layer_count(struct layer *l, size_t *nodes, size_t *materialized);
/* Attempts that are only counted so far get into the session's record. */
void layer_flush_attempts(struct layer *l);

/* An open descriptor of dir's lower part, the caller's; -ENOENT where none. */
int layer_lower_dir(struct layer *l, struct node *dir, int *fd);
void layer_set_watched(struct layer *l, struct node *dir, int watched);
/*
 * Called for a watched directory whose node is forgotten, with its number and
 * with the layer's lock held: nothing of the layer may be called from it.
 */
typedef void (*layer_unwatch_fn)(void *payload, uint64_t id);
void layer_on_unwatch(struct layer *l, layer_unwatch_fn fn, void *payload);
/*
 * Called without any lock, from a thread of its own, when verdicts on contents
 * that the kernel may keep are not what they were. To be set before
 * layer_serve.
 */
typedef void (*layer_verdicts_fn)(void *payload);
void layer_on_verdicts(struct layer *l, layer_verdicts_fn fn, void *payload);
void layer_tell_verdicts(struct layer *l);
int layer_is_watched(struct layer *l, const struct node *dir);
/* The directory was moved or replaced below: its descriptor is to go. */
void layer_moved_below(struct layer *l, struct node *dir);
/* 1 where a rule hides the name by itself: what happens there shows nowhere. */
int layer_hides(struct layer *l, struct node *dir, const char *name);
/* The node known at a name, with a ref, without asking below. NULL: none. */
struct node *layer_cached(struct layer *l, struct node *dir, const char *name);

/*
 * All names of untouched objects that are known, for when it is not known what
 * changed. The caller frees each name and the array.
 */
struct cached_name {
	uint64_t dir_id, id;
	char *name;
};
int layer_cached_names(struct layer *l, struct cached_name **out, size_t *n);

/*
 * Called without any lock when an object of git was left out of the view because
 * it is new (session/gitguard.h).
 */
typedef void (*layer_git_fn)(void *payload);
void layer_on_git(struct layer *l, layer_git_fn fn, void *payload);
/*
 * The repositories were looked through at that time, and nothing protected is in
 * them but these objects (NULL for none; taken over). dirs gets the directories
 * from which something was left out before, for the kernel to ask again; the
 * caller frees it. -EAGAIN where not all of them are known.
 */
int layer_git_looked(struct layer *l, const struct timespec *since,
		     char *objects, uint64_t **dirs, size_t *n);
/* They are not to be shown any more, for this reason: what is new stays out. */
void layer_git_refused(struct layer *l, const char *why);

#endif
