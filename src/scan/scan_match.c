/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scan/scanner.h"

/*
 * A search around a keyword reaches one line, but on a long line only REACH
 * bytes on. A next keyword less than NEAR bytes on is left to that search; it
 * had the rest of REACH. So a line of any length and full of keywords costs each
 * byte at most (SCAN_BEFORE + REACH) / NEAR searches of a rule.
 */
#define REACH 8192
#define NEAR 4096
#define MARGIN 16	/* that look-behind may see before a window */
#define TICKS 256

void scan_line(struct scan *s, size_t at, size_t reach, size_t *from,
	       size_t *to)
{
	const char *p, *start = s->text + (at > SCAN_BEFORE ? at - SCAN_BEFORE : 0);

	if (at < s->line_from || at >= s->line_to ||
	    at - s->line_from > SCAN_BEFORE || s->line_to - at < reach) {
		p = memrchr(start, '\n', (size_t)(s->text + at - start));
		s->line_from = (size_t)((p ? p + 1 : start) - s->text);
		if (reach > s->len - at)
			reach = s->len - at;
		p = memchr(s->text + at, '\n', reach);
		s->line_to = p ? (size_t)(p - s->text) : at + reach;
	}
	*from = s->line_from;
	*to = s->line_to;
}

int scan_out_of_time(struct scan *s)
{
	unsigned long long ms, limit;
	struct timespec now;

	if (s->res->state == SCAN_TIMED_OUT)
		return 1;
	/* Most files are done before it is worth asking for the time. */
	if (++s->ticks == 1 << 4)
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &s->start);
	if (s->ticks % TICKS)
		return 0;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	ms = (unsigned long long)(now.tv_sec - s->start.tv_sec) * 1000 +
	     (unsigned long long)((now.tv_nsec - s->start.tv_nsec) / 1000000);
	limit = s->what->ms ? s->what->ms : 2000;
	limit += (s->res->bytes >> 20) * SCAN_MS_PER_MIB;
	if (ms < limit)
		return 0;
	s->res->state = SCAN_TIMED_OUT;
	return 1;
}

/* Bits per byte of the bytes' own distribution. */
static double entropy(const char *p, size_t len)
{
	unsigned count[256] = { 0 };
	double sum = 0;

	for (size_t i = 0; i < len; i++)
		count[(unsigned char)p[i]]++;
	for (int i = 0; i < 256; i++)
		if (count[i])
			sum -= count[i] * log2((double)count[i] / (double)len);
	return len ? sum / (double)len : 0;
}

static int has_stopword(const struct strlist *words, const char *p, size_t len)
{
	char low[512];

	if (!words->n)
		return 0;
	if (len > sizeof(low))
		len = sizeof(low);
	for (size_t i = 0; i < len; i++)
		low[i] = (char)tolower((unsigned char)p[i]);
	for (size_t i = 0; i < words->n; i++)
		if (memmem(low, len, words->at[i], strlen(words->at[i])))
			return 1;
	return 0;
}

/* 1 where the rule's own checks say that this is no secret. */
static int acquitted(struct scan *s, const struct slot *slot, const char *p,
		     size_t len)
{
	const struct rule *r = slot->rule;
	struct pattern_span at;

	if (r->entropy > 0 && entropy(p, len) < r->entropy)
		return 1;
	if (has_stopword(&r->stopwords, p, len))
		return 1;
	for (size_t i = 0; slot->validate[i]; i++)
		if (!slot->validate[i]->ok(p, len))
			return 1;
	for (size_t i = 0; slot->allow[i]; i++)
		if (pattern_find(slot->allow[i], s->scratch, p, len, 0, &at,
				 1) == 1)
			return 1;
	return 0;
}

/* "scrim:allow" on the line that holds at, in a tree that is trusted. */
static int is_allowed(struct scan *s, size_t at)
{
	static const char mark[] = "scrim:allow";
	size_t from, to;

	if (!s->what->trust_comments)
		return 0;
	scan_line(s, at, REACH, &from, &to);
	return memmem(s->text + from, to - from, mark, sizeof(mark) - 1) != NULL;
}

static int grow_found(struct scan *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct found *f;

	if (s->nfound < s->cap)
		return 0;
	f = realloc(s->found, cap * sizeof(*f));
	if (!f)
		return -ENOMEM;
	s->found = f;
	s->cap = cap;
	return 0;
}

static int is_known(const struct scan *s, const struct slot *slot, off_t off)
{
	for (size_t i = s->nfound; i; i--) {
		const struct found *f = &s->found[i - 1];

		if (f->slot == slot && f->f.off == off)
			return 1;
		if (f->f.off + SCAN_AFTER < off)
			break;
	}
	return 0;
}

int scan_found(struct scan *s, const struct slot *slot, size_t off, size_t len,
	       size_t match, size_t match_len, enum confidence confidence)
{
	struct finding *f;

	if (!len || confidence < s->what->least || s->res->state == SCAN_TOO_MANY)
		return 0;
	if (s->res->binary && confidence < CONFIDENCE_HIGH)
		return 0;
	if (acquitted(s, slot, s->text + off, len) ||
	    is_known(s, slot, s->base + (off_t)off) || is_allowed(s, off))
		return 0;
	if (s->res->findings + s->nfound >= SCAN_MAX_FINDINGS) {
		s->res->state = SCAN_TOO_MANY;
		return 0;
	}
	if (grow_found(s))
		return -ENOMEM;
	s->found[s->nfound].slot = slot;
	s->found[s->nfound].secret = s->secrets.len;
	f = &s->found[s->nfound++].f;
	memset(f, 0, sizeof(*f));
	f->off = s->base + (off_t)off;
	f->len = len;
	f->match_off = s->base + (off_t)match;
	f->match_len = match_len;
	f->end_line = line_of(s, off + len - 1, NULL);
	f->line = line_of(s, off, &f->column);
	f->rule = slot->rule;
	f->severity = slot->rule->severity;
	f->confidence = confidence;
	buf_add(&s->secrets, s->text + off, len);
	return buf_oom(&s->secrets) ? -ENOMEM : 0;
}

static void choose_group(const struct rule *r, const struct pattern_span *at,
			 struct pattern_span *out)
{
	*out = at[0];
	if (r->group && at[r->group].start != PATTERN_UNSET)
		*out = at[r->group];
	else if (r->group)
		/* Of alternatives, the first group that took part. */
		for (int i = 1; i < PATTERN_GROUPS; i++)
			if (at[i].start != PATTERN_UNSET) {
				*out = at[i];
				break;
			}
}

/* All matches of the slot's pattern that begin from from to to. */
static int search(struct scan *s, const struct slot *slot, size_t from,
		  size_t to)
{
	struct seen *seen = &s->seen[slot->index];
	size_t start = from > MARGIN ? from - MARGIN : 0, at = from - start;
	struct pattern_span m[PATTERN_GROUPS], g;
	int r;

	while (at <= to - start && !scan_out_of_time(s)) {
		r = pattern_find(slot->rule->re, s->scratch, s->text + start,
				 to - start, at, m, PATTERN_GROUPS);
		if (r == -ETIME && s->res->state == SCAN_COMPLETE)
			s->res->state = SCAN_MATCH_LIMIT;
		if (r != 1)
			return r == -ETIME ? 0 : r;
		choose_group(slot->rule, m, &g);
		r = scan_found(s, slot, start + g.start, g.end - g.start,
			       start + m[0].start, m[0].end - m[0].start,
			       slot->rule->confidence);
		if (r)
			return r;
		at = m[0].end > m[0].start ? m[0].end : m[0].end + 1;
		seen->resume = s->base + (off_t)(start + at);
	}
	return 0;
}

static void window(struct scan *s, const struct slot *slot, size_t at,
		   size_t *from, size_t *to)
{
	size_t reach = REACH, end;

	scan_line(s, at, reach, from, to);
	for (int i = 1; i < slot->rule->lines && *to < s->len; i++) {
		const char *p;

		end = *to + 1 + reach;
		if (end > at + SCAN_AFTER)
			end = at + SCAN_AFTER;
		if (end > s->len)
			end = s->len;
		if (end <= *to + 1)
			break;
		p = memchr(s->text + *to + 1, '\n', end - *to - 1);
		*to = p ? (size_t)(p - s->text) : end;
	}
}

static int match_slot(struct scan *s, const struct slot *slot, size_t at,
		      size_t len)
{
	struct seen *seen = &s->seen[slot->index];
	off_t abs = s->base + (off_t)at;
	size_t from, to;

	if (!slot_applies(s, slot))
		return 0;
	if (slot->detector)
		return slot->detector(s, slot, at, len);
	/* What lies before the end of a match was looked at for that match. */
	if (abs < seen->resume ||
	    (seen->to && abs >= seen->from && abs < seen->to))
		return 0;
	window(s, slot, at, &from, &to);
	if (seen->resume > s->base + (off_t)from)
		from = (size_t)(seen->resume - s->base);
	seen->from = s->base + (off_t)from;
	seen->to = s->base + (off_t)to + 1;
	if (to - at >= REACH)
		seen->to = abs + NEAR;
	return from > to ? 0 : search(s, slot, from, to);
}

int match_keyword(struct scan *s, const struct keyword_hit *hit)
{
	const struct scanner *sc = s->sc;
	int r = 0;

	for (uint32_t i = sc->first[hit->word];
	     !r && i < sc->first[hit->word + 1]; i++)
		r = match_slot(s, &sc->slots[sc->of[i]], hit->off,
			       keyword_len(sc->words, hit->word));
	return r;
}

int match_always(struct scan *s, size_t from, size_t to)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->sc->nalways; i++) {
		const struct slot *slot = &s->sc->slots[s->sc->always[i]];
		struct seen *seen = &s->seen[slot->index];
		size_t at = from;

		if (!slot_applies(s, slot))
			continue;
		if (seen->resume > s->base + (off_t)at)
			at = (size_t)(seen->resume - s->base);
		if (at < to)
			r = search(s, slot, at, to);
	}
	return r;
}
