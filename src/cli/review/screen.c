/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/review/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "util/esc.h"

#define CELL_BYTES 15
#define TAB_COLS 8
#define ESC_MS 100		/* that the rest of a key's sequence may take */

struct cell {
	char text[CELL_BYTES + 1];	/* "" for the second half of a wide one */
	unsigned short style;
	unsigned char parts;		/* characters in text */
};

struct screen {
	struct cell *cells;
	int lines, cols;
	int flags, utf8;
	const char *script;
	SCREEN *term;
	int click_y, click_x;
	int ended;
};

/* What each style is in colours, and without. */
static const struct look {
	short color;		/* -1: the terminal's own */
	attr_t with, without;
} looks[] = {
	[STYLE_PLAIN] = { -1, A_NORMAL, A_NORMAL },
	[STYLE_BOLD] = { -1, A_BOLD, A_BOLD },
	[STYLE_DIM] = { -1, A_DIM, A_DIM },
	[STYLE_OLD] = { COLOR_RED, A_NORMAL, A_NORMAL },
	[STYLE_NEW] = { COLOR_GREEN, A_NORMAL, A_NORMAL },
	[STYLE_OLD_WORD] = { COLOR_RED, A_REVERSE, A_UNDERLINE },
	[STYLE_NEW_WORD] = { COLOR_GREEN, A_REVERSE, A_UNDERLINE },
	[STYLE_HUNK] = { COLOR_CYAN, A_NORMAL, A_BOLD },
	[STYLE_ASK] = { COLOR_YELLOW, A_BOLD, A_BOLD },
	[STYLE_HARD] = { COLOR_RED, A_BOLD, A_BOLD },
	[STYLE_COMMENT] = { COLOR_YELLOW, A_NORMAL, A_BOLD },
	[STYLE_BAR] = { -1, A_REVERSE, A_REVERSE },
};
#define LOOKS ((int)(sizeof(looks) / sizeof(looks[0])))

/* ========== Opening ========== */

static int resize(struct screen *s, int lines, int cols)
{
	struct cell *cells = calloc((size_t)lines * (size_t)cols,
				    sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(s->cells);
	s->cells = cells;
	s->lines = lines;
	s->cols = cols;
	screen_clear(s);
	return 0;
}

static void set_modes(const struct screen *s)
{
	raw();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	curs_set(0);
	if (!getenv("ESCDELAY"))
		set_escdelay(ESC_MS);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED
#ifdef BUTTON5_PRESSED
		  | BUTTON5_PRESSED
#endif
		  , NULL);
	mouseinterval(0);
	if (s->flags & SCREEN_PLAIN || !has_colors())
		return;
	start_color();
	use_default_colors();
	for (int i = 0; i < LOOKS; i++)
		init_pair((short)(i + 1), looks[i].color, -1);
}

static int open_terminal(struct screen *s, struct err *err)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set(err, -ENOTTY, "a review needs a terminal; scrim"
			       " diff and scrim apply PATH work without");
	s->term = newterm(NULL, stdout, stdin);
	if (!s->term)
		return err_set(err, -ENOTTY, "the terminal is not known: set"
			       " TERM to one that terminfo has");
	set_modes(s);
	return resize(s, LINES, COLS);
}

int screen_open(struct screen **out, int flags, const char *script,
		struct err *err)
{
	struct screen *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	setlocale(LC_CTYPE, "");
	s->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	s->flags = flags;
	s->script = script;
	r = flags & SCREEN_SCRIPT ? resize(s, 24, 80) : open_terminal(s, err);
	if (r) {
		screen_close(s);
		return err && err->code ? r : err_set(err, r, "out of memory");
	}
	*out = s;
	return 0;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (s->term) {
		endwin();
		delscreen(s->term);
	}
	free(s->cells);
	free(s);
}

void screen_suspend(struct screen *s)
{
	if (s->term)
		endwin();
}

void screen_resume(struct screen *s)
{
	if (!s->term)
		return;
	clearok(stdscr, TRUE);
	refresh();
}

/* ========== Painting ========== */

void screen_size(const struct screen *s, int *lines, int *cols)
{
	*lines = s->lines;
	*cols = s->cols;
}

static struct cell *cell_at(struct screen *s, int y, int x)
{
	if (y < 0 || x < 0 || y >= s->lines || x >= s->cols)
		return NULL;
	return &s->cells[(size_t)y * (size_t)s->cols + (size_t)x];
}

void screen_fill(struct screen *s, int y, int x, int n, int style)
{
	for (int i = 0; i < n; i++) {
		struct cell *c = cell_at(s, y, x + i);

		if (c)
			*c = (struct cell){ " ", (unsigned short)style, 1 };
	}
}

void screen_mark(struct screen *s, int y, int x, int n)
{
	for (int i = 0; i < n; i++) {
		struct cell *c = cell_at(s, y, x + i);

		if (c)
			c->style |= STYLE_CURSOR;
	}
}

void screen_clear(struct screen *s)
{
	for (int y = 0; y < s->lines; y++)
		screen_fill(s, y, 0, s->cols, STYLE_PLAIN);
}

struct pen {
	struct screen *s;
	int y, x, max, skip;
	int col;		/* of the text as a whole */
	int style;
};

static void put_cell(struct pen *p, const char *text, size_t len, int width,
		     int style)
{
	int at = p->col - p->skip;
	struct cell *c = cell_at(p->s, p->y, p->x + at);

	p->col += width;
	if (at < 0 || at + width > p->max || !c || len > CELL_BYTES)
		return;
	memcpy(c->text, text, len);
	c->text[len] = '\0';
	c->style = (unsigned short)style;
	c->parts = 1;
	c = width > 1 ? cell_at(p->s, p->y, p->x + at + 1) : NULL;
	if (c)
		*c = (struct cell){ "", (unsigned short)style, 0 };
}

/* A mark that goes over the character before it. */
static void put_combining(struct pen *p, const char *text, size_t len)
{
	int at = p->col - p->skip - 1;
	struct cell *c = at >= 0 && at < p->max ?
			 cell_at(p->s, p->y, p->x + at) : NULL;

	if (c && !c->parts)
		c = at ? c - 1 : NULL;
	if (c && c->parts && c->parts < 3 &&
	    strlen(c->text) + len <= CELL_BYTES) {
		memcpy(c->text + strlen(c->text), text, len + 1);
		c->parts++;
	}
}

static void put_escaped(struct pen *p, const char *text, size_t len)
{
	struct buf b = BUF_INIT;

	esc_add(&b, text, len, ESC_NAME);
	for (size_t i = 0; i < b.len; i++)
		put_cell(p, b.ptr + i, 1, 1, p->style ^ STYLE_CURSOR);
	buf_release(&b);
}

static void put_tab(struct pen *p)
{
	do
		put_cell(p, " ", 1, 1, p->style);
	while (p->col % TAB_COLS);
}

static void put_char(struct pen *p, const char *text, size_t len, unsigned cp)
{
	char c[8] = "";
	int width = len > 1 && p->s->utf8 ? wcwidth((wchar_t)cp) : 1;

	memcpy(c, text, len);
	if (width < 0)
		put_escaped(p, text, len);
	else if (!width)
		put_combining(p, c, len);
	else
		put_cell(p, c, len, width, p->style);
}

/* What ASCII can say of a character, where the terminal takes nothing else. */
static void put_code(struct pen *p, unsigned cp)
{
	char code[16];

	snprintf(code, sizeof(code), "<U+%04X>", cp);
	for (const char *c = code; *c; c++)
		put_cell(p, c, 1, 1, p->style ^ STYLE_CURSOR);
}

int screen_put(struct screen *s, int y, int x, int max, int skip, int style,
	       const char *text, size_t len)
{
	return screen_more(s, y, x, max, skip, 0, style, text, len);
}

int screen_more(struct screen *s, int y, int x, int max, int skip, int col,
		int style, const char *text, size_t len)
{
	struct pen p = { s, y, x, max, skip, col, style & ~STYLE_TABS };
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		unsigned cp = 0;

		n = esc_utf8(text + i, len - i, &cp);
		if (n == 1 && cp == '\t' && style & STYLE_TABS) {
			put_tab(&p);
		} else if (!n || esc_add(NULL, text + i, n, ESC_COUNT_ONLY)) {
			n = n ? n : 1;
			put_escaped(&p, text + i, n);
		} else if (n > 1 && !s->utf8) {
			put_code(&p, cp);
		} else {
			put_char(&p, text + i, n, cp);
		}
	}
	return p.col;
}

int screen_puts(struct screen *s, int y, int x, int max, int style,
		const char *text)
{
	return screen_put(s, y, x, max, 0, style, text, strlen(text));
}

/* ========== Showing ========== */

static void use_style(const struct screen *s, int style)
{
	int base = style & 0xff;
	int plain = s->flags & SCREEN_PLAIN || !has_colors();
	attr_t a = plain ? looks[base].without : looks[base].with;

	if (style & STYLE_CURSOR)
		a ^= A_REVERSE;
	attr_set(a, (short)(plain ? 0 : base + 1), NULL);
}

void screen_show(struct screen *s)
{
	if (!s->term)
		return;
	erase();
	for (int y = 0; y < s->lines; y++)
		for (int x = 0; x < s->cols; x++) {
			const struct cell *c = cell_at(s, y, x);

			if (!c->text[0])
				continue;
			use_style(s, c->style);
			mvaddstr(y, x, c->text);
		}
	refresh();
}

void screen_dump(const struct screen *s, FILE *f)
{
	for (int y = 0; y < s->lines; y++) {
		int last = 0;

		for (int x = 0; x < s->cols; x++)
			if (strcmp(s->cells[y * s->cols + x].text, " "))
				last = x + 1;
		for (int x = 0; x < last; x++)
			fputs(s->cells[y * s->cols + x].text, f);
		putc('\n', f);
	}
}

/* ========== Keys ========== */

static int script_next(struct screen *s)
{
	int lines, cols, key;

	while ((key = script_key(&s->script, &lines, &cols)) == SKEY_DUMP)
		screen_dump(s, stdout);
	if (key == SKEY_SIZE)
		return resize(s, lines, cols) ? SKEY_END : SKEY_RESIZE;
	return key == SKEY_BAD ? SKEY_END : key;
}

static const struct key_map {
	int curses, key;
} key_map[] = {
	{ KEY_UP, SKEY_UP },	   { KEY_DOWN, SKEY_DOWN },
	{ KEY_LEFT, SKEY_LEFT },   { KEY_RIGHT, SKEY_RIGHT },
	{ KEY_PPAGE, SKEY_PGUP },  { KEY_NPAGE, SKEY_PGDN },
	{ KEY_HOME, SKEY_HOME },   { KEY_END, SKEY_LAST },
	{ KEY_ENTER, SKEY_ENTER }, { KEY_BACKSPACE, SKEY_BACKSPACE },
	{ KEY_DC, SKEY_BACKSPACE },
};

static int mouse_key(struct screen *s)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return SKEY_NONE;
	s->click_y = e.y;
	s->click_x = e.x;
	if (e.bstate & BUTTON4_PRESSED)
		return SKEY_WHEEL_UP;
#ifdef BUTTON5_PRESSED
	if (e.bstate & BUTTON5_PRESSED)
		return SKEY_WHEEL_DOWN;
#endif
	return SKEY_CLICK;
}

static int curses_key(struct screen *s, int curses)
{
	if (curses == KEY_RESIZE)
		return resize(s, LINES, COLS) ? SKEY_END : SKEY_RESIZE;
	if (curses == KEY_MOUSE)
		return mouse_key(s);
	for (size_t i = 0; i < sizeof(key_map) / sizeof(key_map[0]); i++)
		if (key_map[i].curses == curses)
			return key_map[i].key;
	return SKEY_NONE;
}

int screen_key(struct screen *s, int ms)
{
	wint_t c = 0;
	int r;

	if (!s->term)
		return script_next(s);
	timeout(ms);
	r = get_wch(&c);
	if (r != ERR)
		s->ended = 0;
	if (r == KEY_CODE_YES)
		return curses_key(s, (int)c);
	if (r == OK)
		return c == '\r' ? SKEY_ENTER : c == 127 || c == 8 ?
		       SKEY_BACKSPACE : (int)c;
	/* A terminal that has gone answers at once, for ever. */
	if (ms < 0 && ++s->ended > 20)
		return SKEY_END;
	return SKEY_NONE;
}

void screen_click(const struct screen *s, int *y, int *x)
{
	*y = s->click_y;
	*x = s->click_x;
}
