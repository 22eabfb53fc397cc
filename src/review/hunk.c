/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/hunk.h"

#include <errno.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>

static size_t count_lines(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	size_t n = 0;

	while (p < end) {
		p = memchr(p, '\n', (size_t)(end - p));
		n++;
		if (!p)
			break;
		p++;
	}
	return n;
}

int hunks_is_binary(const char *text, size_t len)
{
	return len && memchr(text, 0, len < HUNK_SNIFF ? len : HUNK_SNIFF);
}

static int too_big(const char *text, size_t len)
{
	return len > HUNK_MAX_BYTES || count_lines(text, len) > HUNK_MAX_LINES;
}

static int take_line(struct hunks *h, const git_diff_line *from)
{
	struct diff_line *l = &h->lines[h->n_lines];

	if (!strchr(" -+", from->origin))
		return 0;	/* remarks on a missing newline */
	l->origin = from->origin;
	l->old_no = from->old_lineno > 0 ? (unsigned)from->old_lineno : 0;
	l->new_no = from->new_lineno > 0 ? (unsigned)from->new_lineno : 0;
	h->added += l->origin == '+';
	h->removed += l->origin == '-';
	h->n_lines++;
	return 1;
}

static int take_hunk(struct hunks *h, git_patch *p, size_t i)
{
	struct diff_hunk *to = &h->at[h->n++];
	const git_diff_hunk *from;
	const git_diff_line *line;
	size_t n;

	if (git_patch_get_hunk(&from, &n, p, i))
		return -EIO;
	to->old_start = (unsigned)from->old_start;
	to->old_lines = (unsigned)from->old_lines;
	to->new_start = (unsigned)from->new_start;
	to->new_lines = (unsigned)from->new_lines;
	to->first = h->n_lines;
	for (size_t j = 0; j < n; j++) {
		if (git_patch_get_line_in_hunk(&line, p, i, j))
			return -EIO;
		to->n += (size_t)take_line(h, line);
	}
	return 0;
}

/* Lets the lines of one side point at their text, walking it once. */
static void point_lines(struct hunks *h, const char *text, size_t len, int side)
{
	const char *p = text, *end = text + len, *nl;
	unsigned no = 1;

	for (size_t i = 0; i < h->n_lines; i++) {
		struct diff_line *l = &h->lines[i];
		unsigned want = side == '-' ? l->old_no : l->new_no;

		if (l->origin != side && !(side == '-' && l->origin == ' '))
			continue;
		for (; no < want && p < end; no++) {
			nl = memchr(p, '\n', (size_t)(end - p));
			p = nl ? nl + 1 : end;
		}
		nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
		l->text = p;
		l->len = (size_t)((nl ? nl + 1 : end) - p);
	}
}

static int compare(struct hunks *h, unsigned context)
{
	git_diff_options opts;
	size_t n, c, a, d;
	git_patch *p = NULL;
	int r = 0;

	if (git_diff_options_init(&opts, GIT_DIFF_OPTIONS_VERSION))
		return -EIO;
	opts.context_lines = context;
	opts.flags |= GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
	if (git_patch_from_buffers(&p, h->old, h->old_len, NULL, h->new,
				   h->new_len, NULL, &opts))
		return -EIO;
	n = git_patch_num_hunks(p);
	if (git_patch_line_stats(&c, &a, &d, p)) {
		r = -EIO;
		goto out;
	}
	h->lines = calloc(c + a + d + 1, sizeof(*h->lines));
	h->at = calloc(n + 1, sizeof(*h->at));
	if (!h->lines || !h->at)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < n; i++)
		r = take_hunk(h, p, i);
out:
	git_patch_free(p);
	return r;
}

int hunks_make(struct hunks *out, const char *old, size_t old_len,
	       const char *new, size_t new_len, unsigned context, int flags)
{
	struct hunks h = { .old = old ? old : "", .new = new ? new : "",
			   .old_len = old_len, .new_len = new_len };
	int r = 0;

	if (too_big(h.old, old_len) || too_big(h.new, new_len))
		h.state = HUNKS_TOO_BIG;
	if (!(flags & HUNKS_FORCE_TEXT) && (hunks_is_binary(h.old, old_len) ||
					    hunks_is_binary(h.new, new_len)))
		h.state = HUNKS_BINARY;
	if (h.state == HUNKS_TEXT) {
		git_libgit2_init();
		r = compare(&h, context);
	}
	if (r) {
		hunks_release(&h);
		return r;
	}
	point_lines(&h, h.old, h.old_len, '-');
	point_lines(&h, h.new, h.new_len, '+');
	*out = h;
	return 0;
}

void hunks_release(struct hunks *h)
{
	for (size_t i = 0; i < h->n_edits; i++)
		free(h->edits[i]);
	free(h->edits);
	free(h->lines);
	free(h->at);
	memset(h, 0, sizeof(*h));
}

void hunk_choose(struct hunks *h, size_t i, int chosen)
{
	struct diff_hunk *k = &h->at[i];

	for (size_t j = 0; j < k->n; j++)
		h->lines[k->first + j].chosen = chosen != 0;
}

int hunk_chosen(const struct hunks *h, size_t i)
{
	const struct diff_hunk *k = &h->at[i];
	size_t yes = 0, all = 0;

	for (size_t j = 0; j < k->n; j++) {
		const struct diff_line *l = &h->lines[k->first + j];

		if (l->origin == ' ')
			continue;
		all++;
		yes += l->chosen;
	}
	return yes == all ? 1 : yes ? -1 : 0;
}

void hunks_choose_all(struct hunks *h, int chosen)
{
	for (size_t i = 0; i < h->n; i++)
		hunk_choose(h, i, chosen);
}

void hunk_text(const struct hunks *h, size_t i, struct buf *out)
{
	const struct diff_hunk *k = &h->at[i];

	for (size_t j = 0; j < k->n; j++) {
		const struct diff_line *l = &h->lines[k->first + j];

		buf_addch(out, l->origin);
		buf_add(out, l->text, l->len);
		if (!l->len || l->text[l->len - 1] != '\n')
			buf_addch(out, '\n');
	}
}

/* A line that is not the last needs its end. */
static void end_line(struct buf *out, size_t start)
{
	if (out->len > start && out->ptr[out->len - 1] != '\n')
		buf_addch(out, '\n');
}

struct place {
	const char *p;		/* into old */
	unsigned no;		/* number of the line there */
};

/* Copies old lines from at up to line no. */
static void copy_old(const struct hunks *h, struct place *at, unsigned no,
		     struct buf *out, size_t start)
{
	const char *end = h->old + h->old_len, *from = at->p, *nl;

	for (; at->no < no && at->p < end; at->no++) {
		nl = memchr(at->p, '\n', (size_t)(end - at->p));
		at->p = nl ? nl + 1 : end;
	}
	if (at->p > from)
		end_line(out, start);
	buf_add(out, from, (size_t)(at->p - from));
}

static void build_line(const struct diff_line *l, struct place *at,
		       struct buf *out, size_t start)
{
	int keep = l->origin == ' ' || (l->origin == '+') == l->chosen;

	if (keep) {
		end_line(out, start);
		buf_add(out, l->text, l->len);
	}
	if (l->origin != '+') {
		at->p = l->text + l->len;
		at->no = l->old_no + 1;
	}
}

int hunks_build(const struct hunks *h, struct buf *out)
{
	struct place at = { h->old, 1 };
	size_t start = out->len;

	for (size_t i = 0; i < h->n; i++) {
		const struct diff_hunk *k = &h->at[i];

		copy_old(h, &at, k->old_start + !k->old_lines, out, start);
		for (size_t j = 0; j < k->n; j++)
			build_line(&h->lines[k->first + j], &at, out, start);
	}
	copy_old(h, &at, HUNK_MAX_LINES + 1, out, start);
	return buf_oom(out) ? -ENOMEM : 0;
}
