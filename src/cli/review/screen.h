/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REVIEW_SCREEN_H
#define CLI_REVIEW_SCREEN_H

#include <stddef.h>
#include <stdio.h>

#include "util/err.h"

/*
 * The terminal of `scrim review`: a grid of cells that is painted as a whole and
 * then shown, and the keys that come in. The only module that knows ncurses.
 *
 * Text is untrusted: screen_put takes raw bytes and lets each character through
 * util/esc.h, so no control byte, no hidden character and no odd byte reaches
 * the terminal; what stands for one is shown in reverse, so that it cannot be
 * taken for text that merely looks like it. A wide character takes two cells;
 * of combining ones a cell takes two at the most. Where the locale is not UTF-8,
 * all that is not ASCII is shown as an escape.
 *
 * Without a terminal (SCREEN_SCRIPT) the same grid is kept in memory, keys come
 * from a text (script.h) and screen_dump prints what a person would see.
 */
struct screen;

enum screen_flags {
	SCREEN_PLAIN = 1 << 0,	/* no colours */
	SCREEN_SCRIPT = 1 << 1,	/* no terminal */
};

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_OLD,
	STYLE_NEW,
	STYLE_OLD_WORD,
	STYLE_NEW_WORD,
	STYLE_HUNK,
	STYLE_ASK,
	STYLE_HARD,
	STYLE_COMMENT,
	STYLE_BAR,
	STYLE_CURSOR = 1 << 8,	/* to be added: the row that keys act on */
	STYLE_TABS = 1 << 9,	/* to be added: a tab is white space here */
};

/* Keys other than characters (which are their code point). */
enum screen_key {
	SKEY_NONE = -1,		/* nothing came in time */
	SKEY_END = -2,		/* the terminal is gone, or the script at its end */
	SKEY_UP = 0x200000,
	SKEY_DOWN,
	SKEY_LEFT,
	SKEY_RIGHT,
	SKEY_PGUP,
	SKEY_PGDN,
	SKEY_HOME,
	SKEY_LAST,
	SKEY_BACKSPACE,
	SKEY_RESIZE,
	SKEY_CLICK,		/* screen_click says where */
	SKEY_WHEEL_UP,
	SKEY_WHEEL_DOWN,
	SKEY_ENTER = '\n',
	SKEY_TAB = '\t',
	SKEY_ESC = 27,
};

/* script is the keys' text with SCREEN_SCRIPT; borrowed. */
int screen_open(struct screen **out, int flags, const char *script,
		struct err *err);
void screen_close(struct screen *s);

void screen_size(const struct screen *s, int *lines, int *cols);
void screen_clear(struct screen *s);
/*
 * Puts text at a place, in at most max columns; skip columns of it are left out
 * first. Returns how many columns all of it would have taken.
 */
int screen_put(struct screen *s, int y, int x, int max, int skip, int style,
	       const char *text, size_t len);
/* Goes on with a line whose text before took col columns; the column after. */
int screen_more(struct screen *s, int y, int x, int max, int skip, int col,
		int style, const char *text, size_t len);
/* The same for a string of ours or a name. */
int screen_puts(struct screen *s, int y, int x, int max, int style,
		const char *text);
/* Spaces in this style. */
void screen_fill(struct screen *s, int y, int x, int n, int style);
/* Adds STYLE_CURSOR to cells. */
void screen_mark(struct screen *s, int y, int x, int n);
void screen_show(struct screen *s);
/* The rows as text, without blanks at their ends. */
void screen_dump(const struct screen *s, FILE *f);

/* Waits at most ms milliseconds (-1: for ever). */
int screen_key(struct screen *s, int ms);
void screen_click(const struct screen *s, int *y, int *x);
/* Gives the terminal to another program, and takes it back. */
void screen_suspend(struct screen *s);
void screen_resume(struct screen *s);

/*
 * The next key of a script at *p, which is moved on: a character, or a name in
 * angle brackets as scrim(1) has them. <size LINESxCOLUMNS> and <dump> come as
 * SKEY_SIZE and SKEY_DUMP. Line ends and lines that begin with '#' are nothing.
 */
enum { SKEY_SIZE = 0x200100, SKEY_DUMP, SKEY_BAD };
int script_key(const char **p, int *lines, int *cols);

#endif
