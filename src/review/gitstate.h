/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITSTATE_H
#define REVIEW_GITSTATE_H

#include <stddef.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/sha1.h"

/*
 * What a verdict hangs on: a list of paths, and one sum of what lstat says of
 * them.
 *
 * Each lstat is taken before what it stands for is read. One that is so young
 * that a change might not show in it keeps the verdict from being kept.
 *
 * gitstate_begin; gitstate_add...; gitstate_hex; gitstate_release.
 */
struct gitstate {
	struct buf paths;	/* each with its NUL, in the order of sum */
	struct sha1 sum;
	size_t n;
	int young;		/* one changed just before it was looked at */
};

void gitstate_begin(struct gitstate *s);
void gitstate_release(struct gitstate *s);
void gitstate_add(struct gitstate *s, const char *path,
		  const struct stat *st);
/* All of the git directory at path that a verdict hangs on. */
int gitstate_add_git(struct gitstate *s, int workspace_fd, const char *path);
/* The sum of all so far, 40 digits. */
void gitstate_hex(const struct gitstate *s, char hex[41]);

#endif
