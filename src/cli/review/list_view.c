/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/review/review.h"

#define NAME_AT 6		/* columns before a name, at depth 0 */

static const char marks[] = {
	[CHOICE_NONE] = ' ', [CHOICE_TAKE] = 'y', [CHOICE_LEAVE] = 'n',
	[CHOICE_PART] = '~',
};

/* Of a directory: what all of it has, or '~' where that differs. */
static char dir_mark(const struct review *v, const struct row *w)
{
	int have = -1;

	for (size_t i = w->from; i < w->to; i++) {
		if (v->c->consumed[i] || (rows_is_danger(v->c, i) && !w->danger))
			continue;
		if (have >= 0 && v->state[i] != have)
			return '~';
		have = v->state[i];
	}
	return have < 0 ? ' ' : marks[have];
}

static void size_text(unsigned long long bytes, char *out, size_t size)
{
	static const char units[] = "BKMGTP";
	size_t i = 0;
	double n = (double)bytes;

	for (; n >= 1000 && units[i + 1]; i++)
		n /= 1024;
	snprintf(out, size, i ? "%.1f%c" : "%.0f%c", n, units[i]);
}

static int risk_of_row(const struct review *v, const struct row *w)
{
	return w->is_dir && w->danger ? RISK_HARD : w->delta == ROW_NONE ? -1 :
	       risk_level_of(v->c->classes[w->delta]);
}

static int row_style(const struct review *v, const struct row *w)
{
	int level = risk_of_row(v, w);

	if (level == RISK_HARD)
		return STYLE_HARD;
	if (level == RISK_ASK)
		return STYLE_ASK;
	return w->is_dir ? STYLE_BOLD : STYLE_PLAIN;
}

static char risk_mark(const struct review *v, const struct row *w)
{
	int level = risk_of_row(v, w);

	return level == RISK_HARD ? '#' : level == RISK_ASK ? '!' :
	       rows_is_ignored(v->c, w) ? 'i' : level == RISK_NOTE ? '.' : ' ';
}

static unsigned long long bytes_below(const struct review *v,
				      const struct row *w)
{
	unsigned long long n = 0;

	for (size_t i = w->from; i < w->to; i++) {
		const struct delta *d = &v->c->list.at[i];
		const struct stat *st = d->kind == DELTA_DELETE ? &d->base :
								  &d->st;

		if (S_ISREG(st->st_mode))
			n += (unsigned long long)st->st_size;
	}
	return n;
}

/* What stands at the right: a count of what is folded, or a size. */
static void right_text(const struct review *v, const struct row *w, char *out,
		       size_t size)
{
	const struct delta *d;
	char bytes[16];

	*out = '\0';
	if (w->is_dir && w->open) {
		snprintf(out, size, "%zu", w->below);
		return;
	}
	if (w->is_dir) {
		size_text(bytes_below(v, w), bytes, sizeof(bytes));
		snprintf(out, size, "%zu  %s", w->below, bytes);
		return;
	}
	d = &v->c->list.at[w->delta];
	if (d->kind != DELTA_DELETE && S_ISREG(d->st.st_mode))
		size_text((unsigned long long)d->st.st_size, out, size);
}

static void paint_name(struct review *v, const struct row *w, int y, int x,
		       int max, int style)
{
	const struct delta *d = w->delta == ROW_NONE ? NULL :
				&v->c->list.at[w->delta];
	const char *name = w->path + w->skip;
	int len = (int)(w->len - w->skip), cols, skip;

	/* The end of a name tells more than its beginning. */
	cols = screen_put(v->screen, y, x, 0, 0, style, name, (size_t)len);
	skip = cols > max && max > 1 ? cols - max + 1 : 0;
	if (skip) {
		screen_puts(v->screen, y, x, max, style, "<");
		x++;
		max--;
	}
	screen_put(v->screen, y, x, max, skip, style, name, (size_t)len);
	if (skip || w->is_dir || !d || cols >= max)
		return;
	if (changes_is_dir(d)) {
		screen_puts(v->screen, y, x + cols, max - cols, style, "/");
	} else if (d->kind == DELTA_RENAME && cols + 4 < max) {
		screen_puts(v->screen, y, x + cols, max - cols, STYLE_DIM,
			    " <- ");
		screen_puts(v->screen, y, x + cols + 4, max - cols - 4,
			    STYLE_DIM, d->origin);
	}
}

static void paint_row(struct review *v, const struct box *b, int line, size_t i)
{
	const struct row *w = &v->rows.at[i];
	int y = b->y + line, style = row_style(v, w), at, max;
	char left[8], right[32];
	int indent = (int)(w->depth > 12 ? 12 : w->depth);

	snprintf(left, sizeof(left), "%c%c%c%c", i == v->list.cursor ? '>' : ' ',
		 w->is_dir ? dir_mark(v, w) : marks[(int)v->state[w->delta]],
		 risk_mark(v, w), w->delta == ROW_NONE ? ' ' :
		 (char)v->c->list.at[w->delta].kind);
	screen_puts(v->screen, y, b->x, b->cols, style, left);
	at = NAME_AT + indent;
	if (w->is_dir)
		screen_puts(v->screen, y, b->x + at - 1, 1, STYLE_DIM,
			    w->open ? "-" : "+");
	right_text(v, w, right, sizeof(right));
	max = b->cols - at - (int)strlen(right) - 2;
	paint_name(v, w, y, b->x + at, max, style);
	screen_puts(v->screen, y, b->x + b->cols - (int)strlen(right) - 1,
		    (int)strlen(right), STYLE_DIM, right);
	if (i == v->list.cursor && v->focus == PANE_LIST)
		screen_mark(v->screen, y, b->x, b->cols);
}

void paint_list(struct review *v, const struct box *b)
{
	view_follow(&v->list, v->rows.n, b->lines);
	for (int i = 0; i < b->lines; i++)
		if (v->list.top + (size_t)i < v->rows.n)
			paint_row(v, b, i, v->list.top + (size_t)i);
	if (!v->rows.n)
		screen_puts(v->screen, b->y, b->x + 1, b->cols - 1, STYLE_DIM,
			    "no changes");
}
