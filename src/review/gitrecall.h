/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITRECALL_H
#define REVIEW_GITRECALL_H

struct gitview;
struct gitview_rules;

/*
 * What was found and decided at an earlier mount, kept in the cache directory
 * for each workspace and set of rules, and what it hangs on: the lstat of every
 * directory that was walked and of every file of the git directories (of the
 * objects: their directories and packs). Where none of these has changed the
 * verdict holds, without one file being opened (gitstate.h).
 *
 *	gitrecall_get(&v, rules, dirfd)	1: v is as it was left; else look anew,
 *					noting with gitstate_add
 *	gitrecall_put(&v, rules, dirfd)
 *
 * Of more than GITRECALL_DIRS directories only the git directories are compared:
 * gitview_refresh looks for new repositories in the background, for the next
 * mount; until then they are not shown.
 */
#define GITRECALL_DIRS 4000

enum {
	GITRECALL_NOTHING = 0,
	GITRECALL_FOUND = 1,	/* where they are; what to show is to be decided */
	GITRECALL_DECIDED = 2,
};

/* v has workspace_fd and root. One of the above; never fails. */
int gitrecall_get(struct gitview *v, const struct gitview_rules *rules,
		  int dirfd);
/* decided: the choices count too. What cannot be kept is not kept. */
void gitrecall_put(const struct gitview *v, const struct gitview_rules *rules,
		   int dirfd, int decided);
/* Nothing is known of this workspace any more. */
void gitrecall_forget(const struct gitview *v,
		      const struct gitview_rules *rules, int dirfd);

#endif
