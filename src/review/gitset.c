/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/io.h"

static const uint8_t no_id[GITSET_ID];

void gitset_init(struct gitset *s)
{
	*s = (struct gitset){ 0 };
	io_random(s->key, sizeof(s->key));
}

void gitset_release(struct gitset *s)
{
	free(s->at);
	s->at = NULL;
	s->n = s->cap = 0;
}

static uint64_t rol(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rol(v[1], 13) ^ v[0];
	v[3] = rol(v[3], 16) ^ v[2];
	v[0] = rol(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rol(v[1], 17) ^ v[2];
	v[3] = rol(v[3], 21) ^ v[0];
	v[2] = rol(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	v[0] ^= m;
}

/* SipHash-1-3. */
static uint64_t hash(const uint64_t key[2], const char *p, size_t len)
{
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
		key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull
	};
	uint64_t last = (uint64_t)len << 56, m;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&m, p + i, 8);
		sip_word(v, m);
	}
	for (int shift = 0; i < len; i++, shift += 8)
		last |= (uint64_t)(uint8_t)p[i] << shift;
	sip_word(v, last);
	v[2] ^= 0xff;
	for (int n = 0; n < 3; n++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct gitset_entry *slot(struct gitset_entry *at, size_t cap,
				 const uint8_t *id, uint64_t path)
{
	uint64_t h;
	size_t i;

	memcpy(&h, id, sizeof(h));
	i = (size_t)((h ^ path) * 0x9e3779b97f4a7c15ull >> 20) & (cap - 1);
	while (at[i].used && (at[i].path != path ||
			      memcmp(at[i].id, id, GITSET_ID)))
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static int grow(struct gitset *s)
{
	size_t cap = s->cap ? s->cap * 2 : 256;
	struct gitset_entry *at;

	if (s->n * 3 < s->cap * 2)
		return 0;
	at = calloc(cap, sizeof(*at));
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < s->cap; i++)
		if (s->at[i].used)
			*slot(at, cap, s->at[i].id, s->at[i].path) = s->at[i];
	free(s->at);
	s->at = at;
	s->cap = cap;
	return 0;
}

uint8_t *gitset_get(const struct gitset *s, const uint8_t *id,
		    const char *path, size_t len)
{
	struct gitset_entry *e;

	if (!s->cap)
		return NULL;
	e = slot(s->at, s->cap, id ? id : no_id, hash(s->key, path, len));
	return e->used ? e->value : NULL;
}

static int put(struct gitset *s, const uint8_t *id, uint64_t h,
	       const uint8_t *value)
{
	struct gitset_entry *e;
	int fresh;

	if (grow(s))
		return -ENOMEM;
	e = slot(s->at, s->cap, id ? id : no_id, h);
	fresh = !e->used;
	if (fresh) {
		memcpy(e->id, id ? id : no_id, GITSET_ID);
		e->path = h;
		e->used = 1;
		s->n++;
	}
	if (value)
		memcpy(e->value, value, GITSET_ID);
	return fresh;
}

int gitset_put(struct gitset *s, const uint8_t *id, const char *path,
	       size_t len, const uint8_t *value)
{
	return put(s, id, hash(s->key, path, len), value);
}

int gitset_put_hash(struct gitset *s, const uint8_t *id, uint64_t path)
{
	return put(s, id, path, NULL);
}
