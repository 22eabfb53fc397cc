/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DIFF_NOTE_H
#define CLI_DIFF_NOTE_H

#include <stdio.h>

#include "review/diff.h"
#include "review/folding.h"
#include "review/risk.h"

/*
 * Lines that scrim diff puts between patches for a person to read: each begins
 * with '#', and what the agent named is escaped.
 */

/* A directory that is told of as a whole. */
void diff_note_folded(FILE *f, const struct diff_style *style,
		      const struct delta *d, const struct fold *fold);
/*
 * Changes inside of a .git, of which d is the first. git apply takes no path in
 * there and nobody reads its bytes, so a patch (for_eyes 0) does without them,
 * and stderr says so.
 */
void diff_note_repository(FILE *f, const struct diff_style *style,
			  const struct delta *d, const struct fold *fold,
			  int for_eyes);
/* How many changes that git ignores are not shown. */
void diff_note_ignored(FILE *f, const struct diff_style *style, size_t n);
void diff_note_risks(FILE *f, const struct diff_style *style,
		     const struct risk *risk);
/* The further names of a file that was changed. */
void diff_note_names(FILE *f, const struct diff_style *style,
		     const struct delta *d);

#endif
