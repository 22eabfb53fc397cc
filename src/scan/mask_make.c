/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/mask_make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MARK_LEN (sizeof(MASK_MARK) - 1)

int place_add(struct place_list *l, const struct place *p)
{
	if (!p->len)
		return 0;
	if (l->n == PLACES_MAX)
		return -EFBIG;
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;
		struct place *at = realloc(l->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = *p;
	return 0;
}

void place_list_release(struct place_list *l)
{
	free(l->at);
	*l = (struct place_list){ NULL, 0, 0 };
}

static int by_offset(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

int place_list_settle(struct place_list *l)
{
	size_t n = 0, bytes = 0;

	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_offset);
	for (size_t i = 0; i < l->n; i++) {
		struct place *last = n ? &l->at[n - 1] : NULL;
		const struct place *p = &l->at[i];
		off_t end = p->off + (off_t)p->len;

		if (last && p->off < last->off + (off_t)last->len) {
			if (end > last->off + (off_t)last->len)
				last->len = (size_t)(end - last->off);
		} else {
			l->at[n++] = *p;
		}
	}
	l->n = n;
	for (size_t i = 0; i < n; i++)
		bytes += l->at[i].len;
	return bytes > PLACES_BYTES_MAX ? -EFBIG : 0;
}

int mask_is_marked(const struct mask_span *m)
{
	return m->len >= MASK_MIN && !memcmp(m->text, MASK_MARK, MARK_LEN);
}

int mask_is_wide(const struct mask_span *m)
{
	return m->width > 1 && m->len >= (size_t)m->width * (MASK_MIN - 1) + 1 &&
	       memchr(m->text, MASK_MARK[0], (size_t)m->width);
}

int mask_is_filled(const struct mask_span *m)
{
	return !mask_is_marked(m) && m->len &&
	       (m->text[0] == 'x' || m->text[0] == '9') &&
	       !memchr(m->text, '\0', m->len);
}

static int all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return 0;
	return 1;
}

/* Fills text with letters and digits that depend on the key and all else. */
static void hash_text(struct digest *d, const char *origin, const char *s,
		      size_t len, char *text)
{
	static const char digits[] = "0123456789"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint8_t sum[DIGEST_LEN];

	for (size_t i = 0; i < len; i++) {
		uint8_t block[4] = { (uint8_t)(i >> 5), (uint8_t)(i >> 13),
				     (uint8_t)(i >> 21), 0 };

		if (i % DIGEST_LEN == 0) {
			digest_add_field(d, origin, strlen(origin));
			digest_add_field(d, s, len);
			digest_add(d, block, sizeof(block));
			digest_end(d, sum);
		}
		text[i] = digits[sum[i % DIGEST_LEN] % 62];
	}
	memcpy(text, MASK_MARK, MARK_LEN);
	text[MARK_LEN] = (char)('a' + sum[0] % 26);
	text[MARK_LEN + 1] = (char)('0' + sum[1] % 10);
	text[MARK_LEN + 2] = (char)('A' + sum[2] % 26);
}

static int add_span(struct mask_list *out, struct mask_span *m)
{
	struct mask_span *at;

	/* Doubled whenever the number is a power of two. */
	if (!(out->n & (out->n - 1))) {
		at = realloc(out->at, (out->n ? 2 * out->n : 1) * sizeof(*at));
		if (!at)
			return -ENOMEM;
		out->at = at;
	}
	out->at[out->n++] = *m;
	return 0;
}

static char *make_text(struct digest *d, const char *origin, const char *s,
		       size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		return NULL;
	text[len] = '\0';
	if (all_digits(s, len))
		memset(text, '9', len);
	else if (len < MASK_MIN)
		memset(text, 'x', len);
	else
		hash_text(d, origin, s, len, text);
	return text;
}

static int is_edge(char c)
{
	return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '`';
}

/* White space and quotes around a line of a secret are not the secret. */
static size_t trim(const char **s, size_t len)
{
	size_t n = len;

	while (n && is_edge(**s)) {
		++*s;
		n--;
	}
	while (n && (is_edge((*s)[n - 1]) || strchr(",;\\", (*s)[n - 1])))
		n--;
	return n;
}

static int make_line(struct mask_list *out, struct digest *d,
		     const char *origin, const char *s, size_t len, off_t off,
		     const struct place *p)
{
	struct mask_span m = { .off = off, .len = len, .rule = p->rule,
			       .copy_of = p->copy_of, .width = 1 };
	int r;

	m.text = make_text(d, origin, s, len);
	if (!m.text)
		return -ENOMEM;
	r = add_span(out, &m);
	if (r)
		free(m.text);
	return r;
}

static int make_lines(struct mask_list *out, struct digest *d,
		      const char *origin, const char *s,
		      const struct place *p)
{
	const char *at = s, *end = s + p->len;
	int r = 0;

	while (!r && at < end) {
		size_t n = 0, len;
		const char *line = at;

		while (at + n < end && at[n] != '\n' && at[n] != '\r')
			n++;
		/* A secret of one line is masked to its last byte. */
		len = n == p->len ? n : trim(&line, n);
		if (len)
			r = make_line(out, d, origin, line, len,
				      p->off + (line - s), p);
		at += n + (at + n < end);
	}
	return r;
}

/*
 * The ASCII of n characters of UTF-16 or UTF-32, and the byte that its letters
 * are at. The last one may lack bytes behind that.
 */
static char *narrow(const char *s, size_t n, size_t width, size_t *at)
{
	char *out = malloc(n + 1);

	for (*at = 0; n && *at + 1 < width && !s[*at];)
		++*at;
	for (size_t i = 0; out && i < n; i++)
		out[i] = s[width * i + *at];
	return out;
}

static int widen(struct mask_span *m, const struct place *p, size_t at)
{
	size_t width = (size_t)p->width, len = width * m->len;
	char *text = calloc(1, len + 1);
	off_t end = p->off + (off_t)p->len;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < m->len; i++)
		text[width * i + at] = m->text[i];
	free(m->text);
	m->text = text;
	m->off = p->off + (off_t)width * (m->off - p->off);
	m->len = m->off + (off_t)len > end ? (size_t)(end - m->off) : len;
	m->width = p->width;
	return 0;
}

static int make_wide(struct mask_list *out, struct digest *d,
		     const char *origin, const char *s, const struct place *p)
{
	struct place half = *p;
	size_t first = out->n, width = (size_t)p->width, at;
	char *thin;
	int r;

	half.len = width == 2 ? p->len / 2 : (p->len + width - 1) / width;
	thin = narrow(s, half.len, width, &at);
	if (!thin)
		return -ENOMEM;
	r = make_lines(out, d, origin, thin, &half);
	for (size_t i = first; !r && i < out->n; i++)
		r = widen(&out->at[i], p, at);
	explicit_bzero(thin, half.len);
	free(thin);
	return r;
}

int mask_make(struct mask_list *out, struct digest *d, const char *origin,
	      const char *s, const struct place *p)
{
	return p->width > 1 ? make_wide(out, d, origin, s, p) :
			      make_lines(out, d, origin, s, p);
}
