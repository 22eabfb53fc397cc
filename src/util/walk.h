/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_WALK_H
#define UTIL_WALK_H

#include <sys/stat.h>

#include "util/err.h"

/*
 * Walks a directory tree of the disk, parents before children, entries in the
 * order of their names' bytes, without following any symlink and without
 * leaving the file system.
 *
 * At most WALK_FDS directories are open at once however deep the tree; a path
 * longer than PATH_MAX is reached in steps. An entry that vanishes on the way is
 * passed over.
 */
#define WALK_FDS 64

struct walk_entry {
	const char *path;	/* clean path below the root */
	const char *name;	/* its last component */
	int dirfd;		/* the directory that holds it */
	struct stat st;		/* lstat; only st_mode's type where it failed */
	int error;		/* negative errno: could not be read; else 0 */
};

enum walk_step {
	WALK_GO = 0,	/* into a directory too */
	WALK_SKIP = 1,	/* not into this one */
};

/*
 * Returns WALK_GO, WALK_SKIP or a negative errno, which ends the walk. A
 * directory that cannot be opened comes a second time, with error set, after
 * the first call said WALK_GO. A directory of another file system comes with
 * error -EXDEV and is not entered.
 */
typedef int (*walk_fn)(void *payload, const struct walk_entry *e);

int walk_tree(int rootfd, walk_fn fn, void *payload);
/*
 * The same for directories and entries called `also` alone: much faster, since
 * no other entry is looked at. Where the file system does not tell types, more
 * may come.
 */
int walk_dirs(int rootfd, const char *also, walk_fn fn, void *payload);
/*
 * As walk_tree, but of what is no directory only st_mode's type is told, without
 * looking at it, where the file system tells types: it may be gone by then.
 */
int walk_types(int rootfd, walk_fn fn, void *payload);

#endif
