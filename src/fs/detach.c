/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/detach.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/io.h"

static int add(struct detach *d, int fd)
{
	int *fds = reallocarray(d->fds, d->n + 1, sizeof(*fds));

	if (!fds)
		return -ENOMEM;
	d->fds = fds;
	d->fds[d->n++] = fd;
	return 0;
}

static int is_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return fd > STDERR_FILENO && flags >= 0 && !(flags & FD_CLOEXEC);
}

int detach_prepare(struct detach *d)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (e = readdir(dir))) {
		int fd = atoi(e->d_name);

		if (is_inherited(fd))
			ret = add(d, fd);
	}
	closedir(dir);
	if (ret)
		return ret;
	d->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return d->null < 0 ? -errno : 0;
}

void detach_now(struct detach *d)
{
	for (size_t i = 0; i < d->n; i++)
		close(d->fds[i]);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(d->null, fd);
	detach_release(d);
}

void detach_release(struct detach *d)
{
	io_close(&d->null);
	free(d->fds);
	d->fds = NULL;
	d->n = 0;
}
