/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_HOME_H
#define SANDBOX_HOME_H

#include "util/buf.h"
#include "util/err.h"

struct profile;

/*
 * The directories of the home that a profile keeps in the session.
 *
 * Each is one directory right below dir, by a name made from its path, and is
 * made with its first content before any sandbox has seen it, under a temporary
 * name: an agent can neither put a symlink in the way of what is copied, nor do
 * we copy into what an agent has written.
 */

/* Makes what is missing. dir exists, and is nobody else's. */
int home_prepare(const struct profile *p, const char *dir, struct err *err);

/* The path below dir where the kept directory path is; appended to out. */
void home_place(const char *dir, const char *path, struct buf *out);

#endif
