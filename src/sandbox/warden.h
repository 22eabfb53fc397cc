/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_WARDEN_H
#define SANDBOX_WARDEN_H

#include <sys/types.h>

/*
 * A process between scrim and bubblewrap that lets nobody outlive them.
 *
 * bubblewrap's first child waits for a word from it, and asks to be told of its
 * end only afterwards: where bubblewrap is killed before, the child would sleep
 * for ever, with all the pipes that scrim waits on. The warden is the subreaper
 * of what it starts, so such a child becomes its own, and is killed. Where scrim
 * is no more, it kills all of them.
 *
 * Calling order: warden_start, wait for the end of pid as for that of the
 * program itself (its exit status is the program's, 128 + N where signal N ended
 * it), warden_release. The warden holds no descriptor but its own, blocks all
 * signals, and stays in the caller's process group.
 */
struct warden {
	pid_t pid;		/* -1: none */
	int hold;		/* our end of a pipe: closed when we are no more */
};

#define WARDEN_INIT { -1, -1 }

/*
 * start(payload) is called in a child of the warden, with the caller's descriptors
 * and signal mask, and does not return. 0 or a negative errno.
 */
int warden_start(struct warden *w, void (*start)(void *payload),
		 void *payload);
/* Where pid was not waited for, its end follows. */
void warden_release(struct warden *w);

#endif
