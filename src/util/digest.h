/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/*
 * SHA-256 and HMAC-SHA-256, by nettle, which only this module knows.
 *
 *	digest_new(&d, NULL, 0);	or with a key, for an HMAC
 *	digest_add(d, ...);		any number of times
 *	digest_end(d, out);		and d is as new again, key included
 *	digest_free(d);			zeroes it
 *
 * digest_add_field adds the length before the bytes: use it where parts of
 * varying length follow one another.
 */
#define DIGEST_LEN 32
#define DIGEST_HEX 65

struct digest;

int digest_new(struct digest **out, const void *key, size_t keylen);
void digest_free(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t len);
void digest_add_field(struct digest *d, const void *data, size_t len);
void digest_end(struct digest *d, uint8_t out[DIGEST_LEN]);

/* 64 hex digits and a NUL. */
void digest_hex(const uint8_t sum[DIGEST_LEN], char out[DIGEST_HEX]);

#endif
