/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/mask_make.h"
#include "scan/text.h"
#include "util/buf.h"

/*
 * Text of one width in a file of the other: strings of UTF-16 in a program, lines
 * that were appended to a log in another encoding. The runs of such text that a
 * piece of the file has are put one below the other and scanned as one text.
 * UTF-32 is found here only.
 */
#define RUN_MIN 8

struct run {
	size_t at, n;		/* in the text: n characters */
	off_t off;		/* of the first in the file */
	int step;		/* bytes from one to the next */
};

struct mask_mixed {
	const struct mask_look *look;
	int width, big_endian;	/* of the file as a whole */
	off_t size, base;	/* base: where buf begins */
	const unsigned char *buf;
	size_t len;
	struct buf text;
	struct run *runs;
	size_t n, cap;
};

static int is_text(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* The characters that follow each other from i on, step bytes apart. */
static size_t run_length(const struct mask_mixed *m, size_t i, int step)
{
	size_t n = 0;

	for (; i < m->len && is_text(m->buf[i]); i += (size_t)step) {
		n++;
		for (size_t k = 1; k < (size_t)step; k++)
			if (i + k >= m->len || m->buf[i + k])
				return n;
	}
	return n;
}

/* 1 where the scan of the whole file has read these characters as such. */
static int was_scanned(const struct mask_mixed *m, size_t i, size_t n)
{
	off_t off = m->base + (off_t)i, end = off + 2 * (off_t)n;

	return m->width == 2 && (off & 1) == m->big_endian && end <= m->size;
}

static int add_run(struct mask_mixed *m, size_t i, size_t n, int step)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 64;
		struct run *runs = realloc(m->runs, cap * sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		m->runs = runs;
		m->cap = cap;
	}
	/* at once: no part of it is to stay where it was */
	if (!m->text.cap && buf_grow(&m->text, 2 * m->len))
		return -ENOMEM;
	m->runs[m->n++] = (struct run){ m->text.len, n, m->base + (off_t)i,
					step };
	for (size_t k = 0; k < n; k++)
		buf_addch(&m->text, (char)m->buf[i + k * (size_t)step]);
	buf_addch(&m->text, '\n');
	return buf_oom(&m->text) ? -ENOMEM : 0;
}

/* From i on, where a wide run may begin: with a NUL behind its first letter. */
static size_t next_wide(const struct mask_mixed *m, size_t i)
{
	const unsigned char *nul;

	if (i + 1 >= m->len)
		return m->len;
	if (!m->buf[i + 1])
		return i;
	nul = memchr(m->buf + i + 1, 0, m->len - i - 1);
	return nul ? (size_t)(nul - m->buf) - 1 : m->len;
}

static int find_runs(struct mask_mixed *m)
{
	size_t i = 0, n;
	int r = 0;

	buf_wipe(&m->text);
	m->n = 0;
	if (m->width == 1 && !memchr(m->buf, 0, m->len))
		return 0;
	while (!r && i < m->len) {
		if (m->width == 1)
			i = next_wide(m, i);
		n = run_length(m, i, 2);
		if (n >= RUN_MIN) {
			if (!was_scanned(m, i, n))
				r = add_run(m, i, n, 2);
			i += 2 * n - 1;
			continue;
		}
		n = run_length(m, i, 4);
		if (n >= RUN_MIN) {
			r = add_run(m, i, n, 4);
			i += 4 * n - 3;
			continue;
		}
		n = m->width == 2 ? run_length(m, i, 1) : 0;
		if (n >= RUN_MIN)
			r = add_run(m, i, n, 1);
		i += n >= RUN_MIN ? n : 1;
	}
	return r;
}

/* n characters from off on, of which each is two bytes in one order or the other. */
static int note_wide(struct mask_mixed *m, off_t off, size_t n, const struct rule *rule)
{
	struct place p = { .off = off, .len = 2 * n, .width = 2, .rule = rule };
	off_t last = off + 2 * (off_t)n - 1;
	char c = 1;

	if (last < m->size && pread(m->look->fd, &c, 1, last) != 1)
		return -EAGAIN;
	if (c && off && pread(m->look->fd, &c, 1, off - 1) == 1 && !c)
		p.off--;
	else if (c) {
		/* the end of it was cut off */
		p.len = 2 * n - 1;
		p.width = 1;
	}
	return place_add(m->look->out, &p);
}

/* Of UTF-32, up to the last letter or the NULs behind it. */
static int note_widest(struct mask_mixed *m, off_t off, size_t n,
		       const struct rule *rule)
{
	struct place p = { .off = off, .len = 4 * n, .width = 4, .rule = rule };
	off_t last = off + 4 * (off_t)n - 3;
	char tail[3];

	if (pread(m->look->fd, tail, 3, last) != 3 || memcmp(tail, "\0\0", 3))
		p.len -= 3;
	return place_add(m->look->out, &p);
}

static int note_part(struct mask_mixed *m, const struct run *run, size_t from,
		     size_t to, const struct rule *rule)
{
	struct place p = { .off = run->off + (off_t)from, .len = to - from,
			   .width = 1, .rule = rule };

	if (run->step == 1)
		return place_add(m->look->out, &p);
	if (run->step == 4)
		return note_widest(m, run->off + 4 * (off_t)from, to - from,
				   rule);
	return note_wide(m, run->off + 2 * (off_t)from, to - from, rule);
}

static int note(void *payload, const struct finding *f)
{
	size_t from = (size_t)f->off, to = from + f->len;
	struct mask_mixed *m = payload;
	int r = 0;

	for (size_t i = 0; !r && i < m->n; i++) {
		const struct run *run = &m->runs[i];
		size_t a = from > run->at ? from - run->at : 0;
		size_t b = to > run->at ? to - run->at : 0;

		if (b > run->n)
			b = run->n;
		if (a < b)
			r = note_part(m, run, a, b, f->rule);
	}
	return r;
}

static int scan_runs(struct mask_mixed *m)
{
	struct scan_what what = { .path = m->look->origin,
				  .least = CONFIDENCE_HIGH, .all = 1,
				  .fn = note, .payload = m };
	struct scan_result res = { 0 };
	int r;

	if (!m->n)
		return 0;
	r = scan_mem(m->look->scan, &what, m->text.ptr, m->text.len, &res);
	return r ? r : res.state == SCAN_COMPLETE ? 0 : -EFBIG;
}

struct mask_mixed *mask_mixed_new(const struct mask_look *look, off_t size)
{
	struct mask_mixed *m = calloc(1, sizeof(*m));

	if (m) {
		m->look = look;
		m->size = size;
		buf_init(&m->text);
	}
	return m;
}

void mask_mixed_free(struct mask_mixed *m)
{
	if (!m)
		return;
	buf_wipe(&m->text);
	free(m->runs);
	free(m);
}

int mask_mixed_piece(struct mask_mixed *m, const struct mask_piece *p)
{
	int r;

	m->buf = (const unsigned char *)p->s;
	m->len = p->len;
	m->base = p->off;
	if (!m->width)
		m->width = text_width(p->s, p->len, &m->big_endian);
	r = find_runs(m);
	return r ? r : scan_runs(m);
}
