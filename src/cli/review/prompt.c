/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/review/review.h"
#include "util/esc.h"

/* UTF-8 of a code point that a key gave. */
static size_t encode(unsigned cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static void rub_out(char *line)
{
	size_t n = strlen(line);

	if (n)
		n--;
	while (n && ((unsigned char)line[n] & 0xc0) == 0x80)
		n--;
	line[n] = '\0';
}

static void show(struct review *v, const char *label, const char *line)
{
	int lines, cols, at, width;

	*v->message = '\0';
	paint(v);
	screen_size(v->screen, &lines, &cols);
	screen_fill(v->screen, lines - 1, 0, cols, STYLE_PLAIN);
	at = screen_puts(v->screen, lines - 1, 0, cols, STYLE_BOLD, label);
	width = screen_puts(v->screen, lines - 1, at, 0, STYLE_PLAIN, line);
	/* The end of what is typed is what one must see. */
	screen_put(v->screen, lines - 1, at, cols - at - 1,
		   width > cols - at - 1 ? width - (cols - at - 1) : 0,
		   STYLE_PLAIN, line, strlen(line));
	if (width < cols - at - 1)
		screen_fill(v->screen, lines - 1, at + width, 1,
			    STYLE_PLAIN | STYLE_CURSOR);
	screen_show(v->screen);
}

static void type(char *line, size_t size, int key)
{
	char c[4];
	size_t n = strlen(line), more;

	if (key < ' ' || key >= SKEY_UP)
		return;
	more = encode((unsigned)key, c);
	if (n + more >= size || esc_add(NULL, c, more, ESC_COUNT_ONLY))
		return;
	memcpy(line + n, c, more);
	line[n + more] = '\0';
}

int prompt_line(struct review *v, const char *label, char *out, size_t size)
{
	for (;;) {
		int key;

		show(v, label, out);
		key = screen_key(v->screen, -1);
		if (key == SKEY_ENTER)
			return 1;
		if (key == SKEY_ESC || key == SKEY_END)
			return 0;
		if (key == SKEY_BACKSPACE)
			rub_out(out);
		else if (key == 'U' - '@')
			*out = '\0';
		else if (key == SKEY_RESIZE)
			review_layout(v);
		else
			type(out, size, key);
	}
}

int prompt_key(struct review *v, const char *question)
{
	int key;

	do {
		review_say(v, "%s", question);
		paint(v);
		key = screen_key(v->screen, -1);
		if (key == SKEY_RESIZE)
			review_layout(v);
	} while (key == SKEY_RESIZE || key == SKEY_NONE);
	*v->message = '\0';
	return key;
}
