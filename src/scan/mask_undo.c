/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/mask_lines.h"
#include "scan/mask_make.h"

#define MARK_LEN (sizeof(MASK_MARK) - 1)
#define NOT_OURS "a mask that belongs to another file or was changed; put back " \
		 "what stood there, or drop it"

static void where(const struct buf *text, size_t off, size_t *line,
		  size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < off; i++) {
		++*column;
		if (text->ptr[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
}

int mask_refuse(const struct buf *text, size_t off, struct err *err,
		const char *what)
{
	size_t line, column;

	where(text, off, &line, &column);
	return err_set(err, -EBADMSG, "line %zu, column %zu: %s", line, column,
		       what);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

/* The shape of a mask's beginning, in whatever case an agent has put it. */
static int looks_marked(const char *s, size_t len)
{
	if (len < MARK_LEN + 3)
		return 0;
	for (size_t i = 0; i < MARK_LEN; i++)
		if (lower(s[i]) != lower(MASK_MARK[i]))
			return 0;
	s += MARK_LEN;
	return is_letter(s[0]) && s[1] >= '0' && s[1] <= '9' &&
	       is_letter(s[2]);
}

/* Spans in order of their text, to be searched by what was found. */
static int by_text(const void *a, const void *b)
{
	const struct mask_span *x = *(const struct mask_span *const *)a;
	const struct mask_span *y = *(const struct mask_span *const *)b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->text, y->text, n);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

static int index_marked(const struct mask_list *l,
			const struct mask_span ***out, size_t *n)
{
	const struct mask_span **at = calloc(l->n + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	*n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (mask_is_marked(&l->at[i]))
			at[(*n)++] = &l->at[i];
	if (*n)
		qsort(at, *n, sizeof(*at), by_text);
	*out = at;
	return 0;
}

/* The longest mask that s begins with; masks of one start share a prefix. */
static const struct mask_span *match(const struct mask_span *const *at,
				     size_t n, const char *s, size_t len)
{
	const struct mask_span *best = NULL;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (memcmp(at[mid]->text, s, MARK_LEN + 3) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && !memcmp(at[lo]->text, s, MARK_LEN + 3); lo++)
		if (at[lo]->len <= len && !memcmp(at[lo]->text, s, at[lo]->len))
			best = at[lo];
	return best;
}

/* Letters and digits that go on behind it: it was made longer. */
static int is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* 1 where a mask of that text had c behind it from the beginning. */
static int was_before(const struct mask_undo *u, const struct mask_span *m,
		      char c)
{
	const char *base = u->base;

	for (size_t i = 0; i < u->list->n; i++) {
		const struct mask_span *other = &u->list->at[i];
		size_t end = (size_t)other->off + other->len;

		if (other->len == m->len && end < u->base_len &&
		    base[end] == c && !memcmp(other->text, m->text, m->len))
			return 1;
	}
	return 0;
}

static int find_marked(const struct mask_undo *u,
		       const struct mask_span *const *at, size_t n,
		       const struct buf *text, struct edit_list *out,
		       struct err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i + MARK_LEN + 3 <= text->len;) {
		const struct mask_span *m;

		if (!looks_marked(text->ptr + i, text->len - i)) {
			i++;
			continue;
		}
		m = match(at, n, text->ptr + i, text->len - i);
		if (!m || (i + m->len < text->len &&
			   is_word(text->ptr[i + m->len]) &&
			   !was_before(u, m, text->ptr[i + m->len])))
			return mask_refuse(text, i, err, NOT_OURS);
		r = edit_add(out, i, m);
		i += m->len;
	}
	return r;
}

/* UTF-16 and UTF-32: exactly as they were, wherever they are. */
static int find_wide(const struct mask_list *l, const struct buf *text,
		     struct edit_list *out)
{
	int r = 0;

	for (size_t i = 0; !r && i < l->n; i++) {
		const struct mask_span *m = &l->at[i];
		const char *at = text->ptr, *end = text->ptr + text->len;

		if (!mask_is_wide(m))
			continue;
		while (!r && (at = memmem(at, (size_t)(end - at), m->text,
					  m->len))) {
			r = edit_add(out, (size_t)(at - text->ptr), m);
			at += m->len;
		}
	}
	return r;
}

/* Two secrets that happen to have one mask cannot be told apart. */
static int check_unique(const struct mask_span *const *at, size_t n,
			const struct mask_undo *u, struct err *err)
{
	const char *base = u->base;

	for (size_t i = 0; i + 1 < n; i++)
		if (at[i]->len == at[i + 1]->len &&
		    !memcmp(at[i]->text, at[i + 1]->text, at[i]->len) &&
		    memcmp(base + at[i]->off, base + at[i + 1]->off, at[i]->len))
			return err_set(err, -EBADMSG, "two of its secrets have "
				       "the same mask");
	return 0;
}

static int check_base(const struct mask_undo *u, struct err *err)
{
	for (size_t i = 0; u->list && i < u->list->n; i++)
		if (u->list->at[i].off + (off_t)u->list->at[i].len >
		    (off_t)u->base_len)
			return err_set(err, -EBADMSG, "its masks do not fit "
				       "what was kept of the file");
	return 0;
}

/* In UTF-16 or UTF-32: each letter at s[0], s[width]... and NULs between. */
static int looks_marked_wide(const char *s, size_t len, size_t width)
{
	char thin[MARK_LEN + 3];

	if (len < width * (sizeof(thin) - 1) + 1)
		return 0;
	for (size_t i = 0; i < sizeof(thin); i++) {
		thin[i] = s[width * i];
		for (size_t k = 1; i + 1 < sizeof(thin) && k < width; k++)
			if (s[width * i + k])
				return 0;
	}
	return looks_marked(thin, sizeof(thin));
}

static int is_wide_mark(const char *s, size_t len)
{
	return lower(*s) == lower(MASK_MARK[0]) &&
	       (looks_marked_wide(s, len, 2) || looks_marked_wide(s, len, 4));
}

/* What looks like a wide mask and is none of this file's; out is sorted. */
static int check_wide(const struct buf *text, const struct edit_list *out,
		      struct err *err)
{
	size_t e = 0, end = 0;

	for (size_t i = 0; i + 2 * MARK_LEN < text->len; i++) {
		for (; e < out->n && out->at[e].off <= i; e++)
			end = out->at[e].off + out->at[e].span->len;
		if (i >= end && is_wide_mark(text->ptr + i, text->len - i) &&
		    !(e < out->n && out->at[e].off == i))
			return mask_refuse(text, i, err, NOT_OURS);
	}
	return 0;
}

static int collect(const struct mask_undo *u, const struct buf *text,
		   struct edit_list *out, struct err *err)
{
	static const struct mask_list none = { NULL, 0 };
	const struct mask_list *l = u->list ? u->list : &none;
	const struct mask_span **at = NULL;
	size_t n = 0;
	int r;

	r = check_base(u, err);
	if (!r)
		r = index_marked(l, &at, &n);
	if (!r)
		r = check_unique(at, n, u, err);
	if (!r)
		r = find_marked(u, at, n, text, out, err);
	if (!r)
		r = find_wide(l, text, out);
	edit_sort(out);
	if (!r)
		r = check_wide(text, out, err);
	if (!r)
		r = mask_lines_place(u, text, out, err);
	free(at);
	return r;
}

/* A secret that has several spans is found once for each: one will do. */
static void drop_doubles(struct edit_list *l)
{
	size_t n = 0, end = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (l->at[i].off < end)
			continue;
		end = l->at[i].off + l->at[i].span->len;
		l->at[n++] = l->at[i];
	}
	l->n = n;
}

int mask_undo(const struct mask_undo *u, struct buf *text, struct err *err)
{
	struct edit_list edits = { NULL, 0, 0 };
	struct buf out = BUF_INIT;
	size_t from = 0;
	int r;

	r = collect(u, text, &edits, err);
	edit_sort(&edits);
	drop_doubles(&edits);
	for (size_t i = 0; !r && i < edits.n; i++) {
		const struct mask_span *m = edits.at[i].span;

		buf_add(&out, text->ptr + from, edits.at[i].off - from);
		edits.at[i].to = out.len;
		buf_add(&out, (const char *)u->base + m->off, m->len);
		from = edits.at[i].off + m->len;
	}
	if (!r) {
		buf_add(&out, text->ptr + from, text->len - from);
		r = buf_oom(&out) ? -ENOMEM : 0;
	}
	if (!r && u->policy && edits.n)
		r = mask_judge_again(u, &out, &edits, err);
	if (!r) {
		struct buf old = *text;

		*text = out;
		out = old;
	}
	buf_wipe(&out);
	free(edits.at);
	if (r == -ENOMEM)
		err_set(err, r, "out of memory");
	return r;
}
