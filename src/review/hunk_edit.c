/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/hunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 1 where a part may end after line j: unchanged, and a change comes later. */
static int cut_after(const struct hunks *h, const struct diff_hunk *k, size_t j)
{
	const struct diff_line *l = h->lines + k->first;
	int before = 0, after = 0;

	if (l[j].origin != ' ' || j + 1 >= k->n || l[j + 1].origin == ' ')
		return 0;
	for (size_t i = 0; i < j; i++)
		before |= l[i].origin != ' ';
	for (size_t i = j + 1; i < k->n; i++)
		after |= l[i].origin != ' ';
	return before && after;
}

static void fill_part(const struct hunks *h, struct diff_hunk *part,
		      size_t first, size_t end, unsigned old_at, unsigned new_at)
{
	memset(part, 0, sizeof(*part));
	part->first = first;
	part->n = end - first;
	for (size_t i = first; i < end; i++) {
		part->old_lines += h->lines[i].origin != '+';
		part->new_lines += h->lines[i].origin != '-';
	}
	part->old_start = part->old_lines ? old_at : old_at - 1;
	part->new_start = part->new_lines ? new_at : new_at - 1;
}

int hunk_split(struct hunks *h, size_t i, size_t *parts)
{
	struct diff_hunk k = h->at[i], *at;
	unsigned old_at = k.old_lines ? k.old_start : k.old_start + 1;
	unsigned new_at = k.new_lines ? k.new_start : k.new_start + 1;
	size_t n = 1, first = k.first, to = i;

	for (size_t j = 0; j < k.n; j++)
		n += (size_t)cut_after(h, &k, j);
	*parts = n;
	if (n == 1)
		return 0;
	at = realloc(h->at, (h->n + n) * sizeof(*at));
	if (!at)
		return -ENOMEM;
	h->at = at;
	memmove(at + i + n, at + i + 1, (h->n - i - 1) * sizeof(*at));
	h->n += n - 1;
	for (size_t j = 0; j < k.n; j++) {
		if (j + 1 < k.n && !cut_after(h, &k, j))
			continue;
		fill_part(h, &at[to], first, k.first + j + 1, old_at, new_at);
		old_at += at[to].old_lines;
		new_at += at[to].new_lines;
		first = k.first + j + 1;
		to++;
	}
	return 0;
}

struct edit {
	struct diff_line *lines;
	size_t n;
	size_t next;		/* old lines of the hunk that were seen */
};

static int same_text(const struct diff_line *l, const char *text, size_t len)
{
	size_t n = l->len;

	if (n && l->text[n - 1] == '\n')
		n--;
	return n == len && !memcmp(l->text, text, len);
}

/* Takes one edited line; text is without its '\n', which follows it. */
static int edit_line(const struct hunks *h, const struct diff_hunk *k,
		     struct edit *e, const char *text, size_t len)
{
	char origin = len ? *text : ' ';
	struct diff_line *to = &e->lines[e->n];

	if (origin == '#')
		return 0;
	if (len) {
		text++;
		len--;
	}
	if (origin == '+') {
		*to = (struct diff_line){ .origin = '+', .chosen = 1,
					  .text = text, .len = len + 1 };
		e->n++;
		return 0;
	}
	while (e->next < k->n && h->lines[k->first + e->next].origin == '+')
		e->next++;
	if ((origin != ' ' && origin != '-') || e->next >= k->n ||
	    !same_text(&h->lines[k->first + e->next], text, len))
		return -EINVAL;
	*to = h->lines[k->first + e->next++];
	to->origin = origin;
	to->chosen = origin == '-';
	e->n++;
	return 0;
}

static int old_lines_left(const struct hunks *h, const struct diff_hunk *k,
			  const struct edit *e)
{
	for (size_t i = e->next; i < k->n; i++)
		if (h->lines[k->first + i].origin != '+')
			return 1;
	return 0;
}

static int read_edit(const struct hunks *h, const struct diff_hunk *k,
		     struct edit *e, const char *text, size_t len,
		     struct err *err)
{
	const char *p = text, *end = text + len;
	int no = 1;

	for (; p < end; no++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		if (edit_line(h, k, e, p, (size_t)(nl - p)))
			return err_set(err, -EINVAL, "line %d of the edited hunk"
				       " is not a line of the file; only lines"
				       " with '+' may be changed or added", no);
		p = nl + 1;
	}
	if (old_lines_left(h, k, e))
		return err_set(err, -EINVAL, "the edited hunk lacks lines of the"
			       " file; to keep a '-' line put a space in front"
			       " instead of deleting it");
	return 0;
}

/* If old ended without a newline at this hunk, an added last line may too. */
static void keep_missing_eol(const struct hunks *h, const struct diff_hunk *k,
			     struct edit *e)
{
	const char *end = h->new + h->new_len;
	struct diff_line *last = e->n ? &e->lines[e->n - 1] : NULL;

	if (!last || last->origin != '+' || !h->new_len || end[-1] == '\n')
		return;
	for (size_t i = 0; i < k->n; i++) {
		const struct diff_line *l = &h->lines[k->first + i];

		if (l->origin == '+' && l->text + l->len == end)
			last->len--;
	}
}

static int put_edit(struct hunks *h, size_t i, struct edit *e)
{
	struct diff_hunk *k = &h->at[i];
	size_t tail = h->n_lines - k->first - k->n;
	size_t n = k->first + e->n + tail;
	struct diff_line *lines = calloc(n + 1, sizeof(*lines));
	long shift = (long)e->n - (long)k->n;

	if (!lines)
		return -ENOMEM;
	memcpy(lines, h->lines, k->first * sizeof(*lines));
	memcpy(lines + k->first, e->lines, e->n * sizeof(*lines));
	memcpy(lines + k->first + e->n, h->lines + k->first + k->n,
	       tail * sizeof(*lines));
	free(h->lines);
	h->lines = lines;
	h->n_lines = n;
	k->n = e->n;
	for (size_t j = i + 1; j < h->n; j++)
		h->at[j].first = (size_t)((long)h->at[j].first + shift);
	return 0;
}

/* New numbers follow from the order of the lines once a hunk has changed. */
static void renumber(struct hunks *h)
{
	long shift = 0;

	h->added = h->removed = 0;
	for (size_t i = 0; i < h->n; i++) {
		struct diff_hunk *k = &h->at[i];
		unsigned old_at = k->old_lines ? k->old_start : k->old_start + 1;
		unsigned at = (unsigned)((long)old_at + shift), no = at;

		for (size_t j = k->first; j < k->first + k->n; j++) {
			struct diff_line *l = &h->lines[j];

			l->new_no = l->origin == '-' ? 0 : no++;
			h->added += l->origin == '+';
			h->removed += l->origin == '-';
		}
		k->new_lines = no - at;
		k->new_start = k->new_lines ? at : at - 1;
		shift += (long)k->new_lines - (long)k->old_lines;
	}
}

static size_t count_room(const char *text, size_t len)
{
	size_t n = 2;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

int hunk_edit(struct hunks *h, size_t i, const char *text, size_t len,
	      struct err *err)
{
	char **edits = realloc(h->edits, (h->n_edits + 1) * sizeof(*edits));
	struct edit e = { NULL, 0, 0 };
	char *copy = malloc(len + 2);
	int r;

	if (edits)
		h->edits = edits;
	e.lines = calloc(count_room(text, len), sizeof(*e.lines));
	if (!edits || !copy || !e.lines) {
		r = err_set(err, -ENOMEM, "out of memory");
		goto out;
	}
	memcpy(copy, text, len);
	if (len && copy[len - 1] != '\n')
		copy[len++] = '\n';
	copy[len] = '\0';
	r = read_edit(h, &h->at[i], &e, copy, len, err);
	if (r)
		goto out;
	keep_missing_eol(h, &h->at[i], &e);
	r = put_edit(h, i, &e);
	if (r)
		goto out;
	h->edits[h->n_edits++] = copy;
	copy = NULL;
	renumber(h);
out:
	free(e.lines);
	free(copy);
	return r;
}
