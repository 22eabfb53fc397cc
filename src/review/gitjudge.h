/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITJUDGE_H
#define REVIEW_GITJUDGE_H

#include "review/gitview.h"

/*
 * Judges one git directory of the workspace, with all that is in it: modules of
 * submodules, linked worktrees, hooks, logs, configuration, every object. Runs
 * in a gitchild; the reply is lines of text:
 *
 *	key HEX		the state of the objects and indexes under these rules
 *	hide PATH	a file of objects that the view is to leave out
 *	full		nothing protected is in the rest
 *	sanitized WHY
 *
 * The line of the key comes before the slow part, so that it is known even
 * where time runs out.
 */
struct gitjudge {
	const struct gitview *v;
	const struct gitview_repo *repo;	/* a DIR or a BARE */
	const struct gitview_rules *rules;
	const char *known_key;	/* of the cache, or "" */
	const char *known;	/* the lines that belong to it */
	/*
	 * What was looked at before (review/gitknown.h), and where to write what
	 * is known afterwards; -1 for none.
	 */
	int old_fd, new_fd;
};

/* The payload is a struct gitjudge. */
int gitjudge_run(void *payload, int out);

/*
 * The plain files of a git directory (metadata): first the walk, which judges
 * content and collects repositories and indexes, then what was collected.
 */
struct gitmeta_index {
	size_t repo;
	char *path;
};

struct gitmeta_repo {
	char *path;	/* within the git directory; "" for itself */
	char *prefix;	/* workspace path of its files */
};

struct gitmeta {
	const struct gitjudge *judge;
	int fd;
	struct gitmeta_repo *repos;
	size_t n_repos;
	struct gitmeta_index *indexes;
	size_t n_indexes;
	struct buf *why, *hide;	/* borrowed */
};

/* GITOBJECTS_CLEAN, GITOBJECTS_FOUND or a negative errno. */
int gitmeta_walk(struct gitmeta *m);
void gitmeta_release(struct gitmeta *m);

#endif
