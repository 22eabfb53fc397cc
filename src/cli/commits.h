/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_COMMITS_H
#define CLI_COMMITS_H

#include "cli/changes.h"
#include "review/history.h"

/*
 * The commits that the agent made in the view's repository, as they can be made
 * again in the workspace's: `apply --commits`, and what status and review say of
 * them.
 *
 *	commits_read	finds them; none is no error
 *	commits_pick	which changes go into them
 *	commits_make	after a plan of those changes
 *	commits_release	always
 */
struct commits {
	struct history h;
	size_t *owner;		/* of each delta: its commit, or HISTORY_NONE */
	char *wanted;		/* of each commit */
	char *picked;		/* of each delta, for struct plan_opts */
	size_t left;		/* changes that no commit has */
};

#define COMMITS_INIT { .owner = NULL }

int commits_read(const struct changes *c, struct commits *out, struct err *err);

/*
 * revs, ended by NULL, are beginnings of their names; none: all. rest: what no
 * commit has is taken, too. also: 1 for each delta that may be taken, or NULL.
 * -ENOENT where there are none or no such one.
 */
int commits_pick(struct commits *m, const struct changes *c, char **revs,
		 int rest, const char *also, struct err *err);

/*
 * Makes them, on a new branch or the current; message, which may be NULL, is of
 * one more with the rest. Prints a line for each, or JSON.
 */
int commits_make(const struct commits *m, const struct changes *c,
		 const struct plan *p, const char *branch, const char *message,
		 struct err *err);
/* The JSON form of commits that were made otherwise. */
struct commit_opts;
int commits_told(const struct changes *c, const struct commit_opts *o);
void commits_release(struct commits *m);

/* Lines for status: how many there are and what they say. */
void commits_print(const struct commits *m);
struct json_t;
struct json_t *commits_json(const struct commits *m);

#endif
