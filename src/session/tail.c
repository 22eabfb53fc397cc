/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/tail.h"

#include <errno.h>
#include <string.h>

#include "session/store.h"
#include "util/crc32c.h"
#include "util/io.h"

#define HEAD 8
/* What a disk writes whole or not at all. */
#define SECTOR 512
/* How much may be summed in search of another record. */
#define SEARCH_MAX (1ull << 30)

struct text {
	const char *ptr;
	size_t len;
	uint64_t off;		/* of ptr in the file */
	int more;		/* the file goes on behind it */
};

static uint32_t u32_at(const struct text *t, size_t at)
{
	const uint8_t *u = (const uint8_t *)t->ptr + at;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	       (uint32_t)u[3] << 24;
}

static int is_zero(const struct text *t, size_t from, size_t to)
{
	while (from < to && !t->ptr[from])
		from++;
	return from == to;
}

/* 1 where nothing follows behind at. */
static int ends_at(const struct text *t, size_t at)
{
	return !t->more && is_zero(t, at, t->len);
}

/* 1 for a whole record at at; *work gets what was summed. */
static int is_record(const struct text *t, size_t at, uint64_t *work)
{
	uint32_t len;

	if (t->len - at <= HEAD)
		return 0;
	len = u32_at(t, at);
	if (!len || len > t->len - at - HEAD)
		return 0;
	*work += len;
	return crc32c(t->ptr + at + HEAD, len) == u32_at(t, at + 4);
}

/* The length that makes the first record check, or 0. */
static uint32_t right_length(const struct text *t)
{
	uint32_t want = u32_at(t, 4), sum = 0;
	uint64_t work = 0;

	for (size_t at = HEAD; at < t->len; at++) {
		sum = crc32c_add(sum, t->ptr + at, 1);
		if (sum == want && (ends_at(t, at + 1) ||
				    is_record(t, at + 1, &work)))
			return (uint32_t)(at + 1 - HEAD);
	}
	return 0;
}

static int another_follows(const struct text *t)
{
	uint64_t work = 0;

	for (size_t at = 1; at + HEAD < t->len; at++)
		if (is_record(t, at, &work) || work > SEARCH_MAX)
			return 1;
	return 0;
}

/* 1 where a part of a sector in [from, to) was never written. */
static int has_hole(const struct text *t, size_t from, size_t to)
{
	while (from < to) {
		size_t end = from + SECTOR - (size_t)((t->off + from) % SECTOR);

		if (end > to)
			end = to;
		if (is_zero(t, from, end))
			return 1;
		from = end;
	}
	return 0;
}

static enum tail judge(const struct text *t, uint32_t *len)
{
	uint32_t said;

	if (t->len < HEAD || ends_at(t, 0))
		return TAIL_TORN;
	*len = right_length(t);
	if (*len)
		return *len == u32_at(t, 0) ? TAIL_DAMAGED : TAIL_LENGTH;
	if (t->more || another_follows(t))
		return TAIL_DAMAGED;
	said = u32_at(t, 0);
	if (said > t->len - HEAD)
		return TAIL_TORN;
	/* without its first sector nothing tells how long it was */
	return (!said || ends_at(t, HEAD + said)) &&
	       has_hole(t, 0, said ? HEAD + said : t->len) ?
	       TAIL_TORN : TAIL_DAMAGED;
}

int tail_look(int fd, uint64_t off, uint64_t size, uint32_t *len)
{
	uint64_t want = size - off;
	struct buf b = BUF_INIT;
	struct text t;
	ssize_t n;
	int r;

	/* one record, and the beginning of the next */
	if (want > STORE_RECORD_MAX + (1u << 20))
		want = STORE_RECORD_MAX + (1u << 20);
	if (buf_grow(&b, (size_t)want))
		return -ENOMEM;
	n = io_pread_full(fd, b.ptr, (size_t)want, (off_t)off);
	t = (struct text){ b.ptr, n < 0 ? 0 : (size_t)n, off,
			   want < size - off };
	r = n < 0 ? (int)n : (int)judge(&t, len);
	buf_release(&b);
	return r;
}
