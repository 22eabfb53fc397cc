/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_HISTORY_H
#define REVIEW_HISTORY_H

#include <stddef.h>

#include "util/err.h"

/*
 * The commits that an agent made in the git repository of its view: who says he
 * made them, what they say, and which paths they touched. That is all that is
 * ever taken from that repository. No object of it gets into the workspace's:
 * commits are made again from the files that were applied, so nothing comes in
 * that was not reviewed.
 *
 *	history_read(&h, layer, ".git", base, &err);
 *	history_assign(&h, paths, n, owner);
 *	... for each commit with paths of its own: the tree so far with those
 *	    paths as they were applied, author and message from here
 *	history_release(&h);
 *
 * A path belongs to the last commit that touched it, so that every tree on the
 * way is made of the base and of applied files. A commit without a path of its
 * own, since all it did was done again later, falls away.
 *
 * The agent's repository is hostile: of the layer's files only objects, refs and
 * HEAD are copied out, by name, and they are parsed in a gitchild.
 */
struct history_commit {
	char *id;		/* 40 digits, in the view's repository */
	char *author;		/* "Name <mail> seconds zone", checked */
	char *message;		/* UTF-8 or not; no NUL; not escaped */
	char **paths;		/* clean, below the repository's work tree */
	size_t n;
};

/* The oldest first. */
struct history {
	struct history_commit *at;
	size_t n;
};

struct layer;

#define HISTORY_MAX 2000		/* commits */
#define HISTORY_BYTES (2ull << 30)	/* of the agent's repository */

/*
 * Follows first parents from HEAD of the repository at the view's path git to
 * base, 40 digits: the commit that the session made (gitguard_base). A history
 * that does not lead there is compared with base as a whole. -ENOENT where there
 * is no such repository or no commit. scratch is a directory of ours, which gets
 * a copy that is removed again.
 */
int history_read(struct history *out, struct layer *l, const char *git,
		 const char *base, int scratch, struct err *err);
void history_release(struct history *h);

/*
 * 1 where HEAD is at base still, so that there is nothing to be read; a look at
 * three small files. 0 where it is not, or where that is not to be seen so.
 */
int history_is_at(struct layer *l, const char *git, const char *base);

#define HISTORY_NONE ((size_t)-1)

/*
 * owner[i] is the commit that paths[i], an applied path below the same work
 * tree, belongs to; HISTORY_NONE where no commit touched it.
 */
int history_assign(const struct history *h, const char *const *paths,
		   size_t n, size_t *owner);

/* private: the child's part (historywalk.c), and the copy (historycopy.c) */
struct history_walk {
	int git;		/* the copy */
	const char *base;
};
int history_walk(void *payload, int out);
int history_copy(struct layer *l, const char *git, int to);

#endif
