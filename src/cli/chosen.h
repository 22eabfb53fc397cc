/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CHOSEN_H
#define CLI_CHOSEN_H

#include "cli/changes.h"
#include "review/choose.h"

/*
 * What `apply --chosen` takes: the choices of a review, in the place of paths.
 *
 *	pick_begin or pick_hunks, after changes_open; fills the plan's options
 *	pick_done	after a plan of them was carried out
 *	pick_release	always
 */
struct pick {
	struct choices choices;
	struct chosen chosen;
	char *picked;		/* of each delta */
	size_t n;
	int passing;		/* the choices are of this command alone */
};

#define PICK_INIT { .n = 0 }

/*
 * -ESTALE, with a line for each, where something that was taken has been changed
 * since it was reviewed; -ENOENT where nothing is taken.
 */
int pick_begin(struct pick *p, const struct changes *c, struct plan_opts *o,
	       struct err *err);
/*
 * The same for --hunks: what argv names, or what is answered. Such choices are
 * not kept.
 */
int pick_hunks(struct pick *p, struct changes *c, char **argv,
	       struct plan_opts *o, struct err *err);
/* The choices of what was applied are over. */
int pick_done(struct pick *p, const struct changes *c, const struct plan *plan,
	      struct err *err);
void pick_release(struct pick *p);

/* Puts the chosen text in the place of the agent's, for a patch. */
int pick_side(const struct pick *p, const struct delta *d,
	      struct diff_pair *pair);

#endif
