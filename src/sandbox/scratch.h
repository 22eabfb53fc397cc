/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_SCRATCH_H
#define SANDBOX_SCRATCH_H

#include <sys/types.h>

#include "util/err.h"

/*
 * A tmpfs of limited size that nobody else sees and that is gone with its
 * holder: a child process with a mount namespace of its own (and a user
 * namespace, where we are not root). It is reached through path, which leads
 * through /proc into that namespace and holds as long as the child lives.
 *
 * The child ends when scratch_close is called, or with us, whatever ends us;
 * files still open in it keep their bytes until they are closed.
 */
struct scratch {
	char *path;		/* an empty directory of mode 0700 */
	pid_t holder;
	int hold;		/* our end of the pipe that it reads */
};

#define SCRATCH_INIT { NULL, -1, -1 }

/* -EPERM, with what to do, where user namespaces are forbidden. */
int scratch_open(struct scratch *s, unsigned long long size, struct err *err);
void scratch_close(struct scratch *s);

#endif
