/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitconf.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct parser {
	const char *p, *end;
	struct buf section, sub, key, value;
	int has_section, has_sub;
};

static int peek(const struct parser *c)
{
	return c->p < c->end ? (unsigned char)*c->p : '\n';
}

static void skip_blanks(struct parser *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

static void skip_line(struct parser *c)
{
	while (c->p < c->end && *c->p != '\n')
		c->p++;
}

static void add_lower(struct buf *b, int ch)
{
	buf_addch(b, (char)tolower(ch));
}

static int parse_sub(struct parser *c)
{
	skip_blanks(c);
	if (peek(c) != '"')
		return -EINVAL;
	for (c->p++; peek(c) != '"'; c->p++) {
		if (peek(c) == '\n')
			return -EINVAL;
		if (peek(c) == '\\')
			c->p++;
		if (peek(c) == '\n')
			return -EINVAL;
		buf_addch(&c->sub, (char)peek(c));
	}
	c->p++;
	c->has_sub = 1;
	return 0;
}

/* [section], [section "sub"], and the old [section.sub] */
static int parse_section(struct parser *c)
{
	buf_clear(&c->section);
	buf_clear(&c->sub);
	c->has_section = 1;
	c->has_sub = 0;
	for (c->p++; isalnum(peek(c)) || peek(c) == '-' || peek(c) == '.';
	     c->p++) {
		if (peek(c) == '.' && !c->has_sub)
			c->has_sub = 1;
		else
			add_lower(c->has_sub ? &c->sub : &c->section, peek(c));
	}
	if ((peek(c) == ' ' || peek(c) == '\t') && parse_sub(c))
		return -EINVAL;
	if (peek(c) != ']')
		return -EINVAL;
	c->p++;
	return 0;
}

/* After a backslash: 0 where the value goes on. */
static int parse_escape(struct parser *c)
{
	static const char from[] = "\"\\nt", to[] = "\"\\\n\t";
	const char *at;

	c->p++;
	if (c->p + 1 < c->end && c->p[0] == '\r' && c->p[1] == '\n')
		c->p++;
	if (peek(c) == '\n')
		return 0;
	at = strchr(from, peek(c));
	if (!at)
		return peek(c) == 'b' ? 0 : -EINVAL;
	buf_addch(&c->value, to[at - from]);
	return 0;
}

static int parse_value(struct parser *c)
{
	size_t keep = 0;
	int quoted = 0, ch;

	skip_blanks(c);
	for (; c->p < c->end && *c->p != '\n'; c->p++) {
		ch = peek(c);
		if (!quoted && (ch == '#' || ch == ';')) {
			skip_line(c);
			break;
		}
		if (ch == '"') {
			quoted = !quoted;
		} else if (ch == '\\') {
			if (parse_escape(c))
				return -EINVAL;
			keep = c->value.len;
			continue;
		} else if (ch != '\r' || quoted) {
			buf_addch(&c->value, (char)ch);
		}
		if (quoted || (ch != ' ' && ch != '\t' && ch != '\r'))
			keep = c->value.len;
	}
	if (quoted)
		return -EINVAL;
	buf_cut(&c->value, keep);
	return 0;
}

static int parse_variable(struct parser *c, gitconf_fn fn, void *payload)
{
	int has_value = 0;

	if (!c->has_section || !isalpha(peek(c)))
		return -EINVAL;
	buf_clear(&c->key);
	buf_clear(&c->value);
	for (; isalnum(peek(c)) || peek(c) == '-'; c->p++)
		add_lower(&c->key, peek(c));
	skip_blanks(c);
	if (peek(c) == '=') {
		has_value = 1;
		c->p++;
		if (parse_value(c))
			return -EINVAL;
	} else if (peek(c) == '#' || peek(c) == ';') {
		skip_line(c);
	} else if (peek(c) != '\n' && peek(c) != '\r') {
		return -EINVAL;
	}
	if (buf_oom(&c->key) || buf_oom(&c->value) || buf_oom(&c->section) ||
	    buf_oom(&c->sub))
		return -ENOMEM;
	return fn(payload, c->section.ptr, c->has_sub ? c->sub.ptr : NULL,
		  c->key.ptr, has_value ? c->value.ptr : NULL);
}

int gitconf_parse(const char *text, size_t len, gitconf_fn fn, void *payload)
{
	struct parser c = { .p = text, .end = text + len,
			    .section = BUF_INIT, .sub = BUF_INIT,
			    .key = BUF_INIT, .value = BUF_INIT };
	int r = 0;

	if (memchr(text, '\0', len))
		return -EINVAL;
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		c.p += 3;
	while (!r && c.p < c.end) {
		int ch = peek(&c);

		if (isspace(ch))
			c.p++;
		else if (ch == '#' || ch == ';')
			skip_line(&c);
		else if (ch == '[')
			r = parse_section(&c);
		else
			r = parse_variable(&c, fn, payload);
	}
	buf_release(&c.section);
	buf_release(&c.sub);
	buf_release(&c.key);
	buf_wipe(&c.value);
	return r;
}

struct wanted {
	const char *section, *key;
	struct buf value;
	int found;
};

static int take_wanted(void *payload, const char *section, const char *sub,
		       const char *key, const char *value)
{
	struct wanted *w = payload;

	if (sub || strcmp(section, w->section) || strcmp(key, w->key))
		return 0;
	buf_clear(&w->value);
	buf_addstr(&w->value, value ? value : "true");
	w->found = 1;
	return 0;
}

int gitconf_get(const char *text, size_t len, const char *section,
		const char *key, char **out)
{
	struct wanted w = { section, key, BUF_INIT, 0 };
	int r = gitconf_parse(text, len, take_wanted, &w);

	*out = NULL;
	if (!r && w.found) {
		*out = buf_take(&w.value);
		if (!*out)
			r = -ENOMEM;
	}
	buf_release(&w.value);
	return r;
}

static void add_quoted(struct buf *out, const char *s)
{
	buf_addch(out, '"');
	for (; *s; s++) {
		if (*s == '\n' || *s == '\t') {
			buf_addstr(out, *s == '\n' ? "\\n" : "\\t");
			continue;
		}
		if (*s == '"' || *s == '\\')
			buf_addch(out, '\\');
		buf_addch(out, *s);
	}
	buf_addch(out, '"');
}

void gitconf_add(struct buf *out, const char *key, const char *value)
{
	int plain = *value && !isspace((unsigned char)*value) &&
		    !strpbrk(value, "\"\\\n\t#;") &&
		    !isspace((unsigned char)value[strlen(value) - 1]);

	buf_addf(out, "\t%s = ", key);
	if (plain)
		buf_addstr(out, value);
	else
		add_quoted(out, value);
	buf_addch(out, '\n');
}

void gitconf_add_section(struct buf *out, const char *section, const char *sub)
{
	buf_addf(out, "[%s", section);
	if (sub) {
		buf_addch(out, ' ');
		add_quoted(out, sub);
	}
	buf_addstr(out, "]\n");
}
