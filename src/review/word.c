/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/word.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "review/hunk.h"

static int class_of(char c)
{
	if (isspace((unsigned char)c))
		return 1;
	if (isalnum((unsigned char)c) || c == '_' || (unsigned char)c > 0x7f)
		return 2;
	return 0;
}

static size_t word_len(const char *p, const char *end)
{
	int k = class_of(*p);
	size_t n = 1;

	while (k && p + n < end && class_of(p[n]) == k)
		n++;
	return n;
}

/* One word a line; a newline or NUL in a word becomes a byte that stands for it. */
static void encode(struct buf *out, const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	while (p < end) {
		size_t n = word_len(p, end);

		for (size_t i = 0; i < n; i++)
			buf_addch(out, p[i] == '\n' ? '\v' : p[i]);
		buf_addch(out, '\n');
		p += n;
	}
}

static void add_word(struct words *w, char origin, const char *text, size_t len)
{
	struct word *last = w->n ? &w->at[w->n - 1] : NULL;

	if (last && last->origin == origin && last->text + last->len == text)
		last->len += len;
	else
		w->at[w->n++] = (struct word){ origin, text, len };
}

int words_make(struct words *out, const char *old, size_t old_len,
	       const char *new, size_t new_len)
{
	const char *p = old, *q = new;
	struct words w = { NULL, 0 };
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct hunks h = { .n = 0 };
	int r;

	encode(&a, old, old_len);
	encode(&b, new, new_len);
	r = buf_oom(&a) || buf_oom(&b) ? -ENOMEM : 0;
	if (!r)
		r = hunks_make(&h, a.ptr, a.len, b.ptr, b.len, HUNK_MAX_LINES,
			       HUNKS_FORCE_TEXT);
	if (!r)
		w.at = calloc(h.n_lines + 2, sizeof(*w.at));
	if (!r && !w.at)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < h.n_lines; i++) {
		size_t len = h.lines[i].len - 1;
		char origin = h.lines[i].origin;

		add_word(&w, origin, origin == '+' ? q : p, len);
		p += origin == '+' ? 0 : len;
		q += origin == '-' ? 0 : len;
	}
	if (!r && !h.n_lines && old_len)	/* equal, or too big to compare */
		add_word(&w, h.state == HUNKS_TEXT ? ' ' : '-', old, old_len);
	if (!r && h.state != HUNKS_TEXT && new_len)
		add_word(&w, '+', new, new_len);
	hunks_release(&h);
	buf_release(&a);
	buf_release(&b);
	if (r) {
		words_release(&w);
		return r;
	}
	*out = w;
	return 0;
}

void words_release(struct words *w)
{
	free(w->at);
	w->at = NULL;
	w->n = 0;
}
