/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_HUNKS_H
#define CLI_HUNKS_H

#include "cli/changes.h"
#include "review/choose.h"

/*
 * `--hunks` of apply and discard: parts of changes, named on the command line as
 * FILE:1,3-5 (numbers as scrim diff --hunks prints them) or asked for one by one
 * on the terminal, as git add -p does.
 */
struct hunks_opts {
	const char *verb;	/* "Apply" or "Discard" */
	int may_edit;		/* in $EDITOR */
};

/*
 * Fills out with a choice, sealed, for each change of which something is taken.
 * Operands without numbers, or none at all, are asked for; -ENOTTY where there is
 * no terminal. -ENOENT where nothing was taken, with a line in err.
 */
int hunks_pick(struct changes *c, char **argv, const struct hunks_opts *o,
	       struct choices *out, struct err *err);

/* The text of the agent's file without what k takes of it. */
int hunks_without(const struct changes *c, const struct delta *d,
		  const struct choice *k, struct buf *text);

/* private: hunks_ask.c */
struct hunks_reply {
	int quit;		/* nothing more is to be asked */
	int whole;		/* a change without hunks is taken */
};
/* Asks for the hunks of delta i, and marks them in view. */
int hunks_ask(struct changes *c, size_t i, const struct hunks_opts *o,
	      struct choose *view, struct hunks_reply *out, struct err *err);

#endif
