/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/mask_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scan/mask_make.h"
#include "util/io.h"

int edit_add(struct edit_list *l, size_t off, const struct mask_span *span)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;
		struct edit *at = realloc(l->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = (struct edit){ off, span, 0 };
	return 0;
}

static int by_off(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

void edit_sort(struct edit_list *l)
{
	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_off);
}

struct line {
	const char *s;
	size_t len;
	int kept;	/* of the old text: found again; of the new: is old */
};

struct lines {
	struct line *at;
	size_t n;
};

static int split(const char *s, size_t len, struct lines *out)
{
	const char *end = s + len;
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	out->at = calloc(n, sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (out->n = 0; s < end; out->n++) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));

		out->at[out->n].s = s;
		out->at[out->n].len = (size_t)((nl ? nl : end) - s);
		s = nl ? nl + 1 : end;
	}
	return 0;
}

static int same(const struct line *a, const struct line *b)
{
	return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

/* What a placement works with. */
struct placing {
	const struct mask_undo *u;
	const struct buf *text;
	char *masked;		/* the base as the agent first saw it */
	struct lines old, new;
	struct edit_list *out;
	struct err *err;
};

/* The unmarked spans of an old line are at first to last - 1. */
struct short_line {
	size_t line, first, last;
};

static int is_short(const struct mask_span *m)
{
	/* A wide one is long enough, or is found by nobody: see below. */
	return !mask_is_marked(m) && !mask_is_wide(m);
}

static size_t count_same(const struct lines *in, const struct line *what)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n; i++)
		n += same(&in->at[i], what);
	return n;
}

/* The same line, or both at the edge of the text. */
static int same_neighbour(const struct lines *a, size_t i,
			  const struct lines *b, size_t j, int step)
{
	size_t x = i + (size_t)step, y = j + (size_t)step;
	int x_in = x < a->n, y_in = y < b->n;

	return x_in == y_in && (!x_in || same(&a->at[x], &b->at[y]));
}

static int restore(struct placing *p, const struct short_line *sl, size_t to)
{
	const struct line *old = &p->old.at[sl->line], *new = &p->new.at[to];
	int r = 0;

	for (size_t i = sl->first; !r && i < sl->last; i++) {
		const struct mask_span *m = &p->u->list->at[i];
		size_t in_line = (size_t)m->off - (size_t)(old->s - p->masked);

		if (is_short(m))
			r = edit_add(p->out, (size_t)(new->s - p->text->ptr) +
				     in_line, m);
	}
	p->old.at[sl->line].kept = 1;
	p->new.at[to].kept = 1;
	return r;
}

/* 1 where all old lines that look like this one hold the same secret. */
static int secrets_agree(const struct placing *p, const struct line *what)
{
	const char *base = p->u->base, *first = NULL;

	for (size_t i = 0; i < p->old.n; i++) {
		const char *real = base + (p->old.at[i].s - p->masked);

		if (!same(&p->old.at[i], what))
			continue;
		if (first && memcmp(first, real, what->len))
			return 0;
		first = real;
	}
	return 1;
}

static size_t nth_same(const struct lines *in, const struct line *what,
		       size_t nth)
{
	size_t i = 0;

	for (;; i++)
		if (same(&in->at[i], what) && !nth--)
			return i;
}

static int doubt(const struct placing *p, size_t new_line)
{
	return mask_refuse(p->text, (size_t)(p->new.at[new_line].s -
					     p->text->ptr), p->err,
			   "a short mask whose secret cannot be told; leave "
			   "the line as it was, in its place");
}

static int place_line(struct placing *p, const struct short_line *sl)
{
	const struct line *old = &p->old.at[sl->line];
	size_t before = count_same(&p->old, old);
	size_t now = count_same(&p->new, old), rank = 0, to;
	int r = 0;

	if (!now || old->kept)
		return 0;
	if (secrets_agree(p, old)) {
		for (size_t i = 0; !r && i < now; i++)
			r = restore(p, sl, nth_same(&p->new, old, i));
		for (size_t i = 0; i < p->old.n; i++)
			p->old.at[i].kept |= same(&p->old.at[i], old);
		return r;
	}
	for (size_t i = 0; i < sl->line; i++)
		rank += same(&p->old.at[i], old);
	to = nth_same(&p->new, old, now > rank ? rank : 0);
	if (before != now ||
	    !same_neighbour(&p->old, sl->line, &p->new, to, -1) ||
	    !same_neighbour(&p->old, sl->line, &p->new, to, 1))
		return doubt(p, to);
	return restore(p, sl, to);
}

static int is_fill(char c)
{
	return c == 'x' || c == '9';
}

/* 1 where a run of filling of just that length is in the line. */
static int has_run(const struct line *l, size_t len, char fill)
{
	size_t n = 0;

	for (size_t i = 0; i <= l->len; i++) {
		if (i < l->len && l->s[i] == fill) {
			n++;
			continue;
		}
		if (n == len)
			return 1;
		n = 0;
	}
	return 0;
}

/*
 * A short mask whose line is gone may be in a line that was changed: that one
 * would come to hold the mask for good.
 */
static int check_lost(struct placing *p, const struct short_line *sl)
{
	if (p->old.at[sl->line].kept)
		return 0;
	for (size_t i = 0; i < p->new.n; i++) {
		if (p->new.at[i].kept || count_same(&p->old, &p->new.at[i]))
			continue;
		for (size_t j = sl->first; j < sl->last; j++) {
			const struct mask_span *m = &p->u->list->at[j];

			if (is_short(m) && is_fill(m->text[0]) &&
			    has_run(&p->new.at[i], m->len, m->text[0]))
				return doubt(p, i);
		}
	}
	return 0;
}

typedef int (*short_fn)(struct placing *p, const struct short_line *sl);

/* Calls fn for each old line that has a short mask. */
static int each_short_line(struct placing *p, short_fn fn)
{
	const struct mask_list *l = p->u->list;
	struct short_line sl = { 0, 0, 0 };
	int r = 0;

	for (size_t i = 0; !r && i < p->old.n; i++) {
		off_t end = p->old.at[i].s + p->old.at[i].len - p->masked;
		int shorts = 0;

		sl.line = i;
		sl.first = sl.last;
		while (sl.last < l->n && l->at[sl.last].off < end)
			shorts |= is_short(&l->at[sl.last++]);
		if (shorts)
			r = fn(p, &sl);
	}
	return r;
}

int mask_has_short(const struct mask_list *l)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (is_short(&l->at[i]))
			return 1;
	return 0;
}

/* The first line of text that is the len bytes at line. */
static int find_line(const struct buf *text, const char *line, size_t len,
		     size_t *off)
{
	const char *at = text->ptr, *end = text->ptr + text->len;

	while (at && (at = memmem(at, (size_t)(end - at), line, len))) {
		*off = (size_t)(at - text->ptr);
		if ((at == text->ptr || at[-1] == '\n') &&
		    (at + len == end || at[len] == '\n' || at[len] == '\r'))
			return 1;
		at++;
	}
	return 0;
}

int mask_finds_short(const struct mask_list *l, const struct buf *seen,
		     const struct buf *text, size_t *off)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct mask_span *m = &l->at[i];
		size_t from = (size_t)m->off, to = from + m->len;

		if (!is_short(m) || !is_fill(m->text[0]) || to > seen->len)
			continue;
		while (from && seen->ptr[from - 1] != '\n')
			from--;
		while (to < seen->len && !strchr("\r\n", seen->ptr[to]))
			to++;
		/* a line of filling alone says nothing */
		if (to - from > m->len && m->len > 2 &&
		    find_line(text, seen->ptr + from, to - from, off))
			return 1;
	}
	return 0;
}

int mask_lines_place(const struct mask_undo *u, const struct buf *text,
		     struct edit_list *out, struct err *err)
{
	struct placing p = { .u = u, .text = text, .out = out, .err = err };
	int r;

	if (!mask_has_short(u->list))
		return 0;
	p.masked = malloc(u->base_len + 1);
	if (!p.masked)
		return -ENOMEM;
	memcpy(p.masked, u->base, u->base_len);
	mask_patch(u->list, p.masked, u->base_len, 0);
	r = split(p.masked, u->base_len, &p.old);
	if (!r)
		r = split(text->ptr, text->len, &p.new);
	if (!r)
		r = each_short_line(&p, place_line);
	if (!r)
		r = each_short_line(&p, check_lost);
	free(p.old.at);
	free(p.new.at);
	explicit_bzero(p.masked, u->base_len);
	free(p.masked);
	return r;
}

/* ========== judged again ========== */

static int judge_text(const struct mask_undo *u, int fd,
		      struct verdict *v, struct mask_list *out)
{
	policy_of_file(u->policy, u->path, fd, v);
	if (v->action > ACTION_MASK)
		return 0;
	return mask_judge(u->policy, v, fd, u->path, u->key, out);
}

int mask_judge_again(const struct mask_undo *u, const struct buf *result,
		     const struct edit_list *edits, struct err *err)
{
	struct mask_list list = { NULL, 0 };
	struct verdict v;
	int fd, r;

	fd = memfd_create("scrim", MFD_CLOEXEC);
	if (fd < 0)
		return err_errno(err, -errno, "cannot judge the result");
	r = io_write_full(fd, result->ptr, result->len);
	if (!r)
		r = judge_text(u, fd, &v, &list);
	/* What cannot be judged is not shown either. */
	if (r == -EFBIG || r == -ENODATA)
		r = 0;
	else if (r)
		err_errno(err, r, "cannot judge the result");
	else if (v.action <= ACTION_MASK)
		for (size_t i = 0; !r && i < edits->n; i++)
			if (!mask_covers(&list, edits->at[i].to,
					edits->at[i].span->len))
				r = mask_refuse(result, edits->at[i].to, err,
						"the secret that belongs here "
						"would come to be seen");
	mask_list_release(&list);
	io_close(&fd);
	return r;
}
