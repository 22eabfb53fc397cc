/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdio.h>

#include "util/err.h"

/*
 * What the program says: the one place that knows of terminals, colours, the
 * pager and exit codes.
 *
 * Calling order: out_init first, out_finish last (both in main). out_pager
 * between them, before anything was written to stdout.
 */
enum status {
	STATUS_DONE = 0,	/* done, or clean */
	STATUS_FAILED = 1,	/* findings, conflicts, refused, failed */
	STATUS_USAGE = 2,
	STATUS_INCOMPLETE = 3,	/* scan: not all could be read or judged */
};

/*
 * Messages to stderr: "scrim: ", the text escaped, a newline. They return
 * the status to leave with, so that "return out_err(&err);" is enough.
 */
int out_err(const struct err *err);
int out_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "scrim CMD: text; see scrim CMD --help"; cmd may be NULL. */
int out_usage(const char *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "scrim: warning: ", and on we go. */
void out_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "scrim: ", what is worth a line though nothing is wrong. */
void out_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Opens the standard descriptors that were closed, so that no file of ours gets
 * their numbers; writing to such a one fails as it would have.
 */
int out_init(void);

/*
 * Flushes stdout and waits for the pager. Returns status, or STATUS_FAILED
 * with a message where the output could not be written (a full disk, a closed
 * descriptor). A pager that was left early is not a failure.
 */
int out_finish(int status);

/*
 * For what holds whether it is told or not ("the view is mounted"): flushes
 * stdout now, and where that fails warns, for out_finish not to call it a failure.
 */
void out_told(const char *what);

/*
 * Sends stdout through the pager if it is a terminal: $GIT_PAGER, core.pager of
 * the user's own git configuration, $PAGER, or less, with LESS=FRX where LESS is unset. Does nothing where there is none.
 */
void out_pager(void);

/* Colours: "" where stdout is not to be coloured, so always safe to print. */
enum out_style {
	OUT_PLAIN,	/* back to normal */
	OUT_BOLD,
	OUT_DIM,
	OUT_RED,
	OUT_GREEN,
	OUT_YELLOW,
	OUT_CYAN,
};
const char *out_style(enum out_style s);

/* 1 where stdout is (or, through the pager, shows on) a terminal. */
int out_is_terminal(void);

/* 1 where somebody is there to be asked. */
int out_can_ask(void);
/*
 * Asks a yes-or-no question on the terminal: 1 for yes; 0 for all else, and
 * without a question where stdin or stderr is no terminal. 1 at once with --yes.
 */
int out_ask(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Columns of the terminal; 80 where that is not known. */
int out_columns(void);

#endif
