/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FS_RNG_H
#define TESTS_FS_RNG_H

#include <stdint.h>

/* Random numbers that a seed replays, the same on every machine. */
struct rng {
	uint64_t s;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = (r->s += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* 0 to n - 1. */
static inline unsigned rng_below(struct rng *r, unsigned n)
{
	return (unsigned)(rng_next(r) % n);
}

/* 1 in n times out of n. */
static inline int rng_one_in(struct rng *r, unsigned n)
{
	return rng_below(r, n) == 0;
}

/* Names that a file system may trip over, besides plain ones. */
extern const char *const rng_names[];
extern const unsigned rng_n_names;

#endif
