/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/readahead.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/io.h"

static const char kib[] = "1024";

void readahead_widen(const char *mountpoint)
{
	char path[64];
	struct stat st;
	int fd;

	if (geteuid() || stat(mountpoint, &st))
		return;
	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u/read_ahead_kb",
		 major(st.st_dev), minor(st.st_dev));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!io_write_full(fd, kib, sizeof(kib) - 1);
	close(fd);
}
