/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "scan/assign.h"
#include "scan/detect.h"
#include "scan/filekind.h"
#include "scan/name.h"
#include "scan/scanner.h"
#include "scan/value.h"
#include "scan/wordy.h"

#define MARKS "\"'`*"	/* around a name or a value in prose */

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int is_mark(char c)
{
	return c && strchr(MARKS, c);
}

/* What counts in a value without an operator: how its characters are mixed. */
struct mix {
	size_t small, large, digits, other;
};

static void mix_of(const char *v, size_t len, struct mix *m)
{
	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < len; i++)
		if (islower((unsigned char)v[i]))
			m->small++;
		else if (isupper((unsigned char)v[i]))
			m->large++;
		else if (isdigit((unsigned char)v[i]))
			m->digits++;
		else
			m->other++;
}

/* PBKDF2-SHA256, RFC4648, ed25519: what is told of a password, not one. */
static int is_algorithm(const char *v, size_t len)
{
	static const char *const names[] = {
		"sha", "md5", "aes", "rsa", "pbkdf", "hmac", "rfc", "utf",
		"base64", "x509", "25519", "bcrypt", "argon", "scrypt",
		"oauth", "cve-", "issue",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t at = 0; at + strlen(names[i]) <= len; at++)
			if (!strncasecmp(v + at, names[i], strlen(names[i])))
				return 1;
	return 0;
}

/* A file, a host, a version, an address: letters after a dot, or but digits. */
static int is_place(const char *v, size_t len)
{
	const char *dot = memrchr(v, '.', len);
	size_t end = dot ? (size_t)(v + len - dot) - 1 : 0, n = 0;

	if (memchr("/.~-$<{%([\\&@:#=|", v[0], 17) || memmem(v, len, "://", 3))
		return 1;
	while (end && n < end && isalpha((unsigned char)dot[1 + n]))
		n++;
	return (end && n == end && end < 6) ||
	       (len > 2 && isdigit((unsigned char)v[v[0] == 'v']) && dot);
}

int detect_is_version(const char *v, size_t len)
{
	size_t i = 0, dots = 0;

	while (i < len && memchr("^~><=v ", v[i], 7))
		i++;
	if (i == len || !isdigit((unsigned char)v[i]) || len > 24)
		return 0;
	for (; i < len && (isdigit((unsigned char)v[i]) || v[i] == '.'); i++)
		dots += v[i] == '.';
	return dots && (i == len || memchr("-+ ,|", v[i], 5));
}

/* Letters that do not follow each other in words. */
static int is_jumble(const char *v, size_t len)
{
	return wordy_surprise(v, len) >= 52;
}

int detect_looks_made(const char *v, size_t len)
{
	enum value_kind kind;
	struct mix m;
	int jumble;

	if (len < 8 || len > 200 || is_place(v, len) || is_algorithm(v, len))
		return 0;
	kind = value_judge(v, len);
	mix_of(v, len, &m);
	if (kind == VALUE_RANDOM)
		return m.digits && m.small + m.large >= 3 && len >= 10;
	jumble = len >= 10 && m.digits && is_jumble(v, len);
	if ((kind != VALUE_CHOSEN && kind != VALUE_WORDS) ||
	    (m.digits < 2 && !jumble) || m.small + m.large < 4 ||
	    memchr(v, '/', len))
		return 0;
	/* worker-node-02 */
	return m.large || jumble || (m.other && !memchr(v, '-', len) &&
			   !memchr(v, '_', len) && !memchr(v, '.', len)) ||
	       m.digits >= 3;
}

/* Of a sentence more is asked: it is full of names with a number. */
static int stands_out(const char *v, size_t len)
{
	struct mix m;

	mix_of(v, len, &m);
	return m.digits >= 2 && m.small &&
	       (m.large || m.other || (len >= 12 && is_jumble(v, len)));
}

/* The word at p, without marks and what ends a sentence; 0 where it is none. */
static int take_word(struct scan *s, size_t p, size_t to, struct assign *a)
{
	const char *t = s->text;
	size_t marks = 0, end;

	while (p < to && is_mark(t[p]) && marks < 2)
		p++, marks++;
	for (end = p; end < to && !is_blank(t[end]) && t[end] != '\r' &&
	     !(marks && is_mark(t[end]));)
		end++;
	if (marks && (end >= to || !is_mark(t[end])))
		return 0;
	a->value = p;
	while (!marks && end > p && memchr(".,;:)", t[end - 1], 5))
		end--;
	a->value_len = end - p;
	return a->value_len > 0;
}

/* Nothing but marks and the ends of sentences from p to the end of the line. */
static int ends_line(struct scan *s, size_t p, size_t to)
{
	while (p < to && (isspace((unsigned char)s->text[p]) ||
			  strchr(MARKS ".,;)\\", s->text[p])))
		p++;
	return p >= to;
}

/* Only plain words and numbers before the name: neighbor 10.0.0.2 password X */
static int is_directive(struct scan *s, size_t from, size_t name)
{
	size_t words = 0;

	for (size_t p = from; p < name; p++) {
		char c = s->text[p];

		if (!isalnum((unsigned char)c) && !strchr(" \t-_.:@\"", c))
			return 0;
		words += is_blank(c) && p > from && !is_blank(s->text[p - 1]);
	}
	return words <= 8;
}

/* | NAME | value | */
static int take_cell(struct scan *s, size_t from, size_t p, size_t to,
		     struct assign *a)
{
	const char *t = s->text;
	size_t b = a->name, end;

	while (b > from && (is_blank(t[b - 1]) || is_mark(t[b - 1])))
		b--;
	if (b == from || t[b - 1] != '|' || p + 2 >= to || t[p + 1] == '|')
		return 0;
	for (p++; p < to && (is_blank(t[p]) || is_mark(t[p]));)
		p++;
	for (end = p; end < to && t[end] != '|';)
		end++;
	if (end >= to)
		return 0;
	while (end > p && (is_blank(t[end - 1]) || is_mark(t[end - 1])))
		end--;
	a->value = p;
	a->value_len = end - p;
	return end > p && !memchr(t + p, ' ', end - p);
}

/* Past "is", "is:" and "=" of a sentence; p itself where there is none. */
static size_t past_is(struct scan *s, size_t p, size_t to)
{
	size_t q = p;

	if (q + 3 >= to || strncasecmp(s->text + q, "is", 2))
		return p;
	q += 2;
	q += s->text[q] == ':';
	if (!is_blank(s->text[q]))
		return p;
	while (q < to && is_blank(s->text[q]))
		q++;
	return q;
}

/* The words of a line, in a kind of file where they can be a value. */
static int take_loose(struct scan *s, enum filekind kind, size_t from,
		      size_t to, struct assign *a, int *said)
{
	size_t i = a->name + a->name_len, p, q;
	int last;

	while (i < to && is_mark(s->text[i]))
		i++;
	for (p = i; p < to && is_blank(s->text[p]);)
		p++;
	if (p >= to)
		return 0;
	if (s->text[p] == '|')
		return *said = 1, take_cell(s, from, p, to, a);
	q = p > i ? past_is(s, p, to) : p;
	*said = q > p;
	if (p == i || !take_word(s, q, to, a))
		return 0;
	last = ends_line(s, a->value + a->value_len, to);
	if (*said)
		return 1;
	/* In quotes it is parted from what follows. */
	last |= a->value > p && strchr("\"`", s->text[p]);
	if (kind != FILE_DOC)
		return last && is_directive(s, from, a->name);
	return last && stands_out(s->text + a->value, a->value_len);
}

int detect_loose(struct scan *s, int kind, size_t from, size_t to,
		 struct assign *a)
{
	enum name_class c = name_classify(s->text + a->name, a->name_len);
	int said = 0;
	struct mix m;

	if (kind == FILE_CODE || kind == FILE_NOISE || c == NAME_OTHER ||
	    c == NAME_VAGUE)
		return 0;
	a->form = ASSIGN_LOOSE;
	if (!take_loose(s, (enum filekind)kind, from, to, a, &said) ||
	    !detect_looks_made(s->text + a->value, a->value_len))
		return 0;
	if (c == NAME_PASSWORD || (c == NAME_SECRET && kind != FILE_DOC))
		return c == NAME_PASSWORD || a->value_len >= 10;
	mix_of(s->text + a->value, a->value_len, &m);
	return said && a->value_len >= 20 && m.digits >= 2 &&
	       value_judge(s->text + a->value, a->value_len) == VALUE_RANDOM;
}
