/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask_make.h"

/* So much filling in the same line is no accident. */
#define FILL_SURE 9
/* A file with fewer telling lines is known as a whole only. */
#define LINES_SURE 3

/* A line without the white space and the comma around it. */
struct line {
	const char *s;
	size_t len;
	int fill;	/* length of the longest short mask in it; or 0 */
};

struct lines {
	struct line *at;
	size_t n;
};

static int is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Brackets, rules and lines of one letter are in many files. */
static int is_telling(const struct line *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len && n < 3; i++)
		n += (l->s[i] >= '0' && l->s[i] <= '9') ||
		     ((l->s[i] | 32) >= 'a' && (l->s[i] | 32) <= 'z') ||
		     (unsigned char)l->s[i] >= 0x80;
	return n == 3;
}

static void trim(struct line *l)
{
	while (l->len && is_space(*l->s)) {
		l->s++;
		l->len--;
	}
	while (l->len && (is_space(l->s[l->len - 1]) ||
			  l->s[l->len - 1] == ','))
		l->len--;
}

static int compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->s, y->s, n);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

/* The telling lines of text, in its order. */
static int split(const struct buf *text, struct lines *out)
{
	const char *s = text->ptr, *end = s + text->len;
	size_t n = 1;

	for (size_t i = 0; i < text->len; i++)
		n += s[i] == '\n';
	out->n = 0;
	out->at = calloc(n, sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		struct line l = { s, (size_t)((nl ? nl : end) - s), 0 };

		trim(&l);
		if (is_telling(&l))
			out->at[out->n++] = l;
		s = nl ? nl + 1 : end;
	}
	return 0;
}

static void sort_once(struct lines *l)
{
	size_t n = 0;

	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), compare);
	for (size_t i = 0; i < l->n; i++) {
		if (n && !compare(&l->at[n - 1], &l->at[i])) {
			if (l->at[i].fill > l->at[n - 1].fill)
				l->at[n - 1].fill = l->at[i].fill;
			continue;
		}
		l->at[n++] = l->at[i];
	}
	l->n = n;
}

static struct line *find(const struct lines *sorted, const struct line *l)
{
	return sorted->n ? bsearch(l, sorted->at, sorted->n,
				   sizeof(*sorted->at), compare) : NULL;
}

/* Both are in order of offset, and a mask lies within one line. */
static void note_fills(struct lines *l, const struct buf *seen,
		       const struct mask_list *masks)
{
	size_t i = 0;

	for (size_t m = 0; m < masks->n; m++) {
		const struct mask_span *at = &masks->at[m];
		const char *s = seen->ptr + at->off;
		int fill;

		if (!mask_is_filled(at) || (size_t)at->off + at->len > seen->len)
			continue;
		while (i < l->n && l->at[i].s + l->at[i].len <= s)
			i++;
		if (i == l->n || l->at[i].s > s)
			continue;
		/* a line of filling alone says nothing */
		fill = l->at[i].len > at->len && at->len > 2 ? (int)at->len : 0;
		if (fill > l->at[i].fill)
			l->at[i].fill = fill;
	}
}

struct counted {
	size_t added;		/* telling lines of the text that old has not */
	size_t found;		/* of those, which seen has, each once */
	const struct line *first;/* with a short mask in it; or NULL */
	int fill;
};

static void count(const struct lines *text, const struct lines *old,
		  const struct lines *seen, struct counted *c)
{
	for (size_t i = 0; i < text->n; i++) {
		struct line *same;

		if (find(old, &text->at[i]))
			continue;
		c->added++;
		same = find(seen, &text->at[i]);
		if (!same)
			continue;
		if (same->fill > 0 && !c->first)
			c->first = &text->at[i];
		if (same->fill > c->fill)
			c->fill = same->fill;
		/* a negative one was counted */
		c->found += same->fill >= 0;
		if (same->fill >= 0)
			same->fill = -1 - same->fill;
	}
}

static int is_copy(const struct counted *c, size_t seen)
{
	if (!c->first)
		return 0;
	if (c->fill >= FILL_SURE)
		return 1;
	return 2 * c->found >= seen &&
	       (seen >= LINES_SURE || (c->found == seen && c->added <= seen));
}

int mask_finds_copy(const struct mask_list *l, const struct buf *seen,
		    const struct buf *text, const struct buf *old, size_t *off)
{
	struct lines s = { NULL, 0 }, t = { NULL, 0 }, o = { NULL, 0 };
	struct counted c = { 0, 0, NULL, 0 };
	int r;

	r = split(seen, &s);
	if (!r)
		r = split(text, &t);
	if (!r)
		r = split(old, &o);
	if (!r) {
		note_fills(&s, seen, l);
		sort_once(&s);
		sort_once(&o);
		count(&t, &o, &s, &c);
		r = is_copy(&c, s.n);
		if (r)
			*off = (size_t)(c.first->s - text->ptr);
	}
	free(s.at);
	free(t.at);
	free(o.at);
	return r;
}
