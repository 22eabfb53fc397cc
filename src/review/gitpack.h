/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITPACK_H
#define REVIEW_GITPACK_H

#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "review/gitset.h"
#include "util/buf.h"

/*
 * Writes one git pack and its index, object after object, without deltas: the
 * same objects in the same order give the same bytes.
 *
 *	gitpack_open(&p, dirfd);
 *	gitpack_add(&p, ...)		any number of times
 *	gitpack_finish(&p);		now there are pack-HASH.pack and .idx
 *	gitpack_release(&p);		always; before finish it leaves nothing
 */
enum gitpack_type {
	GITPACK_COMMIT = 1,
	GITPACK_TREE = 2,
	GITPACK_BLOB = 3,
};

struct gitpack_item;

/* Where a packed object is, header and all. */
struct gitpack_place {
	uint64_t off;
	uint32_t len;
	uint32_t crc;
};

struct gitpack {
	/* private */
	int dirfd;		/* borrowed; of objects/pack */
	int fd;
	uint64_t off;
	struct gitpack_item *at;
	size_t n, cap;
	struct gitset have;
	uint8_t sum[GITSET_ID];	/* its last bytes, once it is finished */
	struct buf pending;
	z_stream z;
};

int gitpack_open(struct gitpack *p, int dirfd);

/*
 * known is the object's id where the caller has it for certain, else NULL; id
 * gets it (may be NULL). An object that is there already costs nothing.
 */
int gitpack_add(struct gitpack *p, enum gitpack_type type, const void *data,
		size_t len, const uint8_t *known, uint8_t id[GITSET_ID]);

/* The same, as it is packed in fd. -EBADMSG, and nothing added, where it is not. */
int gitpack_copy(struct gitpack *p, const uint8_t id[GITSET_ID], int fd,
		 const struct gitpack_place *from);

int gitpack_finish(struct gitpack *p);
/* After gitpack_finish: 0, or -ENOENT. */
int gitpack_find(const struct gitpack *p, const uint8_t id[GITSET_ID],
		 struct gitpack_place *out);
void gitpack_release(struct gitpack *p);

#endif
