/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_SUPERVISE_H
#define SANDBOX_SUPERVISE_H

#include "sandbox/init.h"
#include "util/err.h"
#include "util/strlist.h"

struct sandbox;

/*
 * Runs a sandbox on the caller's terminal and waits for its command.
 *
 * Terminal signals reach the command by themselves, since it is in the caller's
 * process group; the caller and bwrap ignore them meanwhile. SIGTERM, SIGHUP,
 * SIGUSR1, SIGUSR2 and SIGALRM, and SIGINT and SIGQUIT that were sent by a
 * process, are passed on. When the command stops, we stop, and go on with it.
 * Afterwards the terminal has its old modes and process group again, and what
 * was typed ahead is gone.
 */

/* Fills out with the signals that are ignored now, as "-iN" for scrim-init. */
int supervise_ignored(struct strlist *out);

/*
 * *status is the command's exit status, 128 + N where signal N ended it. env has
 * NAME=VALUE for the command. Fails closed: a negative errno, with what to do in
 * err, where the sandbox could not be made or the command not be found in it
 * (-ENOENT); no part of the command has run then.
 */
int supervise_run(const struct sandbox *s, const struct strlist *env,
		  int *status, struct err *err);

/* 0 where bwrap can make a sandbox here; else -ENOPKG or -EPERM, and why. */
int supervise_probe(struct err *err);

/* Why bwrap cannot work here, from its own words and what the kernel says. */
void supervise_explain(const char *said, struct err *err);

#endif
