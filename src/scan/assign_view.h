/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_ASSIGN_VIEW_H
#define SCAN_ASSIGN_VIEW_H

#include "scan/assign.h"

/*
 * What the files of scan/assign.h share: private to assign.c, which knows the
 * forms of one line, and assign_pair.c, which knows those where name and value
 * are apart.
 */
#define ASSIGN_VALUE_MAX 1536

/* The text at hand: s[i] for i below line, and end for forms of more lines. */
struct assign_view {
	const char *s;
	size_t from, line, end;
};

/*
 * Letters, digits, _, - and $. Beyond ASCII all are letters but what begins with
 * E2 or EF in UTF-8. It is asked for each byte of each name, hence inline.
 */
static inline int assign_is_name(char c)
{
	unsigned char u = (unsigned char)c;

	return (unsigned)(u | 0x20) - 'a' < 26 || (unsigned)u - '0' < 10 ||
	       u == '_' || u == '-' || u == '$' ||
	       (u >= 0x80 && u != 0xe2 && u != 0xef);
}

int assign_is_quote(char c);
int assign_looking_at(const struct assign_view *v, size_t i, const char *what);
/* Where the blanks of the line end, or the white space of all lines. */
size_t assign_skip_blanks(const struct assign_view *v, size_t i);
size_t assign_skip_space(const struct assign_view *v, size_t i);
/*
 * A quote, or a backslash and a quote as in a string within a string; its
 * length, or 0.
 */
size_t assign_quote_at(const struct assign_view *v, size_t i);
/* The operator at i: its length, or 0. */
size_t assign_operator_at(const struct assign_view *v, size_t i,
			  enum assign_form *form);
/* The value at i, in quotes or bare; 0 where there is none. */
int assign_take_value(const struct assign_view *v, size_t i,
		      struct assign *out);

/* <name>value</name>, <key>name</key><string>value</string>; end: of the name */
int assign_markup(const struct assign_view *v, size_t end, struct assign *out);
/* "name": "X", "value": "Y", also on the next lines; i is after the name. */
int assign_pair(const struct assign_view *v, size_t i, struct assign *out);
/* NAME: / default: value; variable "NAME" { default = "value" } */
int assign_default(const struct assign_view *v, size_t i, struct assign *out);
/* a || "value", a ?? "value", ${a:-value}: what holds where there is no other. */
int assign_fallback(const struct assign_view *v, size_t i, struct assign *out);
/* The value in quotes on the line below: NAME = ( or NAME = \ or NAME =. */
int assign_below(const struct assign_view *v, size_t i, struct assign *out);
/* f("String", "NAME", "value"), as builds of Android have it. */
int assign_typed_call(const struct assign_view *v, size_t i,
		      struct assign *out);

#endif
