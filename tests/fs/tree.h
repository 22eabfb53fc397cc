/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FS_TREE_H
#define TESTS_FS_TREE_H

#include <stdio.h>
#include <time.h>

/*
 * Writes a directory tree as text, one object a line in the order of the names'
 * bytes, so that two trees are the same if their texts are: type, mode, owner,
 * link count, size, hash of the content, link target, extended attributes, and
 * the first path that the same object has (groups of hard links). Nothing is
 * changed by looking, access times included. Paths may be longer than PATH_MAX.
 *
 * An mtime of since or later is written as "recent": two trees that were given
 * the same changes differ in those.
 */
enum tree_flags {
	TREE_EXACT = 1 << 0,	/* for one tree over time: inode numbers, nlink
				   of directories and all times as they are */
};

/* 0 or a negative errno. */
int tree_write(FILE *out, const char *root, int flags, time_t since);

/* Writes s with all but printable ASCII as \xNN. */
void tree_escape(FILE *out, const char *s);

#endif
