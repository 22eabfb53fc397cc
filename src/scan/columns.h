/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_COLUMNS_H
#define SCAN_COLUMNS_H

#include <stddef.h>

/*
 * Tables whose names stand once, above or before their values: the header of a
 * file of comma-separated values, the head of a table of bars as Markdown has it,
 * and INSERT INTO x (a, b) VALUES (...), (...).
 *
 *	if (columns_csv(text, from, to, &c) || columns_sql(text, from, to, at, &c))
 *		while (columns_next(&c, text, to, &cell))
 *			...
 *
 * Each byte is looked at once: c->at is where the next call goes on, and where
 * the table ends when there are no more cells.
 */
#define COLUMNS_MAX 64

struct columns {
	char sep;		/* of a CSV file or a table; 0 for SQL */
	int bars;		/* a table, which ends with its last bar */
	size_t from;		/* where the list of names begins */
	size_t n;		/* names; what is beyond COLUMNS_MAX is not seen */
	struct {
		size_t at, len;
	} name[COLUMNS_MAX];
	size_t at;		/* the next cell */
	size_t index;		/* its column */
};

struct cell {
	size_t at, len;		/* without quotes */
	size_t column;		/* less than n */
	int quoted;
};

/* The line from from to to is a header; 0 where it does not look like one. */
int columns_csv(const char *text, size_t from, size_t to, struct columns *c);

/*
 * The line from from to to is the head of a table of bars: the next one, before
 * end, is a rule of bars and dashes.
 */
int columns_bars(const char *text, size_t from, size_t to, size_t end,
		 struct columns *c);

/*
 * at, from from to to, is in the list of names of an INSERT; else 0, and then no
 * byte from c->from to c->at is.
 */
int columns_sql(const char *text, size_t from, size_t to, size_t at,
		struct columns *c);

/* 0 at the end of the table, or at to. */
int columns_next(struct columns *c, const char *text, size_t to,
		 struct cell *out);

#endif
