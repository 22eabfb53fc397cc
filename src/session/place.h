/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_PLACE_H
#define SESSION_PLACE_H

#include <sys/stat.h>

#include "util/err.h"

/*
 * The state directory, in which each session is a directory named by its id.
 *
 * Whoever could put something there could make scrim write elsewhere or believe
 * a forged session, so nothing in it is used on its name's word: directories
 * are opened without following links and must be ours and closed to others.
 * A name that begins with '.' is not a session: ".lock" orders those who create,
 * ".new-ID" and ".gone-ID" are sessions on their way in and out.
 */
#define PLACE_LOCK ".lock"
#define PLACE_NEW ".new-"
#define PLACE_GONE ".gone-"

enum place_flags {
	PLACE_CREATE = 1 << 0,	/* make the directory where it is missing */
};

/*
 * Opens it: *fd, and *path as a heap string without symlinks. -ENOENT where it
 * is missing; -EPERM where it is another user's or others may write in it.
 */
int place_open(const char *state_dir, int flags, char **path, int *fd,
	       struct err *err);

/* How many directories of the path of the place are not there; for place_unmake. */
unsigned place_missing(const char *state_dir);
/*
 * Removes as many directories, the place at path first, as far as they are empty
 * but for what orders those who create: what a session that came to nothing made.
 */
void place_unmake(const char *path, unsigned levels);

/* Opens the session directory id (or ".gone-...") below placefd, checked. */
int place_open_session(int placefd, const char *id, int *fd, struct err *err);

/* 1 for SESSION_ID_LEN characters of [a-z0-9]. */
int place_is_id(const char *s);

/* 1 for a name a session may have: 1 to 64 of [A-Za-z0-9._-], no '.' or '-' first. */
int place_is_name(const char *s);

/* Fills out (SESSION_ID_LEN + 1 bytes) with a fresh random id. */
void place_make_id(char *out);

/*
 * 1 if the directory fd is the directory root or lies below it, by identity
 * and not by name, so that another mount of the same tree does not deceive;
 * else 0, or a negative errno.
 */
int place_is_inside(int fd, const struct stat *root);

/* Waits for and takes the lock of the state directory; close *fd to let go. */
int place_lock(int placefd, int *fd, struct err *err);

/*
 * Fills err with why the workspace at path cannot be used (code, a negative errno)
 * and what to do about it; returns code.
 */
int place_no_workspace(const char *path, int code, struct err *err);

/* Removes what an interrupted create or destroy left behind. */
void place_sweep(int placefd);

#endif
