/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/mask_rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/filekind.h"
#include "scan/mask_make.h"

/* Either each of n bytes is of one (n == len), or they are of all together. */
struct rewrite_piece {
	size_t at, n, off, len;
};

int rewrite_add(struct rewrite *rw, const char *text, size_t n, size_t off,
		size_t len)
{
	struct rewrite_piece *last = rw->n ? &rw->at[rw->n - 1] : NULL;

	if (!n)
		return 0;
	buf_add(&rw->text, text, n);
	if (buf_oom(&rw->text))
		return -ENOMEM;
	if (last && last->n == last->len && n == len &&
	    last->off + last->len == off && last->at + last->n + n ==
	    rw->text.len) {
		last->n += n;
		last->len += n;
		return 0;
	}
	if (rw->n == rw->cap) {
		size_t cap = rw->cap ? 2 * rw->cap : 64;
		struct rewrite_piece *at = realloc(rw->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		rw->at = at;
		rw->cap = cap;
	}
	rw->at[rw->n++] = (struct rewrite_piece){ rw->text.len - n, n, off, len };
	return 0;
}

void rewrite_release(struct rewrite *rw)
{
	buf_wipe(&rw->text);
	free(rw->at);
	rw->at = NULL;
	rw->n = rw->cap = 0;
}

/* The first piece that ends after off. */
static size_t piece_at(const struct rewrite *rw, size_t off)
{
	size_t lo = 0, hi = rw->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (rw->at[mid].at + rw->at[mid].n <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int rewrite_span(const struct rewrite *rw, size_t off, size_t len, size_t *from,
		 size_t *to)
{
	size_t end = off + len;
	int any = 0;

	for (size_t i = piece_at(rw, off); i < rw->n && rw->at[i].at < end; i++) {
		const struct rewrite_piece *p = &rw->at[i];
		size_t a = off > p->at ? off - p->at : 0;
		size_t b = end < p->at + p->n ? end - p->at : p->n;

		/* what was put in is of nothing */
		if (!p->len)
			continue;
		if (p->n != p->len) {
			a = 0;
			b = p->len;
		}
		if (!any || p->off + a < *from)
			*from = p->off + a;
		if (!any || p->off + b > *to)
			*to = p->off + b;
		any = 1;
	}
	return any;
}

/* ========== escapes ========== */

static const struct {
	const char *start, *end;
	size_t most;		/* digits; fewer only where there is an end */
	int base;
} escapes[] = {
	{ "\\u{", "}", 6, 16 },
	{ "\\u", "", 4, 16 },
	{ "\\U", "", 8, 16 },
	{ "\\x", "", 2, 16 },
	{ "&#x", ";", 6, 16 },
	{ "&#X", ";", 6, 16 },
	{ "&#", ";", 7, 10 },
};

static int digit(char c, int base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return base == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Those that end a string stay as they are. */
static int may_stand(unsigned long c)
{
	return c > 0x20 && c < 0x7f && !strchr("\"'`\\", (int)c);
}

/* Most that look like the begin of one are none of the table above. */
static int may_escape(const char *s, const char *end)
{
	return end - s > 2 && (*s == '&' ? s[1] == '#' :
			       s[1] == 'u' || s[1] == 'U' || s[1] == 'x');
}

/* The length of an escape at s, for the character *c; or 0. */
static size_t escape_at(const char *s, const char *end, char *c)
{
	if (!may_escape(s, end))
		return 0;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		size_t n = strlen(escapes[i].start), k = 0;
		size_t tail = strlen(escapes[i].end);
		unsigned long value = 0;

		if ((size_t)(end - s) < n || memcmp(s, escapes[i].start, n))
			continue;
		while (k < escapes[i].most && s + n + k < end &&
		       digit(s[n + k], escapes[i].base) >= 0) {
			value = value * (unsigned long)escapes[i].base +
				(unsigned long)digit(s[n + k], escapes[i].base);
			k++;
		}
		if (!k || (!tail && k != escapes[i].most) ||
		    (size_t)(end - s) < n + k + tail ||
		    memcmp(s + n + k, escapes[i].end, tail) ||
		    !may_stand(value))
			continue;
		*c = (char)value;
		return n + k + tail;
	}
	return 0;
}

/* ========== lines ========== */

struct line {
	const char *s, *end;	/* end: with the newline */
};

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* The next backslash and ampersand, each looked for once. */
struct marks {
	const char *slash, *amp, *end;
};

static const char *find_char(const char *s, const char *end, char c)
{
	const char *at = memchr(s, c, (size_t)(end - s));

	return at ? at : end;
}

static const char *next_mark(struct marks *m, const char *s)
{
	if (m->slash < s)
		m->slash = find_char(s, m->end, '\\');
	if (m->amp < s)
		m->amp = find_char(s, m->end, '&');
	return m->slash < m->amp ? m->slash : m->amp;
}

/* Copies the line without escapes; 1 where there were some. */
static int plain_line(struct rewrite *rw, const char *start,
		      const struct line *l)
{
	struct marks m = { find_char(l->s, l->end, '\\'),
			   find_char(l->s, l->end, '&'), l->end };
	const char *from = l->s, *s = l->s;
	int any = 0, r = 0;

	while (!r && (s = next_mark(&m, s)) < l->end) {
		size_t n;
		char c;

		n = escape_at(s, l->end, &c);
		if (!n) {
			/* a backslash that is escaped begins nothing */
			s += *s == '\\' && s + 1 < l->end ? 2 : 1;
			continue;
		}
		r = rewrite_add(rw, from, (size_t)(s - from),
				(size_t)(from - start), (size_t)(s - from));
		if (!r)
			r = rewrite_add(rw, &c, 1, (size_t)(s - start), n);
		s += n;
		from = s;
		any = 1;
	}
	if (!r)
		r = rewrite_add(rw, from, (size_t)(l->end - from),
				(size_t)(from - start), (size_t)(l->end - from));
	return r ? r : any;
}

/* "? name" and, on the line below at the same indent, ": value". */
static int is_explicit_key(const struct line *key, const struct line *value)
{
	const char *a = skip_blanks(key->s, key->end);
	const char *b = skip_blanks(value->s, value->end);

	return a + 1 < key->end && *a == '?' && a[1] == ' ' &&
	       b < value->end && *b == ':' && a - key->s == b - value->s;
}

static int join_key(struct rewrite *rw, const char *start,
		    const struct line *key, const struct line *value)
{
	const char *mark = skip_blanks(key->s, key->end), *s = mark + 1;
	const char *sign = skip_blanks(value->s, value->end);
	struct line rest = { sign, value->end }, name;
	int r;

	s = skip_blanks(s, key->end);
	name = (struct line){ s, key->end };
	while (name.end > s && strchr(" \t\r\n", name.end[-1]))
		name.end--;
	r = rewrite_add(rw, key->s, (size_t)(mark - key->s),
			(size_t)(key->s - start), (size_t)(mark - key->s));
	if (r >= 0)
		r = plain_line(rw, start, &name);
	if (r >= 0)
		r = plain_line(rw, start, &rest);
	return r < 0 ? r : 1;
}

/* [a.b.name], [[name]]: keeps the last part where it tells of a secret. */
static int take_section(struct rewrite *rw, const struct line *l)
{
	const char *s = skip_blanks(l->s, l->end), *end, *name;
	size_t len;

	if (s == l->end || *s != '[')
		return 0;
	rw->section_len = 0;
	end = memchr(s, ']', (size_t)(l->end - s));
	if (!end)
		return 1;
	while (end > s && strchr(" \t\"'", end[-1]))
		end--;
	for (name = end; name > s && !strchr("[. \t\"':/", name[-1]);)
		name--;
	len = (size_t)(end - name);
	if (!len || len >= sizeof(rw->section) || !mask_is_telling(name, len))
		return 1;
	/* as one of them would be called */
	if (name[len - 1] == 's' && mask_is_telling(name, len - 1))
		len--;
	memcpy(rw->section, name, len);
	rw->section_len = len;
	return 1;
}

/* name = value below such a section: once more, with the section's name. */
static int under_section(struct rewrite *rw, const char *start,
			 const struct line *l)
{
	const char *sign = memchr(l->s, '=', (size_t)(l->end - l->s));
	const char *s = skip_blanks(l->s, l->end);
	struct line rest = { sign, l->end };
	int r;

	if (!sign || s == sign || strchr("#;", *s))
		return 0;
	r = rewrite_add(rw, rw->section, rw->section_len, 0, 0);
	if (!r)
		r = rewrite_add(rw, " ", 1, 0, 0);
	if (!r)
		r = plain_line(rw, start, &rest);
	return r < 0 ? r : 1;
}

static struct line line_at(const char *s, const char *end)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));

	return (struct line){ s, nl ? nl + 1 : end };
}

static int has_escape(const char *s, const char *end, char start)
{
	char c;

	for (; (s = memchr(s, start, (size_t)(end - s))); s++)
		if (escape_at(s, end, &c))
			return 1;
	return 0;
}

/* 1 where a line begins with one of what, which may stand behind blanks. */
static int has_line(const char *s, const char *end, char what)
{
	for (const char *p = s; (p = memchr(p, what, (size_t)(end - p))); p++) {
		const char *from = p;

		while (from > s && (from[-1] == ' ' || from[-1] == '\t'))
			from--;
		if (from == s || from[-1] == '\n')
			return 1;
	}
	return 0;
}

/* Most texts are left at that. */
static int may_change(const struct rewrite *rw, const char *s, const char *end)
{
	return has_escape(s, end, '\\') || has_escape(s, end, '&') ||
	       has_line(s, end, '?') ||
	       (rw->sections && (rw->section_len || has_line(s, end, '[')));
}

static int rewrite_lines(struct rewrite *rw, const char *s, const char *end)
{
	struct line l, next = line_at(s, end);
	int any = 0, r = 0;

	while (r >= 0 && next.s < end) {
		l = next;
		next = line_at(l.end, end);
		if (next.s < end && is_explicit_key(&l, &next)) {
			r = join_key(rw, s, &l, &next);
			next = line_at(next.end, end);
		} else {
			r = plain_line(rw, s, &l);
		}
		any |= r > 0;
		if (r < 0 || !rw->sections || take_section(rw, &l) ||
		    !rw->section_len)
			continue;
		r = under_section(rw, s, &l);
		any |= r > 0;
	}
	return r < 0 ? r : any;
}

int rewrite(struct rewrite *rw, const char *s, size_t len)
{
	int any = 0, r = 0;

	buf_wipe(&rw->text);
	rw->n = 0;
	if (may_change(rw, s, s + len))
		any = rewrite_lines(rw, s, s + len);
	if (!any) {
		buf_wipe(&rw->text);
		rw->n = 0;
	}
	if (any >= 0)
		r = rewrite_base64(rw, s, len);
	return any < 0 ? any : r < 0 ? r : any | r;
}

int rewrite_strings(struct rewrite *rw, const char *s, size_t len)
{
	static const char codes[] = "\"n\\t/", plain[] = "\"\n\\\t/";
	const char *from = s, *end = s + len, *at = s;
	int r = 0;

	buf_wipe(&rw->text);
	rw->n = 0;
	while (!r && at < end) {
		const char *code = at + 1 < end && *at == '\\' && at[1] ?
				   strchr(codes, at[1]) : NULL;
		size_t n = code ? 2 : 1;

		if (!code && *at != '"') {
			at += *at == '\\' && at + 1 < end ? 2 : 1;
			continue;
		}
		r = rewrite_add(rw, from, (size_t)(at - from),
				(size_t)(from - s), (size_t)(at - from));
		if (!r)
			r = rewrite_add(rw, code ? &plain[code - codes] : "\n",
					1, (size_t)(at - s), n);
		at += n;
		from = at;
	}
	return r ? r : rewrite_add(rw, from, (size_t)(end - from),
				   (size_t)(from - s), (size_t)(end - from));
}

int mask_has_sections(const char *path)
{
	enum filekind k = filekind_of(path);

	return k == FILE_CONFIG || k == FILE_OTHER;
}
