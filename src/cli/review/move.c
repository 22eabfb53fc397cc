/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <strings.h>

#include "cli/review/keys.h"
#include "cli/review/review.h"

#define SIDE_STEP 8

static struct view *view_of(struct review *v)
{
	return v->focus == PANE_LIST ? &v->list : &v->diff;
}

static size_t rows_of(const struct review *v)
{
	return v->focus == PANE_LIST ? v->rows.n : v->lines.n;
}

static void move_by(struct review *v, long n)
{
	struct view *w = view_of(v);
	long to = (long)w->cursor + n, all = (long)rows_of(v);

	if (to >= all)
		to = all - 1;
	w->cursor = to > 0 ? (size_t)to : 0;
}

static long page(const struct review *v)
{
	struct box list, diff;
	int lines;

	paint_boxes(v, &list, &diff);
	lines = v->focus == PANE_LIST ? list.lines : diff.lines - 1;
	return lines > 2 ? lines - 1 : 1;
}

void move_down(struct review *v)
{
	move_by(v, 1);
}

void move_up(struct review *v)
{
	move_by(v, -1);
}

void move_page_down(struct review *v)
{
	move_by(v, page(v));
}

void move_page_up(struct review *v)
{
	move_by(v, -page(v));
}

void move_first(struct review *v)
{
	view_of(v)->cursor = 0;
}

void move_last(struct review *v)
{
	move_by(v, (long)rows_of(v));
}

/* ========== Panes ========== */

void move_pane(struct review *v)
{
	v->focus = v->focus == PANE_LIST ? PANE_DIFF : PANE_LIST;
	review_layout(v);
}

void move_zoom(struct review *v)
{
	v->zoomed = !v->zoomed;
	review_layout(v);
}

void move_wide(struct review *v)
{
	struct box list, diff;

	v->wide = !v->wide;
	review_layout(v);
	paint_boxes(v, &list, &diff);
	if (v->wide && !v->laid_wide)
		review_say(v, "side by side needs 100 columns for the diff; it"
			   " has %d", diff.cols);
}

void move_in(struct review *v)
{
	struct row *w = v->list.cursor < v->rows.n ?
			&v->rows.at[v->list.cursor] : NULL;

	if (v->focus == PANE_DIFF || !w)
		return;
	if (w->is_dir) {
		if (rows_toggle(&v->rows, v->list.cursor))
			review_say(v, "out of memory");
		return;
	}
	v->focus = PANE_DIFF;
	review_layout(v);
}

void move_out(struct review *v)
{
	size_t i = v->list.cursor;

	if (v->focus == PANE_DIFF) {
		v->focus = PANE_LIST;
		review_layout(v);
		return;
	}
	if (i >= v->rows.n)
		return;
	/* Up to the directory that it is in, which is then closed. */
	while (i && !v->rows.at[i].is_dir && v->rows.at[i].depth &&
	       !(v->rows.at[i - 1].is_dir &&
		 v->rows.at[i - 1].depth < v->rows.at[v->list.cursor].depth))
		i--;
	if (i && !v->rows.at[i].is_dir && v->rows.at[i].depth)
		i--;
	if (!v->rows.at[i].is_dir)
		return;
	v->list.cursor = i;
	if (v->rows.at[i].open)
		rows_toggle(&v->rows, i);
}

void move_left(struct review *v)
{
	v->sideways = v->sideways > SIDE_STEP ? v->sideways - SIDE_STEP : 0;
}

void move_right(struct review *v)
{
	v->sideways += SIDE_STEP;
}

/* ========== Hunks and files ========== */

static void to_hunk(struct review *v, long step)
{
	long at = (long)v->diff.cursor;

	for (at += step; at >= 0 && at < (long)v->lines.n; at += step)
		if (v->lines.at[at].kind == LINE_HUNK) {
			v->diff.cursor = (size_t)at;
			return;
		}
	review_say(v, step > 0 ? "this is the last hunk; ] goes to the next"
		   " file" : "this is the first hunk; [ goes to the file"
		   " before");
}

void move_next_hunk(struct review *v)
{
	to_hunk(v, 1);
}

void move_last_hunk(struct review *v)
{
	to_hunk(v, -1);
}

static void to_file(struct review *v, long step)
{
	long at = (long)v->list.cursor;

	for (at += step; at >= 0 && at < (long)v->rows.n; at += step)
		if (!v->rows.at[at].is_dir || !v->rows.at[at].open) {
			v->list.cursor = (size_t)at;
			return;
		}
	review_say(v, "there is no other file");
}

void move_next_file(struct review *v)
{
	to_file(v, 1);
}

void move_last_file(struct review *v)
{
	to_file(v, -1);
}

/* In the order of the list: dangers, then by path; then from the beginning. */
void move_next_open(struct review *v)
{
	const struct changes *c = v->c;
	size_t n = c->list.n, start = 0;

	for (size_t k = 0; k < n; k++)
		if (c->order[k] == v->shown)
			start = k + 1;
	for (size_t k = 0; k < n; k++) {
		size_t i = c->order[(start + k) % n];

		if (c->consumed[i] || v->state[i] != CHOICE_NONE)
			continue;
		v->list.cursor = rows_reveal(&v->rows, i);
		return;
	}
	review_say(v, "nothing is open any more; q ends the review");
}

/* ========== Search ========== */

static int contains(const char *text, size_t len, const char *want)
{
	size_t n = strlen(want);

	for (size_t i = 0; n && i + n <= len; i++)
		if (!strncasecmp(text + i, want, n))
			return 1;
	return 0;
}

static int line_matches(const struct review *v, const struct line *l)
{
	const struct diff_line *t = v->choose.hunks.lines;

	if (l->text)
		return contains(l->text, strlen(l->text), v->search);
	if (l->left != LINE_NONE &&
	    contains(t[l->left].text, t[l->left].len, v->search))
		return 1;
	return l->right != LINE_NONE &&
	       contains(t[l->right].text, t[l->right].len, v->search);
}

static int search_diff(struct review *v, long step)
{
	long n = (long)v->lines.n, at = (long)v->diff.cursor;

	for (long k = 1; k <= n; k++) {
		long i = ((at + k * step) % n + n) % n;

		if (!line_matches(v, &v->lines.at[i]))
			continue;
		v->diff.cursor = (size_t)i;
		return 1;
	}
	return 0;
}

/* All names, also those in directories that are closed. */
static int search_list(struct review *v, long step)
{
	const struct changes *c = v->c;
	long n = (long)c->list.n, at = -1;
	const struct row *w = v->list.cursor < v->rows.n ?
			      &v->rows.at[v->list.cursor] : NULL;
	size_t here = !w ? 0 : w->is_dir ? w->from : w->delta;

	for (long k = 0; w && k < n; k++)
		if (c->order[k] == here)
			at = w->is_dir && step > 0 ? k - 1 : k;
	for (long k = 1; k <= n; k++) {
		size_t i = c->order[((at + k * step) % n + n) % n];
		const char *path = c->list.at[i].path;

		if (c->consumed[i] || !contains(path, strlen(path), v->search))
			continue;
		v->list.cursor = rows_reveal(&v->rows, i);
		return 1;
	}
	return 0;
}

static void search(struct review *v, long step)
{
	if (v->focus == PANE_LIST ? search_list(v, step) :
				    search_diff(v, step))
		return;
	review_say(v, "not found: %s", v->search);
	v->searching = 0;
}

void move_search(struct review *v)
{
	char text[sizeof(v->search)] = "";

	if (!prompt_line(v, "search: ", text, sizeof(text)))
		return;
	if (*text)
		memcpy(v->search, text, sizeof(text));
	if (!*v->search)
		return;
	v->searching = 1;
	search(v, 1);
}

void move_next_match(struct review *v)
{
	search(v, 1);
}

void move_last_match(struct review *v)
{
	search(v, -1);
}

void move_end_search(struct review *v)
{
	v->searching = 0;
}

/* ========== Mouse ========== */

static int is_in(const struct box *b, int y, int x)
{
	return y >= b->y && y < b->y + b->lines && x >= b->x &&
	       x < b->x + b->cols;
}

void move_click(struct review *v)
{
	struct box list, diff;
	int y, x;
	size_t at;

	screen_click(v->screen, &y, &x);
	paint_boxes(v, &list, &diff);
	if (is_in(&list, y, x)) {
		at = v->list.top + (size_t)(y - list.y);
		v->focus = PANE_LIST;
		if (at < v->rows.n && at == v->list.cursor &&
		    v->rows.at[at].is_dir)
			move_in(v);
		else if (at < v->rows.n)
			v->list.cursor = at;
	} else if (is_in(&diff, y, x) && y > diff.y) {
		at = v->diff.top + (size_t)(y - diff.y - 1);
		v->focus = PANE_DIFF;
		if (at < v->lines.n)
			v->diff.cursor = at;
	}
}

void move_wheel_up(struct review *v)
{
	move_by(v, -3);
}

void move_wheel_down(struct review *v)
{
	move_by(v, 3);
}
