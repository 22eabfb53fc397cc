/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gitleaks.h"

#define WAYS_MAX 64
#define DEPTH_MAX 16

/* In a way that the pattern can match, besides what globs have: */
#define ANYTHING '\1'	/* .* */
#define BEGIN '\2'	/* ^ */
#define END '\3'	/* $ */

struct source {
	const char *p;
	int depth;
};

static int parse_ways(struct source *s, struct strlist *out);

/* Each of a with each of b. */
static int multiply(struct strlist *a, const struct strlist *b)
{
	struct strlist all = STRLIST_INIT;
	int r = a->n * b->n > WAYS_MAX ? -ENOTSUP : 0;

	for (size_t i = 0; !r && i < a->n; i++)
		for (size_t k = 0; !r && k < b->n; k++) {
			struct buf both = BUF_INIT;

			buf_addf(&both, "%s%s", a->at[i], b->at[k]);
			r = buf_oom(&both) ? -ENOMEM :
				strlist_add(&all, both.ptr);
			buf_release(&both);
		}
	strlist_release(a);
	*a = all;
	return r;
}

static int add_char(struct strlist *out, char c)
{
	char text[3] = { '\\', c, '\0' };

	return strlist_add(out, strchr("*?[]\\", c) ? text : text + 1);
}

/* [^/], [^\/]: the rest of it, or NULL. */
static const char *no_slash(const char *p)
{
	if (!strncmp(p, "[^/]", 4))
		return p + 4;
	return !strncmp(p, "[^\\/]", 5) ? p + 5 : NULL;
}

static int parse_any(struct source *s, struct strlist *out, const char *many)
{
	if (*s->p != '*' && *s->p != '+')
		return strlist_add(out, "?");
	/* "+" of anything is one character, and then anything */
	if (*s->p++ == '+') {
		struct buf b = BUF_INIT;
		int r;

		buf_addf(&b, "?%s", many);
		r = buf_oom(&b) ? -ENOMEM : strlist_add(out, b.ptr);
		buf_release(&b);
		return r;
	}
	return strlist_add(out, many);
}

static int parse_group(struct source *s, struct strlist *out)
{
	int r;

	if (++s->depth > DEPTH_MAX)
		return -ENOTSUP;
	if (!strncmp(s->p, "?:", 2))
		s->p += 2;
	else if (*s->p == '?')
		return -ENOTSUP;
	r = parse_ways(s, out);
	if (!r && *s->p++ != ')')
		r = -ENOTSUP;
	s->depth--;
	return r;
}

/* [ab], [a-z0-9]: as a glob has it. */
static int parse_class(struct source *s, struct strlist *out)
{
	size_t n = strspn(s->p, "abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	struct buf b = BUF_INIT;
	int r;

	if (!n || s->p[n] != ']')
		return -ENOTSUP;
	buf_addf(&b, "[%.*s]", (int)n, s->p);
	r = buf_oom(&b) ? -ENOMEM : strlist_add(out, b.ptr);
	buf_release(&b);
	s->p += n + 1;
	return r;
}

static int parse_atom(struct source *s, struct strlist *out)
{
	static const char any[] = { ANYTHING, '\0' };
	static const char begin[] = { BEGIN, '\0' }, end[] = { END, '\0' };
	const char *rest = no_slash(s->p);
	char c = *s->p++;

	if (rest) {
		s->p = rest;
		return parse_any(s, out, "*");
	}
	if (c == '(' && !strncmp(s->p, "?i)", 3)) {
		s->p += 3;
		return strlist_add(out, "");
	}
	switch (c) {
	case '(':
		return parse_group(s, out);
	case '.':
		return parse_any(s, out, any);
	case '^':
		return strlist_add(out, begin);
	case '$':
		return strlist_add(out, end);
	case '\\':
		c = *s->p++;
		if (!c || strchr("abBdDsSwWzAQEpPCnrtfvx0123456789", c))
			return -ENOTSUP;
		break;
	case '[':
		return parse_class(s, out);
	case ']': case '{': case '}': case '*': case '+': case '?':
		return -ENOTSUP;
	default:
		break;
	}
	return add_char(out, c);
}

static int parse_way(struct source *s, struct strlist *out)
{
	int r = strlist_add(out, "");

	while (!r && *s->p && *s->p != '|' && *s->p != ')') {
		struct strlist atom = STRLIST_INIT;

		r = parse_atom(s, &atom);
		if (!r && *s->p == '?') {
			s->p++;
			r = strlist_add(&atom, "");
		} else if (!r && *s->p && strchr("*+{", *s->p)) {
			r = -ENOTSUP;
		}
		if (!r)
			r = multiply(out, &atom);
		strlist_release(&atom);
	}
	return r;
}

static int parse_ways(struct source *s, struct strlist *out)
{
	int r;

	for (;;) {
		struct strlist way = STRLIST_INIT;

		r = parse_way(s, &way);
		for (size_t i = 0; !r && i < way.n; i++)
			r = strlist_add(out, way.at[i]);
		strlist_release(&way);
		if (!r && out->n > WAYS_MAX)
			r = -ENOTSUP;
		if (r || *s->p != '|')
			return r;
		s->p++;
	}
}

static int add_once(struct strlist *out, const struct buf *glob)
{
	if (buf_oom(glob))
		return -ENOMEM;
	return strlist_has(out, glob->ptr) ? 0 : strlist_add(out, glob->ptr);
}

/* "a.*b" as a*b, or with directories between as a* and *b below it. */
static void add_body(struct buf *to, const char *s, size_t len, int deep)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != ANYTHING)
			buf_addch(to, s[i]);
		else
			buf_addstr(to, deep ? "*/**/*" : "*");
}

static int to_glob(const char *way, int deep, struct strlist *out)
{
	size_t len = strlen(way), n = 0;
	struct buf glob = BUF_INIT;
	int open, r;

	while (*way == BEGIN && (way[1] == BEGIN || way[1] == ANYTHING))
		way++, len--;
	if (*way == BEGIN) {
		way++, len--;
		buf_addstr(&glob, "/");
	} else if (*way == '/') {
		way++, len--;
		buf_addstr(&glob, "**/");
	} else {
		buf_addstr(&glob, "**/*");
		n = (size_t)(*way == ANYTHING);
	}
	open = !len || way[len - 1] != END;
	while (len > n && (way[len - 1] == END || way[len - 1] == ANYTHING))
		open |= way[--len] == ANYTHING;
	if (memchr(way, BEGIN, len) || memchr(way, END, len))
		r = -ENOTSUP;
	else {
		add_body(&glob, way + n, len - n, deep);
		if (open && len && way[len - 1] != '/')
			buf_addch(&glob, '*');
		r = add_once(out, &glob);
		/* What lies below it has the same text in its path. */
		if (!r && open && len && way[len - 1] != '/') {
			buf_addch(&glob, '/');
			r = add_once(out, &glob);
		}
	}
	buf_release(&glob);
	return r;
}

int gitleaks_globs(const char *regex, struct strlist *out)
{
	struct source s = { regex, 0 };
	struct strlist ways = STRLIST_INIT;
	int r = parse_ways(&s, &ways);

	if (!r && *s.p)
		r = -ENOTSUP;
	for (size_t i = 0; !r && i < ways.n; i++) {
		r = to_glob(ways.at[i], 0, out);
		if (!r && strchr(ways.at[i], ANYTHING))
			r = to_glob(ways.at[i], 1, out);
	}
	strlist_release(&ways);
	return r;
}
