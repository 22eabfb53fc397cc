/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_ESC_H
#define UTIL_ESC_H

#include <stddef.h>
#include <stdio.h>

#include "util/buf.h"

/*
 * The one place that makes untrusted text fit for a terminal or a page.
 *
 * File names, link targets and content come from an agent that may want to
 * move the cursor, set the clipboard, hide a line or turn the reading order
 * round. After escaping, a text holds no byte below 0x20 (but '\n' and '\t'
 * where allowed), no DEL, no C1 control, no invalid UTF-8, and no character of
 * Unicode's category Cf (bidirectional controls, zero width, tags), and of the
 * other invisible or line-breaking ones (U+2028, U+2029, U+3164...).
 * What is taken out stays visible: a byte as \xNN, a character as <U+NNNN>,
 * a newline in a name as \n.
 */
enum esc_flags {
	ESC_NAME = 0,		/* one line: newline and tab are escaped */
	ESC_TEXT = 1 << 0,	/* newline and tab stay */
	ESC_COUNT_ONLY = 1 << 1,/* add nothing, only count */
};

/* Appends the escaped form; returns how many places had to be escaped. */
size_t esc_add(struct buf *out, const char *s, size_t len, int flags);

/* Prints a name, escaped, on one line. */
void esc_puts(FILE *f, const char *name);

/*
 * Decodes one UTF-8 character: its length (1 to 4) with *cp set, or 0 where the
 * bytes are not valid UTF-8 (overlong forms and surrogates are not).
 */
size_t esc_utf8(const char *s, size_t len, unsigned *cp);

/* 1 for a character that is shown as <U+NNNN>. */
int esc_is_hidden_char(unsigned cp);

#endif
