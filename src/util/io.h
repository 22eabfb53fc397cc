/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "util/buf.h"

/*
 * Files and descriptors. All functions return 0 (or a count) or a negative
 * errno; all descriptors they make are close-on-exec.
 */

/*
 * Opens path below dirfd without ever leaving it: no symlink is followed, no
 * magic link, no "..", no other mount (openat2(2) with RESOLVE_BENEATH,
 * RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV). "" is dirfd
 * itself. A path longer than PATH_MAX is opened in steps. -ELOOP where a
 * symlink stands in the way, -EXDEV at another mount.
 */
int io_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
		    int *fd);

/* Opens the directory that holds path's last component, as above. */
int io_open_parent(int dirfd, const char *path, int *fd);

/*
 * The directory of a path, kept for the next path of the same one: to look, or to
 * take away what is known to be in it, since it may be renamed to elsewhere
 * meanwhile. Starts as IO_PARENT_NONE.
 */
struct io_parent {
	char *path;
	int fd, error;
};

#define IO_PARENT_NONE { NULL, -1, 0 }

/* The directory of path, borrowed until the next call. */
int io_parent_open(struct io_parent *p, int dirfd, const char *path, int *dir);
/* Lstat; zero and 0 where nothing is there. */
int io_parent_stat(struct io_parent *p, int dirfd, const char *path,
		   struct stat *st);
void io_parent_release(struct io_parent *p);

/* Reads until count bytes or the end; the number read, or a negative errno. */
ssize_t io_read_full(int fd, void *buf, size_t count);
ssize_t io_pread_full(int fd, void *buf, size_t count, off_t off);

/* Writes all of it or fails. */
int io_write_full(int fd, const void *buf, size_t count);
int io_pwrite_full(int fd, const void *buf, size_t count, off_t off);

/* Appends the rest of fd, at most limit bytes; -EFBIG where there is more. */
int io_read_all(int fd, size_t limit, struct buf *out);

/* The same, closing fd; the file must be regular (-EINVAL else). */
int io_read_regular(int fd, size_t limit, struct buf *out);
/* The same for a file by name. */
int io_read_file(int dirfd, const char *path, size_t limit, struct buf *out);

/*
 * Copies the whole content of the regular file src to the empty file dst: by
 * reflink where the file system can, else by copy_file_range(2), else by read
 * and write; holes stay holes. -EINTR never; a source that shrinks meanwhile
 * gives a shorter copy.
 */
int io_copy(int src, int dst);

/*
 * Replaces a small file as a whole: a temporary file in the same directory,
 * fsync, rename, fsync of the directory. Readers see the old or the new.
 */
int io_replace(int dirfd, const char *name, const void *data, size_t len,
	       mode_t mode);

/* fsync of a directory by descriptor; not an error where it is unsupported. */
int io_sync_dir(int dirfd);

/* mkdir -p; the last component gets mode, existing ones are left alone. */
int io_mkdirs(const char *path, mode_t mode);

/*
 * Removes name and all below it, without following a symlink and without
 * leaving the file system; directories of ours that are not searchable are
 * made so first. -ENOENT where there is none.
 */
int io_remove_tree(int dirfd, const char *name);

/* NULL-safe in spirit: closes *fd unless it is -1, and sets it to -1. */
void io_close(int *fd);

/* Fills buf with random bytes (getrandom(2)); aborts where there are none. */
void io_random(void *buf, size_t len);

/* Compares two times: <0, 0, >0. */
int io_time_cmp(const struct timespec *a, const struct timespec *b);

#endif
