/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_MERGE_H
#define REVIEW_MERGE_H

#include <stddef.h>

#include "util/buf.h"

/*
 * Three-way merge of texts, with the results and markers of `git merge-file`.
 */
struct merge_side {
	const char *ptr;
	size_t len;
	const char *label;	/* stands at the markers */
};

/*
 * Appends the merge to out. *clean is 1 where no place was in conflict; else out
 * holds conflict markers. Binary content (a NUL near the start of any side) and
 * what is over the bounds of hunk.h is -ENOTSUP: the sides must be chosen whole.
 */
int merge_texts(const struct merge_side *base, const struct merge_side *ours,
		const struct merge_side *theirs, struct buf *out, int *clean);

#endif
