/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/tree_copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/taint.h"
#include "util/io.h"

struct copies {
	struct taint_copy *at;
	size_t n, cap;
};

static int gather(void *payload, const struct taint_copy *c)
{
	struct copies *to = payload;

	if (to->n == to->cap) {
		size_t cap = to->cap ? 2 * to->cap : 8;
		struct taint_copy *at = reallocarray(to->at, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		to->at = at;
		to->cap = cap;
	}
	to->at[to->n++] = *c;
	return to->n > SCAN_MAX_FINDINGS ? -EFBIG : 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct taint_copy *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->len > y->len ? -1 : x->len < y->len;
}

static int is_known(const struct tree_file *f, const struct taint_copy *c)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->at[i].off < c->off + (off_t)c->len &&
		    c->off < f->at[i].off + (off_t)f->at[i].len)
			return 1;
	return 0;
}

/* Lines are counted from one copy to the next. */
struct lines {
	int fd;
	off_t off, start;
	unsigned long line;
};

static int count_to(struct lines *l, off_t to)
{
	char buf[16384];

	while (l->off < to) {
		size_t want = to - l->off < (off_t)sizeof(buf) ?
			      (size_t)(to - l->off) : sizeof(buf);
		ssize_t n = io_pread_full(l->fd, buf, want, l->off);

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] == '\n') {
				l->line++;
				l->start = l->off + i + 1;
			}
		l->off += n;
	}
	return 0;
}

static int tell(struct lines *l, const struct taint_copy *c, scan_fn fn,
		void *payload)
{
	struct finding f = {
		.off = c->off, .len = c->len, .match_off = c->off,
		.match_len = c->len, .rule = c->rule, .width = c->width,
		.severity = c->rule ? c->rule->severity : SEVERITY_HIGH,
		.confidence = CONFIDENCE_HIGH, .copy_of = c->of,
	};
	size_t step = (size_t)c->width;
	char *text;
	int r;

	r = count_to(l, c->off);
	if (r)
		return r;
	f.line = f.end_line = l->line;
	f.column = (unsigned long)(c->off - l->start) + 1;
	text = malloc(c->len);
	if (!text)
		return -ENOMEM;
	r = io_pread_full(l->fd, text, c->len, c->off) == (ssize_t)c->len ? 0 :
	    -EIO;
	for (size_t i = 0; step == 2 && i < c->len / 2; i++)
		text[i] = text[2 * i] ? text[2 * i] : text[2 * i + 1];
	f.secret = text;
	if (!r)
		r = fn(payload, &f);
	explicit_bzero(text, c->len);
	free(text);
	return r;
}

int tree_copies(const struct tree_scan *t, const struct tree_file *f, int fd,
		scan_fn fn, void *payload)
{
	struct taint *taint = t->policy ? policy_taint(t->policy) : NULL;
	struct lines lines = { .fd = fd, .line = 1 };
	struct copies all = { NULL, 0, 0 };
	size_t known = f->n;
	off_t end = 0;
	int r;

	if (!taint)
		return 0;
	r = taint_find(taint, fd, gather, &all);
	if (!r && all.n)
		qsort(all.at, all.n, sizeof(*all.at), by_offset);
	for (size_t i = 0; !r && i < all.n; i++) {
		const struct taint_copy *c = &all.at[i];
		struct tree_file before = { .at = f->at, .n = known };

		if (c->off < end || is_known(&before, c))
			continue;
		r = tell(&lines, c, fn, payload);
		end = c->off + (off_t)c->len;
	}
	free(all.at);
	return r;
}
