/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_BLOBS_APART_H
#define REVIEW_BLOBS_APART_H

#include <stdatomic.h>
#include <stdint.h>

#include "review/blobs.h"
#include "review/gitset.h"

/*
 * Reads git's objects in a child process, since a damaged one can make libgit2
 * loop for ever or crash. An object that the child hangs in, or dies of, is
 * handed out with -EIO, and the rest comes from another child. Private to
 * blobs.c.
 */
struct blobs_watch {
	/* Shared with the child: what it is about to read, and that it gets on. */
	struct blobs_step {
		uint8_t id[GITSET_ID];
		atomic_ulong steps;
	} *step;
	struct blobs_bad {
		uint8_t id[GITSET_ID];
	} bad[16];
	size_t nbad;
	double idle;	/* seconds in one object */
};
#define BLOBS_IDLE 15.0

/* To be called before an object is read: -EIO where it must not be. */
int blobs_about(struct blobs_watch *w, const uint8_t id[GITSET_ID]);

/*
 * Runs in the child: hands out by fn what the task wants, always in the same
 * order. What it returns, and err, are those of blobs_apart.
 */
typedef int (*blobs_job)(void *task, struct blobs_watch *w, blobs_fn fn,
			 void *payload, struct err *err);

/* Once the child was given up 16 times, -ETIMEDOUT. */
int blobs_apart(blobs_job job, void *task, double idle, blobs_fn fn,
		void *payload, struct err *err);

#endif
