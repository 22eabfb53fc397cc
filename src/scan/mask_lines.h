/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_MASK_LINES_H
#define SCAN_MASK_LINES_H

#include "scan/mask.h"

/*
 * Putting secrets back: where each goes. Private to the masks.
 */
struct edit {
	size_t off;			/* of the mask, in the agent's text */
	const struct mask_span *span;	/* whose secret goes there */
	size_t to;			/* of the secret, in the result */
};

struct edit_list {
	struct edit *at;
	size_t n, cap;
};

int edit_add(struct edit_list *l, size_t off, const struct mask_span *span);
void edit_sort(struct edit_list *l);

/*
 * Short masks have no mark: their place is known by their line, which has to be
 * what it was. A line that stands once, before and now, is sure; of several
 * that are the same, the number must be the same and each must have the
 * neighbours that it had, unless it makes no difference because the secrets are
 * the same too. Any other line in which such a mask may be is refused.
 */
int mask_lines_place(const struct mask_undo *u, const struct buf *text,
		     struct edit_list *out, struct err *err);

/* Refused where a secret that was put back would be seen in the result. */
int mask_judge_again(const struct mask_undo *u, const struct buf *result,
		     const struct edit_list *edits, struct err *err);

#endif
