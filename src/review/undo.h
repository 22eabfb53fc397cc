/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_UNDO_H
#define REVIEW_UNDO_H

#include "review/engine.h"

/*
 * Taking a job back: what it replaced or removed comes again, what it added
 * goes. Where the user has changed something since, the same rules hold as for
 * apply: text is merged (base what was applied, theirs what was before), and what
 * cannot be merged is a conflict.
 *
 *   undo_plan, undo_items to look at, undo_do, undo_free
 *
 * Nothing is done while there is a UNDO_CONFLICT. All need the session's lock.
 */
enum undo_verdict {
	UNDO_RESTORE,	/* what was replaced or removed comes back */
	UNDO_REMOVE,	/* what was added goes */
	UNDO_MOVE,	/* renamed back */
	UNDO_META,	/* mode or times only */
	UNDO_MERGE,	/* with what the user changed since */
	UNDO_NOTHING,	/* it is like that already */
	UNDO_LEFT,	/* a conflict that was to be skipped */
	UNDO_CONFLICT,
	UNDO_VERDICTS
};

struct undo_item {
	const char *path;	/* borrowed from the job */
	enum undo_verdict verdict;
	char *why;		/* of CONFLICT and LEFT */
	struct buf content;	/* of a MERGE; of a CONFLICT with markers, or "" */
	/* private */
	struct req req;
	char *target;		/* of a symlink */
	char *link;		/* a name that the file still has */
	char linked[JOB_NAME_MAX];	/* where the file itself is kept */
	const struct job *job;
	size_t op;		/* of job */
	int has_req;
};

enum undo_flags {
	UNDO_SKIP = 1 << 0,	/* conflicts are left */
	UNDO_MARKERS = 1 << 1,	/* merges that fail are written with markers */
};

struct undo {
	uint32_t seq;		/* of the job that is taken back */
	uint32_t by;		/* after undo_do: of the job that did it */
	struct undo_item *at;	/* in the order of the job */
	size_t n;
	size_t count[UNDO_VERDICTS];
	/* private */
	const struct where *w;
	struct job old;
	int flags;
};

/*
 * Of job seq, or with 0 of the last that is not undone (an undo counts as one
 * only when asked for by number). -ENOENT where there is none. u must not be
 * moved afterwards.
 */
int undo_plan(struct undo *u, const struct where *w, uint32_t seq, int flags,
	      struct err *err);
/* -EBUSY, with nothing done, for a conflict or what was changed meanwhile. */
int undo_do(struct undo *u, struct notes *notes, struct err *err);
/* NULL-safe in spirit: also after a failed undo_plan. */
void undo_free(struct undo *u);

/* "restore", "conflict"...: stable words for JSON. */
const char *undo_verdict_name(enum undo_verdict v);

/* The job that undo_plan takes for 0; released by job_release. */
int undo_last(const struct where *w, struct job *j, struct err *err);

/* Writes into job seq that job by undid it. */
int undo_mark(const struct where *w, uint32_t seq, uint32_t by,
	      struct err *err);

/* Both at once; *did is the job that was taken back. */
int undo_run(const struct where *w, uint32_t seq, uint32_t *did,
	     struct notes *notes, struct err *err);

/* ---- undo_item.c: one operation ---- */
int undo_item_plan(struct undo *u, struct undo_item *it, struct err *err);
int undo_set(struct undo_item *it, enum undo_verdict v, const char *why);
/* ---- undo_links.c: files of several names, after all else is planned ---- */
int undo_links(struct undo *u);
/* ---- undo_merge.c: a file that was changed since ---- */
int undo_merge(struct undo *u, struct undo_item *it, const struct stat *now,
	       struct err *err);
/* The bytes that operation i displaced. */
int undo_open_stored(const struct job *j, size_t i, int *fd);
/* 1 where path holds what operation i displaced, byte for byte. */
int undo_is_back(const struct undo *u, const struct undo_item *it,
		 const struct stat *now);
/* A request for what operation it->op displaced. */
int undo_restore(struct undo *u, struct undo_item *it);
/* Of what undo_restore has asked for, where the user has changed it since. */
void undo_set_mode(struct undo_item *it, mode_t mode);

#endif
