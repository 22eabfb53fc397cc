/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scan/mask_make.h"
#include "scan/text.h"
#include "util/io.h"

/*
 * Text of one width in a file of the other: strings of UTF-16 in a program, lines
 * that were appended to a log in another encoding. The runs of such text that a
 * piece of the file has are put one below the other and scanned as one text.
 * UTF-32 is found here only.
 */
#define CHUNK (1u << 20)
#define OVERLAP (2 * (SCAN_BEFORE + SCAN_AFTER))
#define RUN_MIN 8

struct run {
	size_t at, n;		/* in the text: n characters */
	off_t off;		/* of the first in the file */
	int step;		/* bytes from one to the next */
};

struct mixed {
	int fd;
	int width, big_endian;	/* of the file as a whole */
	off_t size, base;	/* base: where buf begins */
	unsigned char *buf;
	size_t len;
	char *text;
	size_t text_len;
	struct run *runs;
	size_t n, cap;
	struct place_list *out;
};

static int is_text(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* The characters that follow each other from i on, step bytes apart. */
static size_t run_length(const struct mixed *m, size_t i, int step)
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
static int was_scanned(const struct mixed *m, size_t i, size_t n)
{
	off_t off = m->base + (off_t)i, end = off + 2 * (off_t)n;

	return m->width == 2 && (off & 1) == m->big_endian && end <= m->size;
}

static int add_run(struct mixed *m, size_t i, size_t n, int step)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 64;
		struct run *runs = realloc(m->runs, cap * sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		m->runs = runs;
		m->cap = cap;
	}
	m->runs[m->n++] = (struct run){ m->text_len, n, m->base + (off_t)i,
					step };
	for (size_t k = 0; k < n; k++)
		m->text[m->text_len++] = (char)m->buf[i + k * (size_t)step];
	m->text[m->text_len++] = '\n';
	return 0;
}

static int find_runs(struct mixed *m)
{
	size_t i = 0, n;
	int r = 0;

	m->text_len = m->n = 0;
	if (m->width == 1 && !memchr(m->buf, 0, m->len))
		return 0;
	while (!r && i < m->len) {
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
static int note_wide(struct mixed *m, off_t off, size_t n, const struct rule *rule)
{
	struct place p = { .off = off, .len = 2 * n, .width = 2, .rule = rule };
	off_t last = off + 2 * (off_t)n - 1;
	char c = 1;

	if (last < m->size && pread(m->fd, &c, 1, last) != 1)
		return -EAGAIN;
	if (c && off && pread(m->fd, &c, 1, off - 1) == 1 && !c)
		p.off--;
	else if (c) {
		/* the end of it was cut off */
		p.len = 2 * n - 1;
		p.width = 1;
	}
	return place_add(m->out, &p);
}

/* Of UTF-32, up to the last letter or the NULs behind it. */
static int note_widest(struct mixed *m, off_t off, size_t n,
		       const struct rule *rule)
{
	struct place p = { .off = off, .len = 4 * n, .width = 4, .rule = rule };
	off_t last = off + 4 * (off_t)n - 3;
	char tail[3];

	if (pread(m->fd, tail, 3, last) != 3 || memcmp(tail, "\0\0", 3))
		p.len -= 3;
	return place_add(m->out, &p);
}

static int note_part(struct mixed *m, const struct run *run, size_t from,
		     size_t to, const struct rule *rule)
{
	struct place p = { .off = run->off + (off_t)from, .len = to - from,
			   .width = 1, .rule = rule };

	if (run->step == 1)
		return place_add(m->out, &p);
	if (run->step == 4)
		return note_widest(m, run->off + 4 * (off_t)from, to - from,
				   rule);
	return note_wide(m, run->off + 2 * (off_t)from, to - from, rule);
}

static int note(void *payload, const struct finding *f)
{
	size_t from = (size_t)f->off, to = from + f->len;
	struct mixed *m = payload;
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

static int scan_runs(struct mixed *m, struct scan *s, const char *origin)
{
	struct scan_what what = { .path = origin, .least = CONFIDENCE_HIGH,
				  .all = 1, .fn = note, .payload = m };
	struct scan_result res = { 0 };
	int r;

	if (!m->n)
		return 0;
	r = scan_mem(s, &what, m->text, m->text_len, &res);
	explicit_bzero(m->text, m->text_len);
	return r ? r : res.state == SCAN_COMPLETE ? 0 : -EFBIG;
}

/* The next piece; 0 at the end, with what lies in holes passed over. */
static int next_piece(struct mixed *m, off_t *at)
{
	off_t data = lseek(m->fd, *at, SEEK_DATA);
	ssize_t n;

	if (data < 0 && errno == ENXIO)
		return 0;
	if (data > *at)
		*at = data;
	n = io_pread_full(m->fd, m->buf, CHUNK, *at);
	if (n <= 0)
		return (int)n;
	m->base = *at;
	m->len = (size_t)n;
	*at += n < (ssize_t)CHUNK ? n : (ssize_t)(CHUNK - OVERLAP);
	return 1;
}

int mask_mixed(struct place_list *out, struct scan *s, const char *origin,
	       int fd)
{
	struct mixed m = { .fd = fd, .out = out };
	off_t at = 0, before = lseek(fd, 0, SEEK_CUR);
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return -errno;
	m.size = st.st_size;
	m.buf = malloc(CHUNK);
	m.text = malloc(2 * CHUNK);
	r = m.buf && m.text ? 0 : -ENOMEM;
	while (!r && at < m.size && (r = next_piece(&m, &at)) > 0) {
		if (!m.width)
			m.width = text_width((char *)m.buf, m.len,
					     &m.big_endian);
		r = find_runs(&m);
		if (!r)
			r = scan_runs(&m, s, origin);
	}
	lseek(fd, before, SEEK_SET);
	if (m.buf)
		explicit_bzero(m.buf, m.len);
	free(m.buf);
	free(m.text);
	free(m.runs);
	return r;
}
