/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DIFF_SUM_H
#define CLI_DIFF_SUM_H

#include <stdio.h>

#include "cli/changes.h"
#include "review/diff.h"
#include "review/folding.h"

/*
 * What scrim diff shows, and the forms that sum it up: names, counts, JSON.
 */
struct diff_view {
	struct changes *c;	/* after changes_look */
	struct strlist paths;
	struct fold *folds;
	char *keep;
	struct diff_opts opts;
	struct diff_style style;
	FILE *to;
	int join;		/* a guessed rename is one entry */
	int hide_ignored;	/* by git; they are counted */
	int nul, name_status;
	int each_name;		/* of a file of several is an entry */
	size_t ignored;		/* that were hidden */
	size_t skipped;		/* that no patch could be made of */
};

struct diff_counts {
	long added, removed;	/* -1: no text */
};

int diff_is_listed(const struct diff_view *v, size_t i);
/* A directory is told of by what is in it, unless it is empty. */
int diff_is_implied(const struct diff_view *v, size_t i);
/* Counts it where it is hidden. */
int diff_is_hidden(struct diff_view *v, size_t i);
/* diff_load, or of a guessed rename both its ends. */
int diff_load_shown(const struct diff_view *v, size_t i, size_t limit,
		    struct diff_pair *out);

/* n has one for each delta. */
int diff_count_all(const struct diff_view *v, struct diff_counts *n,
		   struct err *err);
/* The old name of a rename, also of a guessed one, or NULL; it is v's. */
const char *diff_origin(const struct diff_view *v, size_t i);
void diff_print_names(const struct diff_view *v, size_t i);
/*
 * A line for each file, with a bar (diff_stat.c): columns as wide as what is in
 * them needs, bars as git's, the longest as long as the line has room for.
 */
int diff_print_stat(struct diff_view *v, struct err *err);
int diff_print_json(struct diff_view *v, struct err *err);

#endif
