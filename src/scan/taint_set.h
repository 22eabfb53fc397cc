/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_TAINT_SET_H
#define SCAN_TAINT_SET_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "scan/policy.h"
#include "scan/taint.h"

/*
 * What the files of the taint share: the set of values. Private to them.
 *
 * A value is known by the rolling hash of its first TAINT_WINDOW bytes and by a
 * SHA-256 of all of it, cut short; itself it is not kept.
 */
#define TAINT_SUM 16
#define TAINT_BITS 20			/* of the bitmap's size */
#define TAINT_MULTIPLIER 0x9e3779b97f4a7c15ull

struct taint_source {
	char *path;
	const struct rule *rule;
	struct stat st;			/* of the version that was read */
};

struct taint_value {
	uint64_t window;
	uint32_t len;
	uint8_t width, whole;
	uint8_t sum[TAINT_SUM];
	const struct taint_source *from;
};

struct taint {
	const struct policy *policy;
	int rootfd;
	pthread_mutex_t look;		/* one looks at a time */
	struct taint_source **sources;	/* under look */
	size_t n_sources, cap_sources;
	struct timespec looked;		/* start of the last look at all */
	struct timespec looked_known;	/* monotonic */

	pthread_rwlock_t lock;		/* of what follows */
	struct taint_value *at;		/* sorted by window, then sum */
	size_t n, cap;
	int full;
	uint64_t bits[1 << (TAINT_BITS - 6)];
	atomic_ulong epoch;
	unsigned long made;		/* the epoch of taint_new */
};

/* The hash of TAINT_WINDOW bytes, and of those one further on. */
uint64_t taint_window(const unsigned char *p);
static inline uint64_t taint_roll(uint64_t h, unsigned char out,
				  unsigned char in, uint64_t top)
{
	return (h - (out + 1) * top) * TAINT_MULTIPLIER + in + 1;
}
/* TAINT_MULTIPLIER to the power of TAINT_WINDOW - 1. */
uint64_t taint_top(void);

static inline size_t taint_bit(uint64_t window)
{
	return (size_t)((window * 0xd6e8feb86659fd93ull) >> (64 - TAINT_BITS));
}

void taint_sum(const void *s, size_t len, uint8_t out[TAINT_SUM]);

/*
 * Calls fn for each value of the file, in each of its forms; path says how it is
 * written. The bytes are the callee's until it returns.
 */
struct taint_form {
	const unsigned char *s;
	size_t len;
	int width, whole;
};
typedef int (*taint_form_fn)(void *payload, const struct taint_form *f);
int taint_values(const struct policy *p, int fd, const char *path,
		 taint_form_fn fn, void *payload);

#endif
