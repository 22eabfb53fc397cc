/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_COMMIT_MARK_H
#define REVIEW_COMMIT_MARK_H

#include "util/err.h"

/*
 * What a killed commit leaves. Objects that nothing names do no harm; but for a
 * moment the branch has a lock, and with that left behind git would refuse to move
 * the branch for ever. So before the lock is taken the session's file "committing"
 * is told of it:
 *
 *	commit_mark_set, the branch moves, commit_mark_clear
 *
 * A mark that is there with nobody holding it is that of a killed one. The lock is
 * ours if it holds no more than what we were about to write.
 */

/*
 * state is the session's directory, lock the lock's path, id what it will hold, a line.
 * *fd is the mark, held. -EBUSY where another commit of the session is under way.
 */
int commit_mark_set(int state, const char *lock, const char *id, int *fd,
		    struct err *err);
void commit_mark_clear(int *fd);

/*
 * Takes a killed commit's lock away; in every command on changes. 1 where there
 * was one, 0 where not.
 */
int commit_recover(int state);

#endif
