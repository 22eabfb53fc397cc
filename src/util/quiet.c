/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/quiet.h"

#include <errno.h>
#include <fcntl.h>

#include "util/io.h"

int quiet_open(int dirfd, const char *path, int flags, int *fd)
{
	flags |= O_RDONLY | O_CLOEXEC;
	*fd = openat(dirfd, path, flags | O_NOATIME);
	if (*fd < 0 && errno == EPERM)
		*fd = openat(dirfd, path, flags);
	return *fd < 0 ? -errno : 0;
}

int quiet_open_beneath(int dirfd, const char *path, int flags, int *fd)
{
	int r;

	flags |= O_RDONLY;
	r = io_open_beneath(dirfd, path, flags | O_NOATIME, 0, fd);
	return r == -EPERM ? io_open_beneath(dirfd, path, flags, 0, fd) : r;
}

int quiet_opendir(int dirfd, const char *name, DIR **out)
{
	int fd, r;

	*out = NULL;
	r = quiet_open(dirfd, name, O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, &fd);
	if (r)
		return r;
	*out = fdopendir(fd);
	if (*out)
		return 0;
	r = -errno;
	io_close(&fd);
	return r;
}
