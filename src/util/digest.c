/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <nettle/version.h>

struct digest {
	int keyed;
	union {
		struct sha256_ctx sha;
		struct hmac_sha256_ctx hmac;
	};
};

int digest_new(struct digest **out, const void *key, size_t keylen)
{
	struct digest *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->keyed = key != NULL;
	if (d->keyed)
		hmac_sha256_set_key(&d->hmac, keylen, key);
	else
		sha256_init(&d->sha);
	*out = d;
	return 0;
}

void digest_free(struct digest *d)
{
	if (d)
		explicit_bzero(d, sizeof(*d));
	free(d);
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	if (d->keyed)
		hmac_sha256_update(&d->hmac, len, data);
	else
		sha256_update(&d->sha, len, data);
}

void digest_add_field(struct digest *d, const void *data, size_t len)
{
	uint8_t n[8];

	for (int i = 0; i < 8; i++)
		n[i] = (uint8_t)((uint64_t)len >> 8 * i);
	digest_add(d, n, sizeof(n));
	digest_add(d, data, len);
}

void digest_end(struct digest *d, uint8_t out[DIGEST_LEN])
{
#if NETTLE_VERSION_MAJOR >= 4
	if (d->keyed)
		hmac_sha256_digest(&d->hmac, out);
	else
		sha256_digest(&d->sha, out);
#else
	if (d->keyed)
		hmac_sha256_digest(&d->hmac, DIGEST_LEN, out);
	else
		sha256_digest(&d->sha, DIGEST_LEN, out);
#endif
}

void digest_hex(const uint8_t sum[DIGEST_LEN], char out[DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_LEN; i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	out[2 * DIGEST_LEN] = '\0';
}
