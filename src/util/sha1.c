/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/sha1.h"

#include <assert.h>
#include <nettle/sha1.h>
#include <nettle/version.h>

static_assert(sizeof(struct sha1_ctx) <= sizeof(struct sha1), "sha1 too small");
static_assert(SHA1_LEN == SHA1_DIGEST_SIZE, "SHA1_LEN");

static struct sha1_ctx *context(struct sha1 *s)
{
	return (struct sha1_ctx *)(void *)s->space;
}

void sha1_begin(struct sha1 *s)
{
	sha1_init(context(s));
}

void sha1_add(struct sha1 *s, const void *data, size_t len)
{
	sha1_update(context(s), len, data);
}

void sha1_end(struct sha1 *s, uint8_t out[SHA1_LEN])
{
#if NETTLE_VERSION_MAJOR >= 4
	sha1_digest(context(s), out);
#else
	sha1_digest(context(s), SHA1_LEN, out);
#endif
}
