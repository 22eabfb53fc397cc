/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "scan/scanner.h"

/* Eight bytes at a time: those that are '\n' become 0, and 0 alone gives a 1. */
static unsigned long count_lines(const char *p, size_t len)
{
	const uint64_t low = 0x0101010101010101, seven = 0x7f * low;
	unsigned long n = 0;

	for (; len >= 8; p += 8, len -= 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		w ^= '\n' * low;
		w = ~(((w & seven) + seven) | w | seven);
		n += (w >> 7) * low >> 56;
	}
	for (; len; len--)
		n += *p++ == '\n';
	return n;
}

/*
 * Where the line of character at begins. line_start is known to be right for
 * line_seen, so that only what lies between is looked at.
 */
static off_t line_start(struct scan *s, size_t at)
{
	off_t abs = s->base + (off_t)at, from = s->base;
	const char *nl;

	if (abs >= s->line_start && abs <= s->line_seen)
		return s->line_start;
	if (abs > s->line_seen && s->line_seen > from)
		from = s->line_seen;
	nl = memrchr(s->text + (from - s->base), '\n', (size_t)(abs - from));
	if (nl)
		s->line_start = s->base + (nl + 1 - s->text);
	else if (abs < s->line_seen)
		s->line_start = s->base;
	s->line_seen = abs;
	return s->line_start;
}

/* line_at and line_no walk with the questions, which mostly go on. */
unsigned long line_of(struct scan *s, size_t at, size_t *column)
{
	size_t known = (size_t)(s->line_at - s->base);

	if (at >= known)
		s->line_no += count_lines(s->text + known, at - known);
	else
		s->line_no -= count_lines(s->text + at, known - at);
	s->line_at = s->base + (off_t)at;
	if (column)
		*column = (size_t)(s->base + (off_t)at - line_start(s, at)) *
			  (size_t)s->width + 1;
	return s->line_no;
}

void line_drop(struct scan *s, size_t n)
{
	size_t known = (size_t)(s->line_at - s->base);

	/* So that line_start stays right for what comes. */
	if (n)
		line_start(s, n - 1);
	if (known >= n)
		return;
	s->line_no += count_lines(s->text + known, n - known);
	s->line_at = s->base + (off_t)n;
}

static int by_offset(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->f.off != y->f.off)
		return x->f.off < y->f.off ? -1 : 1;
	if (x->f.len != y->f.len)
		return x->f.len > y->f.len ? -1 : 1;
	return x->slot->index < y->slot->index ? -1 :
	       x->slot->index > y->slot->index;
}

/* Which of two findings of the same bytes tells more: a provider's, a sure one. */
static int rank(const struct found *f)
{
	return (f->slot->rule->re ? 100 : 0) + 10 * (int)f->f.confidence +
	       (int)f->f.severity;
}

static int overlap(const struct found *a, const struct found *b)
{
	return a->f.off < b->f.off + (off_t)b->f.len &&
	       b->f.off < a->f.off + (off_t)a->f.len;
}

/* Keeps of overlapping findings the better; returns how many are kept. */
static size_t settle(struct found *f, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept && overlap(&f[kept - 1], &f[i])) {
			if (rank(&f[i]) > rank(&f[kept - 1]))
				f[kept - 1] = f[i];
			continue;
		}
		f[kept++] = f[i];
	}
	return kept;
}

static int tell(struct scan *s, struct found *f)
{
	struct finding out = f->f;

	out.secret = s->secrets.ptr + f->secret;
	out.width = s->width;
	if (s->width != 1) {
		out.off *= s->width;
		out.len *= (size_t)s->width;
		out.match_off *= s->width;
		out.match_len *= (size_t)s->width;
	}
	s->res->findings++;
	return s->what->fn ? s->what->fn(s->what->payload, &out) : 0;
}

int report(struct scan *s, off_t end)
{
	size_t done = 0, kept;
	int r = 0;

	if (!s->nfound)
		return 0;
	qsort(s->found, s->nfound, sizeof(*s->found), by_offset);
	while (done < s->nfound && s->found[done].f.off < end)
		done++;
	/* What overlaps one that is not final waits with it. */
	while (done && done < s->nfound &&
	       overlap(&s->found[done - 1], &s->found[done]))
		done--;
	kept = s->what->all ? done : settle(s->found, done);
	for (size_t i = 0; !r && i < kept; i++)
		r = tell(s, &s->found[i]);
	memmove(s->found, s->found + done,
		(s->nfound - done) * sizeof(*s->found));
	s->nfound -= done;
	if (!s->nfound)
		buf_clear(&s->secrets);
	return r;
}
