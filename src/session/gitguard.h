/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_GITGUARD_H
#define SESSION_GITGUARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/*
 * Which of the workspace's git repositories show in the view. What was decided
 * when the session was mounted is kept in its meta.ini, and the resolver asks
 * here: a ".git" that nobody has looked through, made by the user meanwhile or
 * anywhere below, is not shown.
 *
 * Lists of clean paths, each ended by "//", which no clean path holds.
 */
struct gitguard {
	char *seen;	/* every repository that may be shown; NULL: all */
	char *hidden;	/* other places that are not (bare repositories) */
	char *made;	/* where the session has a repository of its own */
	char *objects;	/* loose objects that may be any file; not in meta.ini */
	/*
	 * When the repositories were looked through, or zero where that does not
	 * matter. Not in meta.ini: it is done at each mount. While a view is
	 * served this and objects change, under the layer's lock.
	 */
	struct timespec since;
};

/* The list of objects is a file of its own in the session's directory. */
#define GITGUARD_OBJECTS "git-objects"
#define GITGUARD_OBJECTS_MAX (64u << 20)
/* Reads it into the guard, which has none yet; NULL where there is none. */
int gitguard_load_objects(struct gitguard *g, int session_fd);
/* Writes it; removes it where there is none. */
int gitguard_save_objects(const struct gitguard *g, int session_fd);

/*
 * Which commit a repository of the view began with: at path, made instead of
 * the workspace's commit real (40 digits; the same where it is shown in full).
 * Kept in the session's directory, once for each path. -ENOENT where none is.
 */
#define GITGUARD_BASES "git-bases"
int gitguard_base(int session_fd, const char *path, char real[41],
		  char made[41]);
int gitguard_add_base(int session_fd, const char *path, const char *real,
		      const char *made);

void gitguard_release(struct gitguard *g);

/* 1 where the workspace's own entry at this path is not to be shown. */
int gitguard_hides(const struct gitguard *g, const char *origin);

/*
 * 1 where the workspace's directory at this path, name in dirfd, is a bare
 * repository that nobody has looked through, or a store of objects that belongs
 * to none: others may borrow from it (objects/info/alternates).
 */
int gitguard_is_unknown(const struct gitguard *g, const char *origin,
			int dirfd, const char *name);

/*
 * 1 where st, of the workspace's entry at this path, is that of an object or a
 * pack that came later: what the user commits meanwhile may be a hidden file.
 */
int gitguard_is_new(const struct gitguard *g, const char *origin,
		    const struct stat *st);

/* 1 if path is in such a list; list may be NULL. */
int gitguard_has(const char *list, const char *path);
/* Adds it, unless it is there; *list may be NULL. 0 or -ENOMEM. */
int gitguard_add(char **list, const char *path);

/* 1 where the listing has to ask gitguard_is_new for each name. */
int gitguard_may_be_new(const struct gitguard *g, const char *origin);
/* 1 where gitguard_hides is so for an object, not for a repository. */
int gitguard_is_object(const char *origin);

/*
 * The answer of the process that looks through git while the view is mounted
 * (cli/gitkeep.h), over a socket: this, and len bytes of text. code 0: nothing is
 * protected at that time but the objects that the text lists; else, a negative
 * errno, and the reason.
 */
struct gitguard_news {
	int32_t code;
	uint32_t len;
	int64_t sec, nsec;
};

#endif
