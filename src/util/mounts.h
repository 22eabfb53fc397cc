/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_MOUNTS_H
#define UTIL_MOUNTS_H

/*
 * What is mounted, as this process sees it (/proc/self/mounts, proc(5)). Nothing
 * that is mounted is touched, so a dead server or a hung one holds nobody up.
 */

/* The type of a view's file system. */
#define MOUNTS_VIEW "fuse.scrim"

/*
 * 1 where a file system of that type is mounted at path, an absolute one without
 * symlinks; at any path where that is NULL. 0 if not, or if it cannot be told.
 */
int mounts_has(const char *path, const char *type);

#endif
