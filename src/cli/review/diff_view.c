/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/review/review.h"
#include "review/word.h"

#define WORDS_MAX 4000		/* longer lines are not compared by words */

static size_t line_len(const struct diff_line *t)
{
	return t->len && t->text[t->len - 1] == '\n' ? t->len - 1 : t->len;
}

struct place {
	struct review *v;
	int y, x, cols;
};

/* Says how much of a long line is not to be seen. */
static void paint_rest(const struct place *p, int width)
{
	int rest = width - p->v->sideways - p->cols;
	char text[32];

	if (p->v->sideways && width > 0)
		screen_puts(p->v->screen, p->y, p->x, 1, STYLE_HUNK, "<");
	if (rest <= 0)
		return;
	snprintf(text, sizeof(text), "+%d>", rest);
	if ((int)strlen(text) < p->cols)
		screen_puts(p->v->screen, p->y, p->x + p->cols -
			    (int)strlen(text), p->cols, STYLE_HUNK, text);
}

/* The words of one side of two lines; the columns they take. */
static int paint_words(const struct place *p, const struct words *w,
		       char side)
{
	int base = side == '-' ? STYLE_OLD : STYLE_NEW;
	int mark = side == '-' ? STYLE_OLD_WORD : STYLE_NEW_WORD;
	int col = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->at[i].origin == ' ' || w->at[i].origin == side)
			col = screen_more(p->v->screen, p->y, p->x, p->cols,
					  p->v->sideways, col, STYLE_TABS |
					  (w->at[i].origin == ' ' ? base :
					   mark), w->at[i].text, w->at[i].len);
	return col;
}

/* 1 where the line's partner was found and its words painted. */
static int try_words(const struct place *p, size_t hunk, size_t line)
{
	const struct choose *c = &p->v->choose;
	const struct diff_line *t = c->hunks.lines, *old, *new;
	size_t other = lines_partner(c, hunk, line);
	struct words w;

	if (other == LINE_NONE)
		return 0;
	old = &t[line < other ? line : other];
	new = &t[line < other ? other : line];
	if (old->len > WORDS_MAX || new->len > WORDS_MAX ||
	    words_make(&w, old->text, line_len(old), new->text, line_len(new)))
		return 0;
	paint_rest(p, paint_words(p, &w, t[line].origin));
	words_release(&w);
	return 1;
}

static void paint_text(const struct place *p, size_t hunk, size_t line)
{
	const struct diff_line *t = &p->v->choose.hunks.lines[line];
	int style = t->origin == '-' ? STYLE_OLD : t->origin == '+' ?
		    STYLE_NEW : STYLE_PLAIN;
	int width;

	if (t->origin != ' ' && try_words(p, hunk, line))
		return;
	width = screen_put(p->v->screen, p->y, p->x, p->cols, p->v->sideways,
			   style | STYLE_TABS, t->text, line_len(t));
	paint_rest(p, width);
}

static char mark_of(const struct choose *c, size_t line)
{
	return c->marks[line] == CHOOSE_TAKE ? 'y' :
	       c->marks[line] == CHOOSE_LEAVE ? 'n' : ' ';
}

/* One line of one side: number, sign, mark, text. */
static void paint_side(struct place p, size_t hunk, size_t line, int old)
{
	const struct choose *c = &p.v->choose;
	const struct diff_line *t = &c->hunks.lines[line];
	char head[32];
	int n;

	n = snprintf(head, sizeof(head), "%c%5u %c", mark_of(c, line),
		     old || !t->new_no ? t->old_no : t->new_no, t->origin);
	screen_puts(p.v->screen, p.y, p.x, p.cols, t->origin == '-' ?
		    STYLE_OLD : t->origin == '+' ? STYLE_NEW : STYLE_DIM, head);
	p.x += n;
	p.cols -= n;
	paint_text(&p, hunk, line);
}

static void paint_hunk(const struct place *p, size_t hunk)
{
	const struct choose *c = &p->v->choose;
	const struct diff_hunk *h = &c->hunks.at[hunk];
	int marked = choose_marked(c, hunk);
	char text[128];

	snprintf(text, sizeof(text), "%c @@ -%u,%u +%u,%u @@  hunk %zu of %zu",
		 marked == CHOOSE_TAKE ? 'y' : marked == CHOOSE_LEAVE ? 'n' :
		 marked ? ' ' : '~', h->old_start, h->old_lines, h->new_start,
		 h->new_lines, hunk + 1, c->hunks.n);
	screen_puts(p->v->screen, p->y, p->x, p->cols, STYLE_HUNK, text);
}

static void paint_said(const struct place *p, const struct line *l)
{
	static const struct {
		int style;
		const char *before;
	} kinds[] = {
		[LINE_HEAD] = { STYLE_BOLD, "  " },
		[LINE_RISK] = { STYLE_ASK, "! " },
		[LINE_NOTE] = { STYLE_DIM, "  " },
		[LINE_COMMENT] = { STYLE_COMMENT, "    >> " },
		[LINE_SAME] = { STYLE_PLAIN | STYLE_TABS, "       " },
		[LINE_OLD] = { STYLE_OLD | STYLE_TABS, "       " },
		[LINE_NEW] = { STYLE_NEW | STYLE_TABS, "       " },
	};
	int style = kinds[l->kind].style, at;
	const char *before = kinds[l->kind].before;

	if (l->kind == LINE_RISK &&
	    risk_classes[l->class].level == RISK_HARD) {
		style = STYLE_HARD;
		before = "# ";
	} else if (l->kind == LINE_RISK &&
		   risk_classes[l->class].level == RISK_NOTE) {
		style = STYLE_PLAIN;
		before = ". ";
	}
	at = screen_puts(p->v->screen, p->y, p->x, p->cols, style, before);
	screen_puts(p->v->screen, p->y, p->x + at, p->cols - at, style,
		    l->text ? l->text : "");
}

static void paint_wide(const struct place *p, const struct line *l)
{
	int half = (p->cols - 1) / 2;
	struct place left = { p->v, p->y, p->x, half };
	struct place right = { p->v, p->y, p->x + half + 1,
			       p->cols - half - 1 };

	if (l->left != LINE_NONE)
		paint_side(left, l->hunk, l->left, 1);
	screen_puts(p->v->screen, p->y, p->x + half, 1, STYLE_DIM, "|");
	if (l->right != LINE_NONE)
		paint_side(right, l->hunk, l->right, 0);
}

static void paint_line(const struct place *p, const struct line *l, int wide)
{
	if (l->kind == LINE_HUNK)
		paint_hunk(p, l->hunk);
	else if (l->kind != LINE_TEXT)
		paint_said(p, l);
	else if (wide)
		paint_wide(p, l);
	else
		paint_side(*p, l->hunk, l->left != LINE_NONE ? l->left :
			   l->right, 0);
}

static void paint_head(struct review *v, const struct box *b)
{
	const char *path = v->shown == ROW_NONE ? "" :
			   v->c->list.at[v->shown].path;
	int at;

	screen_fill(v->screen, b->y, b->x, b->cols, STYLE_BAR);
	at = screen_puts(v->screen, b->y, b->x, b->cols, STYLE_BAR, " ");
	screen_puts(v->screen, b->y, b->x + at, b->cols - at, STYLE_BAR, path);
}

void paint_diff(struct review *v, const struct box *b)
{
	paint_head(v, b);
	view_follow(&v->diff, v->lines.n, b->lines - 1);
	for (int i = 0; i < b->lines - 1; i++) {
		size_t at = v->diff.top + (size_t)i;
		struct place p = { v, b->y + 1 + i, b->x + 1, b->cols - 1 };

		if (at >= v->lines.n)
			break;
		paint_line(&p, &v->lines.at[at], v->laid_wide);
		if (at != v->diff.cursor)
			continue;
		screen_puts(v->screen, p.y, b->x, 1, STYLE_BOLD, ">");
		if (v->focus == PANE_DIFF)
			screen_mark(v->screen, p.y, b->x, b->cols);
	}
}
