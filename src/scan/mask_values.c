/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/confirm.h"
#include "scan/fold.h"
#include "scan/mask_make.h"

/* ========== dotenv ========== */

struct dotenv {
	struct place_list *out;
	const struct rule *rule;
	const char *start;
	int result;
};

static int add(struct dotenv *d, const char *s, size_t len)
{
	struct place p = { .off = s - d->start, .len = len, .width = 1,
			   .rule = d->rule };

	if (!d->result)
		d->result = place_add(d->out, &p);
	return d->result;
}

static size_t blanks(const char *s, const char *end)
{
	size_t n = 0;

	while (s + n < end && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n;
}

static int is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr("_.-[]:", c);
}

/* Where the value of "export NAME = value" begins in the line; or NULL. */
static const char *find_value(const char *s, const char *end)
{
	size_t n = 0;

	s += blanks(s, end);
	if (end - s > 7 && !memcmp(s, "export", 6) && blanks(s + 6, end))
		s += 6 + blanks(s + 6, end);
	while (s + n < end && s[n] && is_name(s[n]))
		n++;
	if (!n)
		return NULL;
	s += n;
	s += blanks(s, end);
	if (s == end || *s != '=')
		return NULL;
	s++;
	return s + blanks(s, end);
}

/* Past the quote that closes the one at s, over lines; or NULL. */
static const char *close_quote(const char *s, const char *end)
{
	char quote = *s++;

	for (; s < end; s++) {
		if (*s == '\\' && quote != '\'' && s + 1 < end)
			s++;
		else if (*s == quote)
			return s;
	}
	return NULL;
}

/* A value without quotes ends before white space and a comment. */
static size_t bare_length(const char *s, const char *end)
{
	size_t n = 0;

	while (s + n < end && !(n && s[n] == '#' &&
				(s[n - 1] == ' ' || s[n - 1] == '\t')))
		n++;
	while (n && strchr(" \t\r", s[n - 1]))
		n--;
	return n;
}

/* Returns where to go on: beyond a quoted value, or NULL for the next line. */
static const char *mask_value(struct dotenv *d, const char *s,
			      const char *eol, const char *end)
{
	const char *close = NULL;

	if (s < eol && strchr("\"'`", *s))
		close = close_quote(s, end);
	if (!close) {
		add(d, s, bare_length(s, eol));
		return NULL;
	}
	add(d, s + 1, (size_t)(close - s - 1));
	return close + 1;
}

static const char *mask_line(struct dotenv *d, const char *s, const char *eol,
			     const char *end)
{
	const char *value, *text = s + blanks(s, eol);

	if (text < eol && *text == '#') {
		/* A setting that was commented out is still a secret. */
		while (text < eol && (*text == '#' || *text == ' '))
			text++;
		value = find_value(text, eol);
		if (value)
			add(d, value, bare_length(value, eol));
		return NULL;
	}
	value = find_value(s, eol);
	if (value)
		return mask_value(d, value, eol, end);
	/* Neither a comment nor a setting: rather hidden than understood. */
	add(d, text, bare_length(text, eol));
	return NULL;
}

int mask_dotenv(struct place_list *out, const struct rule *rule,
		const char *s, size_t len)
{
	struct dotenv d = { out, rule, s, 0 };
	const char *at = s, *end = s + len;

	if (len > 2 && !memcmp(at, "\xef\xbb\xbf", 3))
		at += 3;
	while (at < end && !d.result) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		const char *eol = nl ? nl : end;
		const char *more = mask_line(&d, at, eol, end);

		if (more) {
			nl = memchr(more, '\n', (size_t)(end - more));
			eol = nl ? nl : end;
			/* What follows a closing quote, but for a comment. */
			more += blanks(more, eol);
			if (more < eol && *more != '#')
				add(&d, more, bare_length(more, eol));
		}
		at = nl ? nl + 1 : end;
	}
	return d.result;
}

int mask_is_dotenv(const char *path)
{
	static const char *const parts[] = { ".env", ".dev.vars", ".envrc",
					     ".flaskenv" };
	struct folded f;
	const char *name;
	size_t len;
	int yes = 0;

	if (fold_path(&f, path, strlen(path)) || !f.n)
		return 0;
	name = f.part[f.n - 1].s;
	len = f.part[f.n - 1].len;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t n = strlen(parts[i]);

		yes |= len >= n && (!memcmp(name, parts[i], n) ||
				    !memcmp(name + len - n, parts[i], n));
	}
	/* Those written in another format. */
	if (len > 5 && (!memcmp(name + len - 5, ".yaml", 5) ||
			!memcmp(name + len - 5, ".json", 5)))
		yes = 0;
	if (len > 4 && !memcmp(name + len - 4, ".yml", 4))
		yes = 0;
	fold_release(&f);
	return yes;
}

/* ========== other files ========== */

static int mask_pattern(struct place_list *out, const struct rule *rule,
			const char *name, struct pattern_scratch *m,
			const char *s, size_t len)
{
	struct pattern_span at[3];
	struct pattern *p = NULL;
	size_t from = 0;
	int r;

	r = pattern_new(&p, confirm_pattern(name), PATTERN_LAZY, NULL);
	while (!r && (r = pattern_find(p, m, s, len, from, at, 3)) > 0) {
		int g = at[1].start == PATTERN_UNSET ? 2 : 1;
		struct place place = { .off = (off_t)at[g].start, .width = 1,
				       .rule = rule };

		if (at[g].start == PATTERN_UNSET)
			g = 0;
		place.off = (off_t)at[g].start;
		place.len = at[g].end - at[g].start;
		from = at[0].end > from ? at[0].end : from + 1;
		r = place_add(out, &place);
	}
	pattern_free(p);
	return r;
}

int mask_values(struct place_list *out, const struct rule *rule,
		const char *s, size_t len)
{
	static const char *const names[] = { "secret-value", "export-secret",
					     "xml-secret", "url-password" };
	struct pattern_scratch *m = NULL;
	int r;

	r = pattern_scratch_new(&m);
	for (size_t i = 0; !r && i < sizeof(names) / sizeof(names[0]); i++)
		r = mask_pattern(out, rule, names[i], m, s, len);
	pattern_scratch_free(m);
	if (!r)
		r = mask_markup(out, rule, s, len);
	return r ? r : mask_blocks(out, rule, s, len);
}
