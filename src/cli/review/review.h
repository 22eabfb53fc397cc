/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REVIEW_REVIEW_H
#define CLI_REVIEW_REVIEW_H

#include "cli/changes.h"
#include "cli/review/lines.h"
#include "cli/review/rows.h"
#include "cli/review/screen.h"
#include "review/choose.h"

/*
 * The state of `scrim review`, which all its parts share:
 *
 *	rows.c	  the list as rows		list_view.c  paints them
 *	lines.c	  a diff as lines		diff_view.c  paints them
 *	review.c  begins, ends, goes on to another change
 *	decide.c  what keys do to choices
 *	move.c	  what keys do to cursors
 *	keys.c	  the table of keys, and help
 *	prompt.c  a line to type, a question
 *	finish.c  what becomes of it in the end
 *
 * What is shown is frozen: it is a sealed snapshot of the session, which is not
 * locked but to write choices (changes_let_go).
 */
enum pane { PANE_LIST, PANE_DIFF };

struct box {
	int y, x, lines, cols;
};

struct view {
	size_t top, cursor;
};

enum review_end {
	END_NOT,
	END_KEEP,		/* leave, with the choices kept */
	END_APPLY,
	END_PATCH,
	END_COMMIT,
	END_COMMITS,
	END_BRANCH,
	END_TEXT,
};

struct review {
	struct changes *c;
	struct choices choices;
	struct screen *screen;
	size_t commits;		/* that the agent made */
	int lock;		/* against a second review; -1 */
	int script;		/* keys come from a file */
	char *state;		/* an enum choice_state of each delta */
	char *checked;		/* 1: the choice is of what is there now */
	struct rows rows;
	struct view list, diff;
	enum pane focus;
	int zoomed;
	int wide;		/* side by side, where there is room */
	int laid_wide;		/* as lines now are */
	int sideways;		/* columns of the diff that are left of it */

	size_t shown;		/* the delta whose diff is shown; ROW_NONE */
	struct choose choose;
	struct lines lines;
	struct diff_pair like_pair;	/* of a guessed rename; */
	struct hunks like;		/* its difference to what it was */
	int is_like;			/* 1: both of them are in use */

	size_t judged;		/* so many deltas of c->order are judged */
	int new_dangers, reopened;

	char search[256];
	int searching;		/* n and N go to the next and last match */
	char message[256];	/* of the last line, until the next key; raw */
	int help;
	size_t help_top;
	enum review_end end;
	char answer[256];	/* a file's or branch's name, a message */
};

/* ---- review.c ---- */
int review_begin(struct review *v, struct err *err);
void review_release(struct review *v);
/* Until the person has done; then v->end says what is wished. */
int review_loop(struct review *v, struct err *err);
/* Lets state follow the choices. */
void review_refresh(struct review *v);
/* Shows the change of the row under the list's cursor. */
void review_show(struct review *v);
/* Lays the shown change's lines out anew, the cursor staying where it was. */
void review_layout(struct review *v);
void review_say(struct review *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Looks at once whether all that was chosen is what was seen; for dangers too. */
void review_check_all(struct review *v);
void review_judge_all(struct review *v);
int review_save(struct review *v, struct err *err);

/* ---- paint.c ---- */
void paint(struct review *v);
void paint_boxes(const struct review *v, struct box *list, struct box *diff);
/* list_view.c, diff_view.c */
void paint_list(struct review *v, const struct box *b);
void paint_diff(struct review *v, const struct box *b);
/* Moves top so that the cursor is in sight. */
void view_follow(struct view *w, size_t n, int lines);

/* ---- finish.c ---- */
/* Comments and refused hunks as a text for the agent. */
int finish_text(struct review *v, FILE *f);
/* How many changes are in each state, old names left out. */
void finish_count(const struct review *v, size_t n[4]);

/* ---- prompt.c ---- */
/* 1 with a line in out (what is in it is offered), 0 for escape. */
int prompt_line(struct review *v, const char *label, char *out, size_t size);
/* The key that was typed to a question. */
int prompt_key(struct review *v, const char *question);

#endif
