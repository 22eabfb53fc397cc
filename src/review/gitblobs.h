/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITBLOBS_H
#define REVIEW_GITBLOBS_H

#include <stdint.h>
#include <sys/types.h>

#include "review/gitpack.h"
#include "review/gitset.h"
#include "util/buf.h"

/*
 * Blobs of a sanitized repository that were found clean, kept in the cache
 * directory as the pack that they are in and a list of which, by which path:
 * the next repository made under the same rules takes them over as they are
 * packed, unread. What is masked is never among them: masks are a session's own.
 *
 *	gitblobs_open(&b, dirfd, name)		in the child that builds
 *	gitblobs_copy, gitblobs_note		for each blob
 *	gitblobs_write(&b, &pack, out)		when the pack is finished
 *	gitblobs_release(&b)
 *	gitblobs_keep(dirfd, name, out)		in the parent: into the cache
 *
 * A list counts for the one pack whose sum it holds, and each blob by its CRC.
 */
struct gitblobs {
	int fd;			/* of the pack, or -1: nothing is known */
	struct gitset known;
	struct buf noted;	/* id and path, ended by NUL, of each */
	size_t n;
};

/* Never fails: what cannot be used is not known. dirfd may be -1. */
void gitblobs_open(struct gitblobs *b, int dirfd, const char *name);
void gitblobs_release(struct gitblobs *b);

/* 1: it is in p now; 0: it has to be judged; or a negative errno. */
int gitblobs_copy(const struct gitblobs *b, struct gitpack *p,
		  const uint8_t *id, const char *path);
/* It is clean, and in the pack. */
void gitblobs_note(struct gitblobs *b, const uint8_t *id, const char *path);
/* Into a file of out, which gitblobs_keep takes away again. */
int gitblobs_write(const struct gitblobs *b, const struct gitpack *p, int out);

/* out is a repository that was built. dirfd may be -1. */
void gitblobs_keep(int dirfd, const char *name, int out);

#endif
