/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_COMMIT_H
#define REVIEW_COMMIT_H

#include "review/plan.h"

/*
 * A plan as a commit in the workspace's repository, made by libgit2: objects and
 * one reference are written, nothing else. The working tree and the index stay
 * as they are, no hook, filter or other program runs, no attribute is read.
 *
 * The repository is the one whose .git is in the workspace's root; none is
 * searched for above it. Author and committer are the user of the user's own git
 * configuration.
 */
#define COMMIT_ID_LEN 40

struct commit_opts {
	const char *workspace;
	const char *branch;	/* a new branch; NULL commits to the current */
	const char *message;
};

/* id gets the commit's name in hex. -EEXIST where the branch is there. */
int commit_plan(const struct plan *p, const struct source *s,
		const struct commit_opts *o, char id[COMMIT_ID_LEN + 1],
		struct err *err);

#endif
