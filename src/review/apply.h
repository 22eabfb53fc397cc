/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_APPLY_H
#define REVIEW_APPLY_H

#include "review/engine.h"
#include "review/plan.h"

/*
 * Carrying out a plan, and going on after a crash; undo.h takes it back.
 *
 *   apply_recover   first of all, in every command that works on a session
 *   apply_run       the plan, all or nothing; then the session forgets it
 *   jobs_prune      keeps the last APPLY_KEEP jobs and the limit of bytes
 *
 * All of them need the session's lock. The formats on disk are job.h's.
 */
#define APPLY_KEEP 20
#define APPLY_KEEP_BYTES (4ull << 30)

/*
 * 0; -EBUSY where something was changed meanwhile (nothing is done), or another
 * errno with err filled. note is what was asked for, for the log. *seq is the
 * number of the job; 0 where nothing had to be done.
 */
int apply_run(const struct plan *p, const struct source *s,
	      const struct where *w, const char *note, uint32_t *seq,
	      struct notes *notes, struct err *err);

/* The changes of the session that the plan settles: paths for layer_settle. */
int apply_paths(const struct plan *p, char ***out, size_t *n);

enum recover_result {
	RECOVER_NOTHING,
	RECOVER_BACK,		/* an apply was rolled back */
	RECOVER_DONE,		/* an apply was finished */
};

/*
 * Completes or rolls back the job that a crash left behind. s may be NULL where
 * the session is not to be told (undo jobs need not tell it).
 */
int apply_recover(const struct where *w, const struct source *s,
		  enum recover_result *did, struct notes *notes,
		  struct err *err);
/* 1 where there is such a job; reads only. */
int apply_is_pending(const struct where *w);

/* After rolling back: removes all trace, unless something is kept in it. */
void apply_forget(struct job *j, const struct where *w);

int jobs_prune(const struct where *w, const struct job *last, size_t keep,
	       unsigned long long bytes);

#endif
