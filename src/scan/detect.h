/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_DETECT_H
#define SCAN_DETECT_H

/*
 * Matchers written in C, for what a pattern cannot tell: a rule names one with
 * detector = NAME.
 *
 *	assignment	name = value in all syntaxes (scan/assign.h), by what the
 *			name says (scan/name.h) and how the value looks
 *			(scan/value.h); the keywords are words of names. With a
 *			pattern: the keyword is in the name, the pattern matches
 *			the value, and only placeholders are looked for besides
 *	column		values of a column whose name tells of a secret: CSV,
 *			INSERT INTO (scan/columns.h)
 *	url		the password in scheme://user:password@host; the keyword
 *			is "://"
 */

#include <stddef.h>

struct scan;
struct slot;

/* The detector "url", of detect_url.c: at is the ':' of "://". */
int detect_url(struct scan *s, const struct slot *slot, size_t at, size_t len);
/* 1 where there are so many digits at least: for detect.c and detect_url.c. */
int detect_digits(const char *s, size_t len, size_t least);

/* 1 where there is one of that name. */
int detector_exists(const char *name);

#endif
