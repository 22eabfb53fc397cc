/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_SIMILAR_H
#define REVIEW_SIMILAR_H

#include "review/source.h"

/*
 * Which new file is like one that was deleted: a rename that was made by writing
 * the one and removing the other. The session knows real renames by itself; these
 * are guesses by content (libgit2's measure), for showing only: to apply they
 * are an addition and a removal.
 *
 * As git does it, where there are too many to compare, none is.
 */
#define SIMILAR_NONE ((size_t)-1)
#define SIMILAR_LEAST 50		/* per cent */
#define SIMILAR_FILES 300		/* of each kind; more: not compared */
#define SIMILAR_BYTES (1u << 20)	/* larger files are not looked at */

struct similar {
	size_t other;	/* of an A its D and the other way round, or NONE */
	int score;	/* per cent */
};

/*
 * out has one for each delta. skip[i], where not NULL: that one is not looked at.
 * 0 or -ENOMEM; what cannot be read is like nothing.
 */
int similar_find(const struct source *s, const struct delta_list *list,
		 const char *skip, struct similar *out);

#endif
