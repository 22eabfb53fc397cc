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
#define COMMIT_NONE ((size_t)-1)

/* One commit. Those without anything to commit fall away. */
struct commit_group {
	const char *author;	/* "Name <mail> seconds zone"; NULL: the user */
	const char *message;
	char id[COMMIT_ID_LEN + 1];	/* filled; "" where it fell away */
};

struct commit_opts {
	const char *workspace;
	const char *branch;	/* a new branch; NULL commits to the current */
	int state;		/* the session's directory, for commit_recover */
	struct commit_group *groups;
	size_t n;		/* one on top of the other */
	const size_t *owner;	/* of each item: its group, or COMMIT_NONE;
				   NULL: all are of the first */
};

/*
 * Nothing is to be seen of it before the branch is moved, by one step; a lock that
 * a killed one leaves on the branch is taken away by commit_recover. -EEXIST
 * where the branch is there, -ENODATA where no group has anything to commit.
 */
int commit_plan(const struct plan *p, const struct source *s,
		const struct commit_opts *o, struct err *err);

/*
 * "Name <mail>" of the user's git configuration for a mail's head, in ASCII or
 * quoted by RFC 2047; one that stands for it where git does not know him.
 */
#define COMMIT_WHO_MAX 1024
void commit_who(const char *workspace, char out[COMMIT_WHO_MAX]);

#endif
