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
 *			Without an operator: detect_loose
 *	column		values of a column whose name tells of a secret: CSV,
 *			tables of bars, INSERT INTO (scan/columns.h)
 *	url		the password in scheme://user:password@host; the keyword
 *			is "://"
 */

#include <stddef.h>

struct assign;
struct scan;
struct slot;

/* The detector "url", of detect_url.c: at is the ':' of "://". */
int detect_url(struct scan *s, const struct slot *slot, size_t at, size_t len);
/* 1 where there are so many digits at least: for detect.c and detect_url.c. */
int detect_digits(const char *s, size_t len, size_t least);

/*
 * Of detect_loose.c: a value with no operator before it, in a file of the given
 * enum filekind. The directive "name value" of a configuration, the table
 * "| name | value |", and "the password is value". from and to are the line, and
 * a->name is known; 1 with a->value where there is one.
 */
int detect_loose(struct scan *s, int kind, size_t from, size_t to,
		 struct assign *a);
/*
 * 1 for what nobody would take for a word, a version, a file or an algorithm,
 * wherever it stands.
 */
int detect_looks_made(const char *s, size_t len);
/* ^9.0.2, >=1.4, v2.0.1: of a package whose name tells of secrets. */
int detect_is_version(const char *s, size_t len);

/* 1 where there is one of that name. */
int detector_exists(const char *name);

#endif
