/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_CACHE_H
#define SCAN_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/err.h"

/*
 * Verdicts about file versions, kept on disk, so that a file that did not change
 * is not read again. One table of fixed size in $XDG_CACHE_HOME/scrim, mode
 * 0600, shared by all processes of the user without a lock: an entry is written
 * and read by one call, and carries a checksum over all of it; what does not
 * check is not there.
 *
 * The key is a keyed hash of the identity of the file's version (device, inode,
 * size, mtime, ctime), of its path, since rules look at it, and of the digest
 * of the rules and of all else that the verdict depends on. The key of the hash
 * is made at random with the table. An entry for a file that was changed in the
 * last CACHE_RACY seconds is not kept: it could change again within the grain of
 * its times.
 *
 * Only what was scanned whole is kept. Nothing of a secret is: neither its bytes
 * nor a hash of them.
 */
struct cache;
#define CACHE_RACY 2
#define CACHE_SPANS 64	/* of one file; more are not kept */

struct cache_span {
	uint64_t off, len;
	char rule[56];		/* id, NUL-ended */
};

enum cache_verdict {
	CACHE_UNKNOWN,
	CACHE_CLEAN,
	CACHE_SPANNED,		/* spans say where the secrets are */
	CACHE_UNJUDGEABLE,	/* a bound was reached: do not show it */
};

/*
 * dir is where the table is; NULL for the user's cache directory. digest says
 * which rules and options. A table that is not ours, not 0600, a symlink or of
 * another format is replaced; where there can be none, -errno: go on without.
 */
int cache_open(struct cache **out, const char *dir, const char *digest,
	       struct err *err);
void cache_close(struct cache *c);

/* May be called from any thread. *n is CACHE_SPANS at most. */
enum cache_verdict cache_get(struct cache *c, const struct stat *st,
			     const char *path,
			     struct cache_span spans[CACHE_SPANS], size_t *n);
/*
 * st is of before the file was read, and the caller has seen that it was the
 * same afterwards. Failures are not told.
 */
void cache_put(struct cache *c, const struct stat *st, const char *path,
	       enum cache_verdict verdict, const struct cache_span *spans,
	       size_t n);

/*
 * The common case. The table itself is clean, and read by nobody: it changes
 * while a tree is scanned that it lies in.
 */
int cache_is_clean(struct cache *c, const struct stat *st, const char *path);
void cache_put_clean(struct cache *c, const struct stat *st, const char *path);

#endif
