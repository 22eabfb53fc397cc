/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_SHA1_H
#define UTIL_SHA1_H

#include <stddef.h>
#include <stdint.h>

/*
 * SHA-1, by nettle, for git's own formats and names, and for nothing where an
 * attacker's collision would matter.
 *
 *	sha1_begin(&s); sha1_add(&s, ...) any number of times; sha1_end(&s, out);
 */
#define SHA1_LEN 20

struct sha1 {
	uint64_t space[16];	/* private */
};

void sha1_begin(struct sha1 *s);
void sha1_add(struct sha1 *s, const void *data, size_t len);
void sha1_end(struct sha1 *s, uint8_t out[SHA1_LEN]);

#endif
