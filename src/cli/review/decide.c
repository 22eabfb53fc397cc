/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/edit.h"
#include "cli/review/keys.h"
#include "cli/review/review.h"

static const struct row *row_here(const struct review *v)
{
	return v->list.cursor < v->rows.n ? &v->rows.at[v->list.cursor] : NULL;
}

static void next_row(struct review *v)
{
	if (v->list.cursor + 1 < v->rows.n)
		v->list.cursor++;
}

/* ========== Whole changes ========== */

/* The shown change must follow what was decided of it as a whole. */
static void show_again(struct review *v)
{
	struct view at = v->diff;
	size_t shown = v->shown;

	review_refresh(v);
	if (shown == ROW_NONE)
		return;
	v->shown = ROW_NONE;
	review_show(v);
	if (v->shown == shown) {
		v->diff = at;
		if (v->diff.cursor >= v->lines.n)
			v->diff.cursor = v->lines.n ? v->lines.n - 1 : 0;
	}
}

static size_t set_below(struct review *v, const struct row *w,
			enum choice_state state)
{
	size_t dangers = 0;

	for (size_t i = w->from; i < w->to; i++) {
		if (v->c->consumed[i])
			continue;
		if (rows_is_danger(v->c, i) &&
		    !(w->danger && state != CHOICE_TAKE))
			dangers++;
		else
			choices_set(&v->choices, v->c->list.at[i].path, state);
	}
	return dangers;
}

static void set_row(struct review *v, const struct row *w,
		    enum choice_state state)
{
	size_t dangers = 0;

	choices_step(&v->choices);
	if (w->delta != ROW_NONE)
		choices_set(&v->choices, v->c->list.at[w->delta].path, state);
	if (w->is_dir)
		dangers = set_below(v, w, state);
	if (dangers && w->danger)
		review_say(v, "open it, and decide on what is inside of a"
			   " repository one by one");
	else if (dangers)
		review_say(v, "%zu dangerous change%s below it: decide on those"
			   " by themselves, at the top", dangers,
			   dangers == 1 ? " is" : "s are");
	show_again(v);
}

/* ========== Hunks and lines ========== */

static size_t hunk_here(const struct review *v)
{
	size_t n = v->lines.n;
	size_t hunk = v->diff.cursor < n ? v->lines.at[v->diff.cursor].hunk :
					   LINE_NONE;

	return hunk == LINE_NONE && v->choose.hunks.n ? 0 : hunk;
}

static void store(struct review *v)
{
	struct choice *k;

	choices_step(&v->choices);
	k = choices_edit(&v->choices, v->c->list.at[v->shown].path);
	if (!k || choose_store(&v->choose, k))
		review_say(v, "out of memory");
	review_refresh(v);
	review_layout(v);
}

static void go_to_hunk(struct review *v, size_t hunk)
{
	for (size_t i = 0; i < v->lines.n; i++)
		if (v->lines.at[i].kind == LINE_HUNK &&
		    v->lines.at[i].hunk == hunk)
			v->diff.cursor = i;
}

static enum choose_mark mark_for(enum choice_state state)
{
	return state == CHOICE_TAKE ? CHOOSE_TAKE : state == CHOICE_LEAVE ?
	       CHOOSE_LEAVE : CHOOSE_OPEN;
}

static void set_hunks(struct review *v, size_t from, size_t to,
		      enum choice_state state)
{
	for (size_t i = from; i < to; i++)
		choose_mark(&v->choose, i, mark_for(state));
	store(v);
	if (to < v->choose.hunks.n)
		go_to_hunk(v, to);
	else
		review_say(v, "that was the last hunk; ] goes to the next file");
}

static void decide(struct review *v, enum choice_state state, int rest)
{
	const struct row *w = row_here(v);
	size_t hunk = hunk_here(v);

	v->searching = 0;
	if (!w)
		return;
	if (v->focus == PANE_LIST || v->shown == ROW_NONE ||
	    !v->choose.hunks.n || v->choose.whole) {
		set_row(v, w, state);
		if (v->focus == PANE_LIST)
			next_row(v);
		return;
	}
	set_hunks(v, hunk, rest ? v->choose.hunks.n : hunk + 1, state);
}

void decide_take(struct review *v)
{
	decide(v, CHOICE_TAKE, 0);
}

void decide_leave(struct review *v)
{
	decide(v, CHOICE_LEAVE, 0);
}

void decide_take_rest(struct review *v)
{
	decide(v, CHOICE_TAKE, 1);
}

void decide_leave_rest(struct review *v)
{
	decide(v, CHOICE_LEAVE, 1);
}

void decide_file(struct review *v)
{
	const struct row *w = row_here(v);

	v->searching = 0;
	if (w)
		set_row(v, w, CHOICE_TAKE);
}

void decide_not_file(struct review *v)
{
	const struct row *w = row_here(v);

	v->searching = 0;
	if (w)
		set_row(v, w, CHOICE_LEAVE);
}

static enum choice_state after(int state)
{
	return state == CHOICE_TAKE ? CHOICE_LEAVE : state == CHOICE_LEAVE ?
	       CHOICE_NONE : CHOICE_TAKE;
}

static enum choice_state row_state(const struct review *v, const struct row *w)
{
	for (size_t i = w->from; w->is_dir && i < w->to; i++)
		if (!v->c->consumed[i] && !rows_is_danger(v->c, i))
			return (enum choice_state)v->state[i];
	return w->delta == ROW_NONE ? CHOICE_NONE :
	       (enum choice_state)v->state[w->delta];
}

static void toggle_line(struct review *v, const struct line *l)
{
	struct choose *c = &v->choose;
	size_t at = l->left != LINE_NONE ? l->left : l->right;
	enum choose_mark mark;

	if (c->hunks.lines[at].origin == ' ') {
		review_say(v, "this line is the same on both sides");
		return;
	}
	mark = c->marks[at] == CHOOSE_TAKE ? CHOOSE_LEAVE :
	       c->marks[at] == CHOOSE_LEAVE ? CHOOSE_OPEN : CHOOSE_TAKE;
	choose_mark_line(c, at, mark);
	/* Side by side the two are one line. */
	if (l->left != LINE_NONE && l->right != LINE_NONE)
		choose_mark_line(c, l->right, mark);
	store(v);
	move_down(v);
}

void decide_toggle(struct review *v)
{
	const struct row *w = row_here(v);
	const struct line *l = v->diff.cursor < v->lines.n ?
			       &v->lines.at[v->diff.cursor] : NULL;
	int mark;

	v->searching = 0;
	if (!w)
		return;
	if (v->focus == PANE_LIST || !v->choose.hunks.n || !l) {
		set_row(v, w, after(row_state(v, w)));
	} else if (l->kind == LINE_TEXT) {
		toggle_line(v, l);
	} else if (l->hunk != LINE_NONE) {
		mark = choose_marked(&v->choose, l->hunk);
		choose_mark(&v->choose, l->hunk, mark == CHOOSE_TAKE ?
			    CHOOSE_LEAVE : mark == CHOOSE_LEAVE ?
			    CHOOSE_OPEN : CHOOSE_TAKE);
		store(v);
	}
}

void decide_undo(struct review *v)
{
	const char *path;

	v->searching = 0;
	if (!choices_undo(&v->choices, &path)) {
		review_say(v, "nothing is left to undo");
		return;
	}
	review_say(v, "undone: %s", path);
	/* What came back may be of another day. */
	memset(v->checked, 0, v->c->list.n);
	for (size_t i = 0; i < v->c->list.n; i++)
		if (!strcmp(v->c->list.at[i].path, path) && i != v->shown)
			v->list.cursor = rows_find(&v->rows, i);
	show_again(v);
}

void decide_split(struct review *v)
{
	size_t hunk = hunk_here(v), parts;

	if (v->shown == ROW_NONE || hunk == LINE_NONE) {
		review_say(v, "there is no hunk to split");
		return;
	}
	if (choose_split(&v->choose, hunk, &parts))
		review_say(v, "out of memory");
	else if (parts == 1)
		review_say(v, "this hunk cannot be split further; Space chooses"
			   " single lines");
	else
		store(v);
	if (parts > 1)
		go_to_hunk(v, hunk);
}

/* ========== The editor ========== */

void decide_edit(struct review *v)
{
	size_t hunk = hunk_here(v);
	struct err err = ERR_INIT;
	int r;

	if (v->shown == ROW_NONE || hunk == LINE_NONE || v->choose.whole) {
		review_say(v, "there is no hunk to edit");
		return;
	}
	screen_suspend(v->screen);
	r = edit_hunk(v->c, &v->choose, hunk, &err);
	screen_resume(v->screen);
	if (r)
		review_say(v, "%s", err.msg);
	else
		store(v);
}

/* ========== Comments ========== */

/* What a comment here is about: side and line, or 0 for the file. */
static void place_of(const struct review *v, char *side, unsigned *no)
{
	const struct line *l = v->diff.cursor < v->lines.n ?
			       &v->lines.at[v->diff.cursor] : NULL;
	const struct diff_line *t;

	*side = '+';
	*no = 0;
	if (v->focus == PANE_LIST || !l || l->hunk == LINE_NONE ||
	    l->kind == LINE_HUNK)
		return;
	t = &v->choose.hunks.lines[l->right != LINE_NONE ? l->right : l->left];
	*side = t->origin == '-' ? '-' : '+';
	*no = t->origin == '-' ? t->old_no : t->new_no;
}

void decide_comment(struct review *v)
{
	const char *path, *old;
	struct choice *k;
	char text[256] = "", side;
	unsigned no;

	if (v->shown == ROW_NONE) {
		review_say(v, "a comment is on a file or a line");
		return;
	}
	path = v->c->list.at[v->shown].path;
	place_of(v, &side, &no);
	old = choice_comment_at(choices_get(&v->choices, path), side, no);
	if (old)
		snprintf(text, sizeof(text), "%s", old);
	if (!prompt_line(v, no ? "comment on this line: " :
			 "comment on this change: ", text, sizeof(text)))
		return;
	choices_step(&v->choices);
	k = choices_edit(&v->choices, path);
	if (!k || choice_comment(k, side, no, text))
		review_say(v, "out of memory");
	review_layout(v);
}
