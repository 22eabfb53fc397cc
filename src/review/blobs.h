/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_BLOBS_H
#define REVIEW_BLOBS_H

#include <stddef.h>
#include <time.h>

#include "util/err.h"

/*
 * Hands out what git keeps, each object's content once: for scanning, nothing
 * else. The repository may be hostile: its config, hooks, attributes, filters
 * and alternates are never looked at, no symlink in its git directory is
 * followed, and no program is run. An object that cannot be read is handed out
 * with its error, not left out: the store is read in a child process, which is
 * killed where it hangs in an object or dies of it. To be called while the
 * process has one thread.
 *
 * Blobs come with the oldest commit and the path that first brought them; those
 * that no commit holds (dropped stashes, an amended index) without. Messages of
 * commits and tags come too: a secret may be in one.
 */
struct blobs_object {
	const char *path;	/* NULL where no commit names one */
	const char *commit;	/* 40 hex digits; NULL where there is none */
	const char *author;	/* with the e-mail address; may be "" */
	time_t date;		/* of the author; 0 where it is not known */
	const char *id;		/* of the object */
	int message;		/* of a commit or tag, not a file */
	const void *data;
	size_t len;
	int error;		/* negative errno: data is NULL */
	size_t done, total;	/* objects handed out so far, and in all */
};
#define BLOBS_OBJECT_MAX (512u << 20)

/* A negative return ends it with that error. */
typedef int (*blobs_fn)(void *payload, const struct blobs_object *o);

/* Whatever is in the object store: refs, reflogs, stashes, unreachable. */
int blobs_all(const char *dir, blobs_fn fn, void *payload, struct err *err);

/*
 * What the commits bring that HEAD has and rev has not. rev is a branch, a tag,
 * HEAD, or an id or its beginning, each with ~N or ^ after it.
 */
int blobs_since(const char *dir, const char *rev, blobs_fn fn,
		  void *payload, struct err *err);

/* What the index holds that HEAD's tree does not. */
int blobs_staged(const char *dir, blobs_fn fn, void *payload,
		   struct err *err);

/*
 * Writes a pre-commit hook that runs text (a shell script). -EEXIST where there
 * is a hook that is not this one.
 */
int blobs_install_hook(const char *dir, const char *text, struct err *err);

#endif
