/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LEFTOVER_H
#define SESSION_LEFTOVER_H

#include <stddef.h>

/*
 * What a command or daemon that was killed leaves in a session's directory: files
 * on their way to a name, snapshots that were not finished, sealed ones that
 * nobody reads any more, trees that something was made in.
 *
 * A sealed snapshot that somebody holds a flock(2) of stays, all the same.
 *
 * Only for whoever holds the session's lock: what others have under way looks
 * the same.
 */

/* Names of snapshots below snap/ that are not to stay. */
#define LEFTOVER_NEW ".new-"
#define LEFTOVER_SEAL "seal-"

/* Called with the path of each below the session; a negative return ends it. */
typedef int (*leftover_fn)(void *payload, const char *path);
int leftover_each(int session_fd, leftover_fn fn, void *payload);

/*
 * Removes it, as far as that is possible; trees: those too that a command which
 * holds the lock makes something in before it opens the layer.
 */
void leftover_sweep(int session_fd, int trees);
/* Removes the sealed snapshots alone: for whoever may make one. */
void leftover_sweep_sealed(int session_fd);

/* 1 for a name that a session's directory has, or may have. */
int leftover_is_known(const char *name);

#endif
