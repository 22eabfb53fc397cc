/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_IGNORED_H
#define REVIEW_IGNORED_H

#include "session/delta.h"

/*
 * Which changes are of files that git ignores in the user's repository: by the
 * .gitignore files that the workspace has, its info/exclude and the user's
 * core.excludesFile. What the agent writes into a .gitignore counts once it is
 * applied, so it cannot put its own changes out of sight. Tracked files are
 * never ignored.
 *
 * For marking and folding only: what is ignored is a change as any other.
 *
 * out has one char for each delta, and gets 1 or 0. Without a repository all are
 * 0. 0 or -ENOMEM.
 */
int ignored_mark(const char *workspace, const struct delta_list *list,
		 char *out);

#endif
