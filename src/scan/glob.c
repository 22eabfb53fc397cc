/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/glob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

enum segment_kind {
	SEGMENT_LITERAL,
	SEGMENT_WILD,		/* text keeps its escapes */
	SEGMENT_DEPTH,		/* two stars: any number of components */
};

struct segment {
	enum segment_kind kind;
	char *text;
	size_t len;
};

struct glob {
	struct segment *seg;
	size_t n, tail;		/* so many come after the last SEGMENT_DEPTH */
	int below;
	struct glob_hint hint;
};

/* Length of the [...] at s, or 0 where it does not end. */
static size_t set_length(const char *s, size_t len)
{
	size_t i = 1;

	if (i < len && (s[i] == '!' || s[i] == '^'))
		i++;
	if (i < len && s[i] == ']')
		i++;
	for (; i < len; i++) {
		if (s[i] == '\\' && i + 1 < len)
			i++;
		else if (s[i] == ']')
			return i + 1;
	}
	return 0;
}

static int in_set(const char *s, size_t setlen, unsigned char c)
{
	const char *end = s + setlen - 1;
	int not = s[1] == '!' || s[1] == '^', in = 0;

	for (s += 1 + not; s < end; s++) {
		unsigned char lo, hi;

		if (*s == '\\' && s + 1 < end)
			s++;
		lo = hi = (unsigned char)*s;
		if (s + 2 < end && s[1] == '-') {
			s += 2;
			if (*s == '\\' && s + 1 < end)
				s++;
			hi = (unsigned char)*s;
		}
		in |= c >= lo && c <= hi;
	}
	return in != not;
}

/* Bytes of the character at s: '?' is one character, not one byte. */
static size_t char_length(const char *s, size_t len)
{
	char out[4];
	size_t n;

	return (signed char)*s >= 0 ? 1 : fold_char(s, len, out, &n);
}

/*
 * One step of a pattern without '*' at p against s: how far both move, or 0.
 */
static size_t step(const char *p, size_t plen, const char *s, size_t len,
		   size_t *eaten)
{
	size_t n;

	switch (*p) {
	case '?':
		*eaten = char_length(s, len);
		return 1;
	case '[':
		n = set_length(p, plen);
		*eaten = 1;
		return in_set(p, n, (unsigned char)*s) ? n : 0;
	case '\\':
		*eaten = 1;
		return plen > 1 && p[1] == *s ? 2 : 0;
	default:
		*eaten = 1;
		return *p == *s;
	}
}

static int match_wild(const char *p, size_t plen, const char *s, size_t len)
{
	const char *star = NULL, *again = NULL;
	size_t star_len = 0, again_len = 0, eaten, n;

	for (;;) {
		if (plen && *p == '*') {
			star = ++p;
			star_len = --plen;
			again = s;
			again_len = len;
			continue;
		}
		if (!len && !plen)
			return 1;
		n = plen && len ? step(p, plen, s, len, &eaten) : 0;
		if (n) {
			p += n;
			plen -= n;
			s += eaten;
			len -= eaten;
			continue;
		}
		if (!star || !again_len)
			return 0;
		s = ++again;
		len = --again_len;
		p = star;
		plen = star_len;
	}
}

static int match_segment(const struct segment *g, const char *s, size_t len)
{
	if (g->kind == SEGMENT_LITERAL)
		return g->len == len && !memcmp(g->text, s, len);
	return match_wild(g->text, g->len, s, len);
}

static int match_part(const struct segment *g, const struct folded *f,
		      size_t i)
{
	return match_segment(g, f->part[i].s, f->part[i].len);
}

/* All of the first n components: as match_wild, components for characters. */
static int match_all(const struct segment *seg, size_t count,
		     const struct folded *f, size_t n)
{
	size_t si = 0, ci = 0, star = count, again = 0;

	for (;;) {
		if (si < count && seg[si].kind == SEGMENT_DEPTH) {
			star = si++;
			again = ci;
		} else if (si == count && ci == n) {
			return 1;
		} else if (si < count && ci < n &&
			   match_part(&seg[si], f, ci)) {
			si++;
			ci++;
		} else if (star < count && again < n) {
			ci = ++again;
			si = star + 1;
		} else {
			return 0;
		}
	}
}

/* The last components, the last one first: mostly that is enough. */
int glob_match_tail(const struct glob *g, const struct folded *f, size_t n)
{
	if (n < g->tail)
		return 0;
	for (size_t i = 1; i <= g->tail; i++)
		if (!match_part(&g->seg[g->n - i], f, n - i))
			return 0;
	return 1;
}

size_t glob_split(const struct glob *g)
{
	return g->n - g->tail > 1 ? g->tail : 0;
}

int glob_match_head(const struct glob *g, const struct folded *f, size_t n)
{
	return match_all(g->seg, g->n - g->tail - 1, f, n);
}

int glob_match_whole(const struct glob *g, const struct folded *f, size_t n)
{
	if (!n || !glob_match_tail(g, f, n))
		return 0;
	if (g->tail == g->n)
		return n == g->n;
	return g->n - g->tail == 1 || match_all(g->seg, g->n, f, n);
}

int glob_match(const struct glob *g, const struct folded *f, size_t n)
{
	size_t least = g->below ? 1 : n;

	for (; n >= least && n > 0; n--)
		if (glob_match_whole(g, f, n))
			return 1;
	return 0;
}

int glob_match_name(const struct glob *g, const char *name)
{
	struct folded f;
	int yes;

	if (fold_path(&f, name, strlen(name)))
		return 1;
	yes = f.n == 1 && glob_match(g, &f, 1);
	fold_release(&f);
	return yes;
}

int glob_is_below(const struct glob *g)
{
	return g->below;
}

void glob_hint(const struct glob *g, struct glob_hint *out)
{
	*out = g->hint;
}

/* A character that was not special must not become so by folding. */
static void add_folded(struct buf *b, const char *s, size_t used, int escaped)
{
	char out[4];
	size_t n;

	fold_char(s, used, out, &n);
	for (size_t i = 0; i < n; i++) {
		if (strchr("*?[\\", out[i]) && (escaped || used > 1))
			buf_addch(b, '\\');
		buf_addch(b, out[i]);
	}
}

/* The first bytes of s that are ASCII and nothing special, folded. */
static size_t add_plain(struct buf *b, const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (signed char)s[n] >= 0 && s[n] != '*' &&
	       s[n] != '?' && s[n] != '[' && s[n] != '\\')
		n++;
	buf_add(b, s, n);
	for (size_t i = b->len - n; !buf_oom(b) && i < b->len; i++)
		if (b->ptr[i] >= 'A' && b->ptr[i] <= 'Z')
			b->ptr[i] = (char)(b->ptr[i] | 0x20);
	return n;
}

static int fold_segment(struct segment *g, const char *s, size_t len,
			struct err *err)
{
	struct buf b = BUF_INIT;
	size_t used;

	g->kind = SEGMENT_LITERAL;
	for (size_t i = 0; i < len; i += used) {
		int escaped = s[i] == '\\';

		used = add_plain(&b, s + i, len - i);
		if (used)
			continue;
		if (escaped && ++i == len) {
			buf_release(&b);
			return err_set(err, -EINVAL, "ends in a backslash");
		}
		if (!escaped && s[i] == '[' && !set_length(s + i, len - i)) {
			buf_release(&b);
			return err_set(err, -EINVAL, "'[' without a ']'");
		}
		if (!escaped && strchr("*?[", s[i]))
			g->kind = SEGMENT_WILD;
		used = char_length(s + i, len - i);
		add_folded(&b, s + i, used, escaped);
	}
	g->len = b.len;
	g->text = buf_take(&b);
	return g->text ? 0 : err_set(err, -ENOMEM, "out of memory");
}

/* A literal is compared with trimmed names, so it is trimmed as they are. */
static int unescape(struct segment *g)
{
	struct folded f;
	size_t n = 0;

	for (size_t i = 0; i < g->len; i++) {
		if (g->text[i] == '\\')
			i++;
		g->text[n++] = g->text[i];
	}
	if (fold_path(&f, g->text, n))
		return -ENOMEM;
	g->len = f.len;
	memcpy(g->text, f.s, f.len);
	fold_release(&f);
	return 0;
}

static int add_segment(struct glob *g, const char *s, size_t len,
		       struct err *err)
{
	struct segment *seg = &g->seg[g->n];
	int r;

	if (!len)
		return err_set(err, -EINVAL, "two slashes in a row");
	if ((len == 1 && *s == '.') || (len == 2 && !memcmp(s, "..", 2)))
		return err_set(err, -EINVAL, "'.' and '..' are in no path");
	g->n++;
	g->tail++;
	if (len == 2 && !memcmp(s, "**", 2)) {
		seg->kind = SEGMENT_DEPTH;
		g->tail = 0;
		return 0;
	}
	r = fold_segment(seg, s, len, err);
	if (!r && seg->kind == SEGMENT_LITERAL && unescape(seg))
		r = err_set(err, -ENOMEM, "out of memory");
	return r;
}

static int add_segments(struct glob *g, const char *s, size_t len,
			struct err *err)
{
	while (len) {
		const char *slash = memchr(s, '/', len);
		size_t n = slash ? (size_t)(slash - s) : len;
		int r = add_segment(g, s, n, err);

		if (r)
			return r;
		n += slash != NULL;
		s += n;
		len -= n;
	}
	if (!g->n || g->seg[g->n - 1].kind == SEGMENT_DEPTH)
		return err_set(err, -EINVAL, "it would match everything");
	return 0;
}

static void make_hint(struct glob *g)
{
	const struct segment *last = &g->seg[g->n - 1];
	size_t i, end;

	g->hint.whole = last->kind == SEGMENT_LITERAL;
	if (g->hint.whole) {
		g->hint.prefix = g->hint.suffix = last->text;
		g->hint.prefix_len = g->hint.suffix_len = last->len;
		return;
	}
	/* Only plain characters at both ends: escapes and sets end them. */
	for (i = 0; i < last->len && !strchr("*?[\\", last->text[i]); i++)
		;
	for (end = last->len; end > i &&
	     !strchr("*?[]\\", last->text[end - 1]); end--)
		;
	if (end > 0 && last->text[end - 1] == '\\' && end < last->len)
		end++;
	g->hint.prefix = last->text;
	g->hint.prefix_len = i;
	g->hint.suffix = last->text + end;
	g->hint.suffix_len = last->len - end;
}

static int build(struct glob *g, const char *s, struct err *err)
{
	size_t len = strlen(s), most = 2;
	int anchored = 0;

	for (size_t i = 0; i < len; i++)
		most += s[i] == '/';
	g->seg = calloc(most, sizeof(*g->seg));
	if (!g->seg)
		return err_set(err, -ENOMEM, "out of memory");
	while (len > 1 && (s[len - 1] == '/' ||
			   (len > 3 && !memcmp(s + len - 3, "/**", 3)))) {
		g->below = 1;
		/* As in git: a slash anchors, but the last one. */
		anchored |= s[len - 1] != '/';
		len -= s[len - 1] == '/' ? 1 : 3;
	}
	anchored |= memchr(s, '/', len) != NULL;
	if (*s == '/') {
		s++;
		len--;
	}
	if (!anchored)
		g->seg[g->n++].kind = SEGMENT_DEPTH;
	return add_segments(g, s, len, err);
}

int glob_new(struct glob **out, const char *glob, struct err *err)
{
	struct glob *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return err_set(err, -ENOMEM, "out of memory");
	r = build(g, glob, err);
	if (r) {
		err_wrap(err, "glob '%.80s'", glob);
		glob_free(g);
	} else {
		make_hint(g);
		*out = g;
	}
	return r;
}

void glob_free(struct glob *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->seg[i].text);
	free(g->seg);
	free(g);
}
