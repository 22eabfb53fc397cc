/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REVIEW_ROWS_H
#define CLI_REVIEW_ROWS_H

#include "cli/changes.h"

/*
 * The list of changes as rows: first those that apply would ask for, by
 * themselves, then a tree of all others. Chains of directories with nothing else
 * in them are one row. All that is inside of a repository's .git is below one
 * dangerous row, closed at first. A directory that came or went as a whole with much in it,
 * or that git ignores, is closed until it is opened.
 *
 *	rows_make	anew, also when more dangers became known; keeps open what
 *			was opened
 *	rows_toggle	opens or closes a directory
 *	rows_release
 *
 * Every change is in exactly one row, or below exactly one closed one.
 */
#define ROW_FOLD_LEAST 12
#define ROW_NONE ((size_t)-1)

struct row {
	size_t delta;		/* index; ROW_NONE of a directory without */
	size_t from, to;	/* of a directory: deltas below it */
	size_t below;		/* how many of them are in the tree */
	unsigned depth;
	unsigned skip;		/* bytes of path that the rows above show */
	unsigned len;		/* of the path */
	char is_dir, open, danger;	/* both: of a .git */
	const char *path;	/* len bytes of it; borrowed from a delta */
};

struct row_toggle {
	size_t from;
	unsigned len;
	int open;
};

struct rows {
	struct row *at;		/* those that are to be seen */
	size_t n;
	size_t dangers;		/* the first so many are dangerous */
	/* private */
	size_t cap;
	struct row_toggle *toggles;
	size_t n_toggles;
	const struct changes *c;
	int oom;
};

int rows_make(struct rows *r, const struct changes *c);
int rows_toggle(struct rows *r, size_t row);
void rows_release(struct rows *r);
/* The row that shows the delta, or the closed directory that has it. */
size_t rows_find(const struct rows *r, size_t delta);
/* Opens what is closed above a delta; its row. */
size_t rows_reveal(struct rows *r, size_t delta);

/* 1 where git ignores it, of a directory all that is in it. */
int rows_is_ignored(const struct changes *c, const struct row *w);
/* 1 for a change that is not in the tree: old names, and dangers. */
int rows_is_danger(const struct changes *c, size_t delta);

#endif
