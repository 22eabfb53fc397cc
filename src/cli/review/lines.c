/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/review/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct line *add(struct lines *l, enum line_kind kind, size_t hunk)
{
	struct line *at = l->at;

	if (l->n == l->cap) {
		at = realloc(l->at, (2 * l->cap + 64) * sizeof(*at));
		if (!at) {
			l->oom = 1;
			return NULL;
		}
		l->at = at;
		l->cap = 2 * l->cap + 64;
	}
	at += l->n++;
	*at = (struct line){ .kind = kind, .hunk = hunk, .left = LINE_NONE,
			     .right = LINE_NONE };
	return at;
}

static void __attribute__((format(printf, 4, 5)))
say(struct lines *l, enum line_kind kind, size_t hunk, const char *fmt, ...)
{
	struct line *at = add(l, kind, hunk);
	va_list ap;

	if (!at)
		return;
	va_start(ap, fmt);
	if (vasprintf(&at->text, fmt, ap) < 0) {
		at->text = NULL;
		l->oom = 1;
	}
	va_end(ap);
}

/* ========== What it is ========== */

static const char *type_name(mode_t mode)
{
	static const struct {
		mode_t type;
		const char *name;
	} names[] = {
		{ S_IFREG, "file" },   { S_IFDIR, "directory" },
		{ S_IFLNK, "link" },   { S_IFIFO, "pipe" },
		{ S_IFSOCK, "socket" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((mode & S_IFMT) == names[i].type)
			return names[i].name;
	return "device";
}

/* ", 12 bytes" of a file. */
static const char *size_of(const struct stat *st, char *out, size_t size)
{
	*out = '\0';
	if (S_ISREG(st->st_mode))
		snprintf(out, size, ", %lld bytes", (long long)st->st_size);
	return out;
}

static void head(struct lines *l, const struct delta *d)
{
	mode_t was = d->base.st_mode, is = d->st.st_mode;
	char a[40], b[40];

	switch (d->kind) {
	case DELTA_ADD:
		say(l, LINE_HEAD, LINE_NONE, "new %s, mode %04o%s",
		    type_name(is), (unsigned)is & 07777,
		    size_of(&d->st, a, sizeof(a)));
		break;
	case DELTA_DELETE:
		say(l, LINE_HEAD, LINE_NONE, "%s removed%s",
		    type_name(was), size_of(&d->base, a, sizeof(a)));
		break;
	case DELTA_RENAME:
		say(l, LINE_HEAD, LINE_NONE, "%s renamed from %s",
		    type_name(is), d->origin);
		break;
	case DELTA_TYPE:
		say(l, LINE_HEAD, LINE_NONE, "%s in place of a %s",
		    type_name(is), type_name(was));
		break;
	case DELTA_MODIFY:
		size_of(&d->base, a, sizeof(a));
		size_of(&d->st, b, sizeof(b));
		say(l, LINE_HEAD, LINE_NONE, "%s changed%s%s%s", type_name(is),
		    a, *a ? " ->" : "", *a && *b ? b + 1 : b);
		break;
	}
	if (d->flags & DELTA_MODE)
		say(l, LINE_HEAD, LINE_NONE, "mode %04o -> %04o",
		    (unsigned)was & 07777, (unsigned)is & 07777);
	if (d->symlink)
		say(l, LINE_HEAD, LINE_NONE, "link to %s", d->symlink);
	if (d->link_to)
		say(l, LINE_HEAD, LINE_NONE, "another name of %s", d->link_to);
	for (size_t i = 0; i < d->n_also; i++)
		say(l, LINE_HEAD, LINE_NONE, "also %s, another name of it",
		    d->also[i]);
}

static const struct {
	unsigned flag;
	const char *text;
} remarks[] = {
	{ DELTA_OWNER, "its owner or group changed" },
	{ DELTA_XATTR, "extended attributes changed; apply leaves them" },
	{ DELTA_BASE_MOVED, "you have changed it since; apply will merge" },
	{ DELTA_MASKED, "secrets are masked; apply puts them back" },
	{ DELTA_SHADOW, "a protected file of yours has this name" },
	{ DELTA_KEEPS, "stays: protected files are in it" },
};

static void about(struct lines *l, const struct delta *d,
		  const struct risk *risk)
{
	head(l, d);
	for (size_t i = 0; i < risk->n; i++) {
		say(l, LINE_RISK, LINE_NONE, "%s: %s",
		    risk_classes[risk->at[i].class].name, risk->at[i].why);
		l->at[l->n - 1].class = risk->at[i].class;
	}
	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++)
		if (d->flags & remarks[i].flag)
			say(l, LINE_NOTE, LINE_NONE, "%s", remarks[i].text);
}

static void why_no_hunks(struct lines *l, const struct choose *c)
{
	const struct diff_pair *p = &c->pair;

	if (c->hunks.state == HUNKS_BINARY)
		say(l, LINE_NOTE, LINE_NONE, "binary, not shown: taken or left"
		    " as a whole");
	else if (c->hunks.state == HUNKS_TOO_BIG || p->new.state == -EFBIG ||
		 p->old.state == -EFBIG)
		say(l, LINE_NOTE, LINE_NONE, "too large to be shown: taken or"
		    " left as a whole");
	else if (p->new.state || p->old.state)
		say(l, LINE_NOTE, LINE_NONE, "cannot be read: %s",
		    strerror(-(p->new.state ? p->new.state : p->old.state)));
	else if (c->pair.kind == DELTA_DELETE && p->old.text.len)
		say(l, LINE_NOTE, LINE_NONE, "taken or left as a whole");
}

/* ========== Hunks ========== */

static void comments(struct lines *l, const struct choose *c,
		     const struct choice *k, size_t hunk, size_t line)
{
	const struct diff_line *t = &c->hunks.lines[line];
	int old = t->origin == '-';
	const char *said = choice_comment_at(k, old ? '-' : '+',
					     old ? t->old_no : t->new_no);

	if (said) {
		say(l, LINE_COMMENT, hunk, "%s", said);
		if (!l->oom)
			l->at[l->n - 1].left = l->at[l->n - 1].right = line;
	}
}

static void text_line(struct lines *l, size_t hunk, size_t left, size_t right)
{
	struct line *at = add(l, LINE_TEXT, hunk);

	if (!at)
		return;
	at->left = left;
	at->right = right;
}

/* Lines of a run of '-' and the '+' after it, side by side. */
static size_t wide_run(struct lines *l, const struct choose *c,
		       const struct choice *k, size_t hunk, size_t i,
		       size_t end)
{
	const struct diff_line *t = c->hunks.lines;
	size_t minus = i, plus, stop;

	while (i < end && t[i].origin == '-')
		i++;
	plus = stop = i;
	while (stop < end && t[stop].origin == '+')
		stop++;
	for (size_t a = minus, b = plus; a < plus || b < stop; a++, b++) {
		text_line(l, hunk, a < plus ? a : LINE_NONE,
			  b < stop ? b : LINE_NONE);
		if (a < plus)
			comments(l, c, k, hunk, a);
		if (b < stop)
			comments(l, c, k, hunk, b);
	}
	return stop;
}

static void hunk_lines(struct lines *l, const struct choose *c,
		       const struct choice *k, size_t hunk, int flags)
{
	const struct diff_hunk *h = &c->hunks.at[hunk];
	size_t end = h->first + h->n;

	add(l, LINE_HUNK, hunk);
	for (size_t i = h->first; i < end;) {
		if (flags & LINES_WIDE && c->hunks.lines[i].origin != ' ') {
			i = wide_run(l, c, k, hunk, i, end);
			continue;
		}
		text_line(l, hunk, i, i);
		comments(l, c, k, hunk, i);
		i++;
	}
}

/* Nothing in it can be chosen: it is there to save reading the whole file. */
static void like_lines(struct lines *l, const struct hunks *h)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct diff_hunk *at = &h->at[i];

		say(l, LINE_NOTE, LINE_NONE, "@@ -%u,%u +%u,%u @@",
		    at->old_start, at->old_lines, at->new_start, at->new_lines);
		for (size_t k = at->first; k < at->first + at->n; k++) {
			const struct diff_line *t = &h->lines[k];
			int len = (int)(t->len && t->text[t->len - 1] == '\n' ?
					t->len - 1 : t->len);

			say(l, t->origin == '-' ? LINE_OLD : t->origin == '+' ?
			    LINE_NEW : LINE_SAME, LINE_NONE, "%c%.*s",
			    t->origin, len, t->text);
		}
	}
	if (h->n)
		say(l, LINE_NOTE, LINE_NONE, "and as a whole:");
}

int lines_make(struct lines *l, const struct delta *d, const struct risk *risk,
	       const struct lines_more *more,
	       const struct choose *c, const struct choice *k, int flags)
{
	const char *said = choice_comment_at(k, '+', 0);

	lines_release(l);
	about(l, d, risk);
	for (size_t i = 0; more->notes[i]; i++)
		say(l, LINE_NOTE, LINE_NONE, "%s", more->notes[i]);
	if (c->lost)
		say(l, LINE_NOTE, LINE_NONE, "its lines were chosen before, but"
		    " the text is another by now");
	if (!c->hunks.n)
		why_no_hunks(l, c);
	if (said)
		say(l, LINE_COMMENT, LINE_NONE, "%s", said);
	if (more->like)
		like_lines(l, more->like);
	for (size_t i = 0; i < c->hunks.n; i++)
		hunk_lines(l, c, k, i, flags);
	return l->oom ? -ENOMEM : 0;
}

void lines_release(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].text);
	free(l->at);
	memset(l, 0, sizeof(*l));
}

size_t lines_partner(const struct choose *c, size_t hunk, size_t line)
{
	const struct diff_hunk *h = &c->hunks.at[hunk];
	const struct diff_line *t = c->hunks.lines;
	size_t first = line, minus, plus, end;

	if (t[line].origin == ' ')
		return LINE_NONE;
	while (first > h->first && t[first - 1].origin == '+' &&
	       t[first].origin == '+')
		first--;
	if (t[first].origin == '+' && first > h->first &&
	    t[first - 1].origin == '-')
		first--;
	while (first > h->first && t[first - 1].origin == '-')
		first--;
	for (minus = first; minus < h->first + h->n && t[minus].origin == '-';)
		minus++;
	for (end = minus; end < h->first + h->n && t[end].origin == '+';)
		end++;
	plus = minus;
	/* Runs of different length are not the same lines changed. */
	if (plus - first != end - plus)
		return LINE_NONE;
	return line < plus ? plus + (line - first) : first + (line - plus);
}
