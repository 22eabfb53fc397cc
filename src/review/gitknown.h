/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITKNOWN_H
#define REVIEW_GITKNOWN_H

#include <stdint.h>

#include "review/gitset.h"
#include "util/buf.h"

/*
 * Which objects of a repository were looked at before and found to be clean, so
 * that after a fetch or a gc only the new ones are read: pairs of an object's id
 * and the hash of the path that it was judged at, in a file beside the cached
 * verdict. It holds for the rules with that digest, and is written only where
 * nothing at all was found.
 *
 *	gitknown_read(&k, fd, digest)	an empty set where the file is no such one
 *	gitknown_start(&k, judged, seen)	into the sets of a gitobjects
 *	gitknown_add(&k, judged)	what is in them afterwards
 *	gitknown_write(&k, fd, digest)
 *	gitknown_release(&k)
 */
#define GITKNOWN_MAX (2u << 20)		/* pairs; more are not kept */

struct gitknown {
	uint64_t key[2];	/* of the hashes */
	struct buf pairs;
	int full;
};

int gitknown_read(struct gitknown *k, int fd, const char *digest);
int gitknown_start(const struct gitknown *k, struct gitset *judged,
		   struct gitset *seen);
void gitknown_add(struct gitknown *k, const struct gitset *judged);
int gitknown_write(const struct gitknown *k, int fd, const char *digest);
void gitknown_release(struct gitknown *k);

#endif
