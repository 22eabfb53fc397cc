/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_QUIET_H
#define UTIL_QUIET_H

#include <dirent.h>

/*
 * Opening what belongs to the user, for reading: it is not to show in the access
 * times (O_NOATIME) wherever the kernel lets us, which it does for the owner and
 * for root. Everything of a workspace is opened by one of these.
 *
 * readlink(2) has no such flag: it moves the time of a symlink as it does for
 * anybody. All return 0 or a negative errno; descriptors are close-on-exec.
 */

/* openat(2) for reading; more flags, as O_NOFOLLOW, may be given. */
int quiet_open(int dirfd, const char *path, int flags, int *fd);
/* io_open_beneath for reading. */
int quiet_open_beneath(int dirfd, const char *path, int flags, int *fd);
/* For listing a directory by name; "." for dirfd itself. Follows no link. */
int quiet_opendir(int dirfd, const char *name, DIR **out);

#endif
