/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_RESOLVE_H
#define SESSION_RESOLVE_H

#include "session/internal.h"

/*
 * What is at a name: the one answer, made of the session's entries, the policy
 * and the workspace. See layer.h for the rules.
 */

struct found {
	struct node *node;	/* with a ref; NULL: nothing is there */
	struct stat lower;	/* of an untouched node; st_mode 0 else */
	int hidden;		/* a rule hides what may be there */
	int fleeting;		/* not for long: git's guard may learn of it */
	/* the question, to see whether the answer still holds */
	struct node *dir;
	const char *name;
};
/* Called without the lock; does I/O. found_release gives the ref back. */
int resolve(struct layer *l, const struct who *w, struct node *dir,
	    const char *name, struct found *out);
void found_release(struct layer *l, struct found *f);
/* 1 if the answer is what it would be now. */
int found_holds_locked(struct layer *l, const struct found *f);
/*
 * resolve, and then takes the lock with the answer still true. The lock is held
 * on return unless that is negative.
 */
int resolve_and_lock(struct layer *l, const struct who *w, struct node *dir,
		     const char *name, struct found *out);
/* Fills what the view shows of a materialized node but content's fields. */
void upper_stat(const struct node *n, struct stat *st);
int entry_fill(struct layer *l, struct node *n, struct node *dir,
	       struct entry *out);

#endif
