/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_MASK_REWRITE_H
#define SCAN_MASK_REWRITE_H

#include <stddef.h>

#include "util/buf.h"

/*
 * A text as it would be written plainly, so that rules need to know one way of
 * writing only:
 *
 *	"pass\u0077ord"		"password"; and \x77, &#119;: printable ASCII
 *				alone, but for quotes and backslashes
 *	? password		password: value
 *	: value
 *	[db.password]		besides: password = x
 *	value = x
 *	cGFzc3dvcmQ9eA==	besides, at the end: password=x, where base64 is of
 *				text; a value is all of the base64 then
 *
 * Private to the masks.
 */
struct rewrite {
	int sections;	/* a telling name in brackets is of the lines below */
	struct buf text;
	/* private: where pieces of text come from */
	struct rewrite_piece *at;
	size_t n, cap;
	char section[64];
	size_t section_len;
};

#define REWRITE_INIT { .text = BUF_INIT }
#define REWRITE_BASE64_MAX (96u << 10)

/*
 * 1 with text filled, 0 where it would be what s is, or -ENOMEM. A section goes
 * on into the next piece of a file.
 */
int rewrite(struct rewrite *rw, const char *s, size_t len);
/*
 * The content of strings of JSON or C, without one level of backslashes; quotes
 * that have none are the ends of lines.
 */
int rewrite_strings(struct rewrite *rw, const char *s, size_t len);
void rewrite_release(struct rewrite *rw);

/* Which bytes of s the text's are of: 1, or 0 where they are of none. */
int rewrite_span(const struct rewrite *rw, size_t off, size_t len, size_t *from,
		 size_t *to);

/* Private: base64 (mask_base64.c). Adds what is text in it; 1 where any was. */
int rewrite_base64(struct rewrite *rw, const char *s, size_t len);
/* n bytes of text that are of the len bytes at off: one by one, or as a whole. */
int rewrite_add(struct rewrite *rw, const char *text, size_t n, size_t off,
		size_t len);

/* 1 for the name of a file that may have such sections. */
int mask_has_sections(const char *path);

#endif
