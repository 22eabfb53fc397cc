/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_FOLDING_H
#define REVIEW_FOLDING_H

#include "session/delta.h"

/*
 * Whole directories as one line of a list: those that are new, gone or renamed
 * with much in them (node_modules, build output). A change that is dangerous is
 * never folded, and what is folded is always counted.
 */
struct fold {
	size_t into;		/* index of the directory's delta; own: itself */
	size_t files;		/* of a directory: folded changes below it */
	unsigned long long bytes;
	/*
	 * Of the first change inside of a repository's .git: the length of the
	 * path up to and with ".git". It stands for all of them (files counts
	 * the others): one by one they tell nobody anything.
	 */
	size_t git;
};

/*
 * The length of path up to and with a component ".git" that something follows;
 * 0 where there is none. Case does not count.
 */
size_t fold_git(const char *path);

/*
 * *out has one for each delta. least is how many changes below make a directory
 * worth it; keep[i] says that delta i must be seen by itself. With git, changes
 * inside of a .git are folded whatever keep says. 0 or -ENOMEM.
 */
int fold_deltas(const struct delta_list *list, size_t least, const char *keep,
		int git, struct fold **out);

#endif
