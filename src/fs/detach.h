/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_DETACH_H
#define FS_DETACH_H

#include <stddef.h>

/*
 * How the daemon lets go of the descriptors of the one who started it, so that
 * whoever reads a pipe of theirs to its end is not kept waiting.
 *
 * detach_prepare comes first in the daemon, while all that is not close-on-exec
 * was inherited and before it confines itself (/dev/null cannot be opened then);
 * detach_now when the mount has answered.
 */
struct detach {
	int null;		/* /dev/null */
	int *fds;		/* inherited, but for the standard streams */
	size_t n;
};

#define DETACH_INIT { -1, NULL, 0 }

/* 0 or a negative errno. */
int detach_prepare(struct detach *d);
/* Closes them, and puts /dev/null into the place of the standard streams. */
void detach_now(struct detach *d);
/* Where detach_now was not come to; closes nothing of what was inherited. */
void detach_release(struct detach *d);

#endif
