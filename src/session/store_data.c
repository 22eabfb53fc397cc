/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/io.h"

/* "f/000000000000001f" */
#define NAME_SIZE 19

static void data_name(char name[NAME_SIZE], uint64_t nid)
{
	snprintf(name, NAME_SIZE, "%x/%016llx", (unsigned)(nid & 15),
		 (unsigned long long)nid);
}

/*
 * ext4 puts the files of a directory into one group of inodes, and there each
 * new one passes over all that were deleted in the last minutes: a millisecond
 * per file after some thousands. This flag spreads the directories below. Other
 * file systems refuse it.
 */
static void spread(int fd)
{
	int flags;

	if (!ioctl(fd, FS_IOC_GETFLAGS, &flags)) {
		flags |= FS_TOPDIR_FL;
		(void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
}

int store_data_start(struct store *s)
{
	int made = s->writable && !mkdirat(s->dirfd, "data", 0700);

	if (s->writable && !made && errno != EEXIST)
		return -errno;
	s->datafd = openat(s->dirfd, "data", O_RDONLY | O_DIRECTORY |
			   O_NOFOLLOW | O_CLOEXEC);
	if (s->datafd < 0)
		return s->writable || errno != ENOENT ? -errno : 0;
	if (made)
		spread(s->datafd);
	return 0;
}

/* The directory that a content file goes to; there from its first one on. */
static int make_dir(struct store *s, const char *name)
{
	const char dir[2] = { name[0], '\0' };

	return mkdirat(s->datafd, dir, 0700) && errno != EEXIST ? -errno : 0;
}

static int open_name(struct store *s, const char *name, int flags)
{
	int fd;

	flags |= O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	fd = openat(s->datafd, name, flags | O_NOATIME, 0600);
	return fd >= 0 || errno != EPERM ? fd :
	       openat(s->datafd, name, flags, 0600);
}

int store_data_open(struct store *s, uint64_t nid, int flags, int *fd)
{
	char name[NAME_SIZE];

	data_name(name, nid);
	*fd = open_name(s, name, flags);
	if (*fd < 0 && errno == ENOENT && flags & O_CREAT &&
	    !make_dir(s, name))
		*fd = open_name(s, name, flags);
	return *fd < 0 ? -errno : 0;
}

int store_data_stat(struct store *s, uint64_t nid, struct stat *st)
{
	char name[NAME_SIZE];

	data_name(name, nid);
	return fstatat(s->datafd, name, st, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

int store_data_link(struct store *s, uint64_t nid, struct store *to)
{
	char name[NAME_SIZE];
	int r;

	data_name(name, nid);
	r = linkat(s->datafd, name, to->datafd, name, 0) ? -errno : 0;
	if (r == -ENOENT && !make_dir(to, name))
		r = linkat(s->datafd, name, to->datafd, name, 0) ? -errno : 0;
	return r;
}

int store_data_replace(struct store *s, uint64_t nid, int from,
		       const struct stat *st, int sync)
{
	struct timespec ts[2] = { st->st_atim, st->st_mtim };
	char name[NAME_SIZE], tmp[NAME_SIZE + 8];
	int fd, r;

	data_name(name, nid);
	snprintf(tmp, sizeof(tmp), "%.2s.part-%s", name, name + 2);
	fd = openat(s->datafd, tmp, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = io_copy(from, fd);
	if (!r && (futimens(fd, ts) || (sync && fdatasync(fd))))
		r = -errno;
	if (!r && renameat(s->datafd, tmp, s->datafd, name))
		r = -errno;
	if (r)
		unlinkat(s->datafd, tmp, 0);
	close(fd);
	return r;
}

int store_data_remove(struct store *s, uint64_t nid)
{
	char name[NAME_SIZE];

	data_name(name, nid);
	return unlinkat(s->datafd, name, 0) ? -errno : 0;
}

int store_data_sync(struct store *s, uint64_t nid)
{
	char name[NAME_SIZE];
	int fd, r;

	data_name(name, nid);
	name[1] = '\0';
	fd = openat(s->datafd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = io_sync_dir(fd);
	close(fd);
	return r ? r : io_sync_dir(s->datafd);
}

typedef int (*keep_fn)(void *payload, uint64_t nid);

/* Of the directory for numbers that end in digit. Takes fd over. */
static int sweep_dir(int fd, unsigned digit, int remove, keep_fn keep,
		     void *payload)
{
	DIR *d = fdopendir(fd);
	struct dirent *de;

	if (!d) {
		int r = -errno;

		close(fd);
		return r;
	}
	while ((de = readdir(d))) {
		unsigned long long nid;
		char *end;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		nid = strtoull(de->d_name, &end, 16);
		if (*end || end - de->d_name != 16 || (nid & 15) != digit)
			nid = 0;
		if (!keep(payload, nid) && remove)
			unlinkat(fd, de->d_name, 0);
	}
	closedir(d);
	return 0;
}

int store_data_sweep(struct store *s, keep_fn keep, void *payload)
{
	int r = 0;

	if (s->datafd < 0)
		return 0;
	for (unsigned digit = 0; digit < 16 && !r; digit++) {
		char name[NAME_SIZE];
		int fd;

		data_name(name, digit);
		name[1] = '\0';
		fd = openat(s->datafd, name, O_RDONLY | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0)
			r = sweep_dir(fd, digit, s->writable, keep, payload);
		else if (errno != ENOENT)
			r = -errno;
	}
	return r;
}
