/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/review/keys.h"
#include "cli/review/review.h"

#define WIDE_COLS 120		/* from here on list and diff stand side by side */

void view_follow(struct view *w, size_t n, int lines)
{
	size_t rows = lines > 0 ? (size_t)lines : 1;

	if (w->cursor >= n)
		w->cursor = n ? n - 1 : 0;
	if (w->cursor < w->top)
		w->top = w->cursor;
	if (w->cursor >= w->top + rows)
		w->top = w->cursor - rows + 1;
	if (w->top + rows > n)
		w->top = n > rows ? n - rows : 0;
}

/* The first and last row of the screen are taken; between the two a rule. */
void paint_boxes(const struct review *v, struct box *list, struct box *diff)
{
	int lines, cols, body, part;

	screen_size(v->screen, &lines, &cols);
	body = lines > 3 ? lines - 2 : 1;
	*list = *diff = (struct box){ 1, 0, body, cols };
	if (v->zoomed || body < 6) {
		if (v->focus == PANE_LIST)
			diff->lines = 0;
		else
			list->lines = 0;
	} else if (cols >= WIDE_COLS) {
		part = cols / 3 > 70 ? 70 : cols / 3;
		list->cols = part;
		diff->x = part + 1;
		diff->cols = cols - part - 1;
	} else {
		part = body / 3;
		list->lines = part;
		diff->y = 1 + part;
		diff->lines = body - part;
	}
}

static void paint_title(struct review *v, int cols)
{
	char text[512];
	size_t n[4], all;

	finish_count(v, n);
	all = n[0] + n[1] + n[2] + n[3];
	snprintf(text, sizeof(text), " scrim review %s: %zu changes, %zu taken,"
		 " %zu in part, %zu left, %zu open", changes_name(v->c), all,
		 n[CHOICE_TAKE], n[CHOICE_PART], n[CHOICE_LEAVE],
		 n[CHOICE_NONE]);
	screen_fill(v->screen, 0, 0, cols, STYLE_BAR);
	screen_puts(v->screen, 0, 0, cols, STYLE_BAR, text);
	if (v->judged < v->c->list.n) {
		snprintf(text, sizeof(text), " looking for dangers: %zu%% ",
			 v->judged * 100 / v->c->list.n);
		screen_puts(v->screen, 0, cols - (int)strlen(text), cols,
			    STYLE_BAR, text);
	}
}

static const char *hint(const struct review *v)
{
	if (v->searching)
		return "n next match  N match before  Esc ends the search";
	if (v->focus == PANE_LIST)
		return "y take  n leave  Enter open  Tab diff  / search  u undo"
		       "  q end  ? help";
	return "y take  n leave  Space line  s split  e edit  c comment"
	       "  Tab list  q end  ? help";
}

static void paint_last(struct review *v, int lines, int cols)
{
	int said = *v->message != '\0';

	screen_puts(v->screen, lines - 1, 0, cols, said ? STYLE_BOLD :
		    STYLE_DIM, said ? v->message : hint(v));
}

static void paint_rule(struct review *v, const struct box *list,
		       const struct box *diff)
{
	if (!list->lines || !diff->lines || !diff->x)
		return;
	for (int i = 0; i < list->lines; i++)
		screen_puts(v->screen, list->y + i, diff->x - 1, 1, STYLE_DIM,
			    "|");
}

void paint(struct review *v)
{
	struct box list, diff;
	int lines, cols;

	screen_size(v->screen, &lines, &cols);
	screen_clear(v->screen);
	paint_title(v, cols);
	paint_boxes(v, &list, &diff);
	if (v->help) {
		key_help(v);
	} else {
		if (list.lines)
			paint_list(v, &list);
		if (diff.lines)
			paint_diff(v, &diff);
		paint_rule(v, &list, &diff);
	}
	paint_last(v, lines, cols);
	screen_show(v->screen);
}
