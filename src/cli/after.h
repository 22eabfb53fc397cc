/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_AFTER_H
#define CLI_AFTER_H

#include <stddef.h>

#include "util/err.h"

struct run_view;

/*
 * What follows a run: a summary of each session on stderr, so that the command's
 * own output stays alone on stdout, and on a terminal the question what to do
 * with it. Without a terminal, and for any answer but one of the four, the
 * session is kept. On a terminal one that is new, has no name given, and in which
 * nothing was changed, refused, saved or kept is removed.
 */
enum after_flags {
	AFTER_QUIET = 1 << 0,	/* no summary, no question */
	AFTER_GONE = 1 << 1,	/* an ephemeral session: a summary, no question */
	AFTER_NO_HINT = 1 << 2,	/* no line about what to type next */
};

/* The summary alone, of the session that opt_common names; *n changes. */
int after_summary(int flags, size_t *n, struct err *err);

/* 0, or a negative errno where a session could not be read or a wish failed. */
int after_run(struct run_view *views, size_t n, int flags, struct err *err);

#endif
