/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITSET_H
#define REVIEW_GITSET_H

#include <stddef.h>
#include <stdint.h>

/*
 * A map from (object id, path) to an object id, for walks over git's objects
 * that must not look at the same thing twice.
 *
 * The path counts by a keyed hash of 64 bits with a key of its own for each
 * map, so that nobody can choose two paths that are taken for one. Used as a set
 * where the value does not matter. Zero-filled memory is no valid map.
 */
#define GITSET_ID 20

struct gitset_entry {
	uint8_t id[GITSET_ID];
	uint8_t value[GITSET_ID];
	uint64_t path;
	int used;
};

struct gitset {
	/* private */
	struct gitset_entry *at;
	size_t n, cap;
	uint64_t key[2];
};

void gitset_init(struct gitset *s);
void gitset_release(struct gitset *s);

/* The value, borrowed until the next put; NULL where there is none. */
uint8_t *gitset_get(const struct gitset *s, const uint8_t *id,
		    const char *path, size_t len);

/*
 * 1 where it was new, 0 where it was there (its value is replaced, unless
 * value is NULL), -ENOMEM. id may be NULL for paths alone, path for ids alone.
 */
int gitset_put(struct gitset *s, const uint8_t *id, const char *path,
	       size_t len, const uint8_t *value);

/* The same by the hash of a path that a set of the same key has made. */
int gitset_put_hash(struct gitset *s, const uint8_t *id, uint64_t path);

#endif
