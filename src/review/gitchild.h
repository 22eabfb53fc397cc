/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITCHILD_H
#define REVIEW_GITCHILD_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * Runs a function that parses what cannot be trusted in a child process of its
 * own, which is killed when its time is over: a damaged pack can neither hang
 * nor crash nor fill the memory of the caller.
 *
 * To be called while the process has one thread. The child inherits all
 * descriptors, has no new privileges, is not dumpable, dies with the caller and
 * ends by _exit. Where the kernel has Landlock it can neither change nor run
 * anything but what is in write_fd, whatever is made of its memory.
 */
struct gitchild_limits {
	double seconds;		/* of the clock, and of CPU time rounded up */
	size_t memory;		/* address space in bytes; 0 for no limit */
	double idle;		/* seconds between gitchild_beat; 0: no limit */
	int write_fd;		/* the one directory it may write in; -1: none */
};

/* Runs in the child; what it writes to out (no NUL) is the parent's reply. */
typedef int (*gitchild_fn)(void *payload, int out);

/*
 * For the child of a long job: says that it gets on, unless that was said in
 * this second (*last, 0 at first). What hangs in one object does not say it.
 */
void gitchild_beat(int out, time_t *last);

/*
 * Returns what fn returned (0 or a negative errno), with all that it wrote
 * appended to reply, at most GITCHILD_REPLY bytes. -ETIMEDOUT where it had to
 * be killed, -EIO where it ended otherwise; reply then holds what it had
 * written until then.
 */
#define GITCHILD_REPLY (4u << 20)
int gitchild_run(const struct gitchild_limits *lim, gitchild_fn fn,
		 void *payload, struct buf *reply);

/*
 * For a child that is made otherwise: limits itself, ends with parent, its
 * process id, and has its signals as a new program would. Ends it on failure.
 */
void gitchild_confine(const struct gitchild_limits *lim, pid_t parent);

#endif
