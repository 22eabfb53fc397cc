/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_THREATS_PROBE_H
#define TESTS_THREATS_PROBE_H

#include <sys/types.h>

/*
 * Ways of getting at a path. Each writes what it got to stdout and returns 0, or
 * the errno; 77 where the kernel refuses the way itself.
 */
int by_all_handles(const char *dir);
int by_inotify(const char *dir);
int by_ioctl(const char *path);
int by_odd_reads(const char *path);
int by_openat2(const char *path);
int by_offsets(const char *dir);
int by_xattrs(const char *path);
int by_fallocate(const char *path);

/* n bytes, or the errno where n is negative. */
int give(const void *data, ssize_t n);

#endif
