/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include "util/buf.h"
#include "util/err.h"

/*
 * Runs a program of the system, found by PATH and the system's own directories,
 * keeps to itself what it says, and waits for it. env is
 * NAME=VALUE to add, ended by NULL, or NULL. in is a descriptor for its standard
 * input, or -1. -ENOENT, with the package that has it in err, where there is
 * none; -EIO with its last words, where it did not end with status 0.
 */
int tool_run(const char *const *argv, const char *const *env, int in,
	     const char *package, struct err *err);

/*
 * The same for a program by its path: what it says on standard output is out.
 */
int tool_read(const char *const *argv, int in, struct buf *out, struct err *err);

/*
 * Where a program of scrim's own is: beside scrim where that was built and not
 * installed, else in LIBEXECDIR. -ENOENT where it is missing.
 */
int tool_own(const char *name, char **out, struct err *err);

#endif
