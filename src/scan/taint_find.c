/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scan/scan.h"
#include "scan/taint_set.h"
#include "util/io.h"

#define CHUNK (256u << 10)
#define FIND_MS 2000	/* beside SCAN_MS_PER_MIB, as for a scan */

uint64_t taint_window(const unsigned char *p)
{
	uint64_t h = 0;

	for (size_t i = 0; i < TAINT_WINDOW; i++)
		h = h * TAINT_MULTIPLIER + p[i] + 1;
	return h;
}

uint64_t taint_top(void)
{
	uint64_t top = 1;

	for (size_t i = 1; i < TAINT_WINDOW; i++)
		top *= TAINT_MULTIPLIER;
	return top;
}

struct search {
	struct taint *t;
	int fd;
	taint_fn fn;
	void *payload;
	uint64_t top, bytes;
	struct timespec start;
	const unsigned char *buf;	/* the piece at hand, from byte base on */
	size_t len;
	off_t base;
};

/* 1 where the value of that length is at off. */
static int is_there(struct search *s, const struct taint_value *v, off_t off)
{
	size_t at = (size_t)(off - s->base);
	uint8_t sum[TAINT_SUM];
	unsigned char *copy;

	if (at + v->len <= s->len) {
		taint_sum(s->buf + at, v->len, sum);
		return !memcmp(sum, v->sum, TAINT_SUM);
	}
	copy = malloc(v->len);
	if (!copy)
		return -ENOMEM;
	memset(sum, 0, sizeof(sum));
	if (io_pread_full(s->fd, copy, v->len, off) == (ssize_t)v->len)
		taint_sum(copy, v->len, sum);
	explicit_bzero(copy, v->len);
	free(copy);
	return !memcmp(sum, v->sum, TAINT_SUM);
}

static size_t first_of(const struct taint *t, uint64_t window)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->at[mid].window < window)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int ask(struct search *s, uint64_t window, off_t off)
{
	const struct taint *t = s->t;
	int r = 0;

	for (size_t i = first_of(t, window);
	     r >= 0 && i < t->n && t->at[i].window == window; i++) {
		const struct taint_value *v = &t->at[i];
		struct taint_copy c = { off, v->len, v->width, v->whole,
					v->from->path, v->from->rule };

		r = is_there(s, v, off);
		if (r > 0)
			r = s->fn(s->payload, &c);
	}
	return r < 0 ? r : 0;
}

static int search_piece(struct search *s)
{
	const unsigned char *p = s->buf;
	uint64_t h;
	int r = 0;

	if (s->len < TAINT_WINDOW)
		return 0;
	h = taint_window(p);
	for (size_t i = TAINT_WINDOW;; i++) {
		size_t bit = taint_bit(h);

		if (s->t->bits[bit >> 6] >> (bit & 63) & 1)
			r = ask(s, h, s->base + (off_t)(i - TAINT_WINDOW));
		if (r || i == s->len)
			return r;
		h = taint_roll(h, p[i - TAINT_WINDOW], p[i], s->top);
	}
}

static int is_late(const struct search *s)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - s->start.tv_sec) * 1000 +
	       (now.tv_nsec - s->start.tv_nsec) / 1000000 >
	       (long)(FIND_MS + (s->bytes >> 20) * SCAN_MS_PER_MIB);
}

/* Bytes from to to, each piece with the end of the one before it. */
static int search_range(struct search *s, unsigned char *buf, off_t from,
			off_t to)
{
	ssize_t n;
	int r = 0;

	while (!r && from < to) {
		size_t want = to - from < (off_t)CHUNK ? (size_t)(to - from) :
							 CHUNK;

		n = io_pread_full(s->fd, buf, want, from);
		if (n <= 0)
			return (int)n;
		s->base = from;
		s->buf = buf;
		s->len = (size_t)n;
		s->bytes += s->len;
		r = search_piece(s);
		if (!r && is_late(s))
			r = -EFBIG;
		if (n < (ssize_t)want || from + n >= to)
			break;
		from += n - (TAINT_WINDOW - 1);
	}
	return r;
}

/* Where a range of data begins and ends, a little of the holes with it. */
static int next_data(int fd, off_t at, off_t size, off_t *from, off_t *to)
{
	*from = lseek(fd, at, SEEK_DATA);
	if (*from < 0 && errno == ENXIO)
		return 0;
	if (*from < 0) {
		*from = at;
		*to = size;
		return at < size;
	}
	*to = lseek(fd, *from, SEEK_HOLE);
	if (*to < 0 || *to > size)
		*to = size;
	return *from < size;
}

static int search_file(struct search *s, unsigned char *buf)
{
	off_t from, to, before, at = 0;
	struct stat st;
	int r = 0;

	if (fstat(s->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_blocks * 512 >= st.st_size)
		return search_range(s, buf, 0, st.st_size);
	before = lseek(s->fd, 0, SEEK_CUR);
	while (!r && next_data(s->fd, at, st.st_size, &from, &to)) {
		r = search_range(s, buf, from, to);
		at = to;
	}
	lseek(s->fd, before, SEEK_SET);
	return r;
}

int taint_find(struct taint *t, int fd, taint_fn fn, void *payload)
{
	struct search s = { .t = t, .fd = fd, .fn = fn, .payload = payload,
			    .top = taint_top() };
	unsigned char *buf;
	int r;

	clock_gettime(CLOCK_MONOTONIC, &s.start);
	buf = malloc(CHUNK);
	if (!buf)
		return -ENOMEM;
	pthread_rwlock_rdlock(&t->lock);
	r = t->n ? search_file(&s, buf) : 0;
	pthread_rwlock_unlock(&t->lock);
	explicit_bzero(buf, CHUNK);
	free(buf);
	return r;
}
