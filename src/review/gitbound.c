/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitbound.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"

struct aged {
	struct timespec when;
	uint64_t bytes;
	char name[64];
};

static int youngest_first(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	return io_time_cmp(&y->when, &x->when);
}

static size_t list_aged(DIR *d, struct aged **out)
{
	struct aged *at = NULL;
	struct dirent *de;
	size_t n = 0;
	struct stat st;

	while ((de = readdir(d))) {
		struct aged *p;

		if (strlen(de->d_name) >= sizeof(p->name) ||
		    fstatat(dirfd(d), de->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		p = reallocarray(at, n + 1, sizeof(*at));
		if (!p)
			break;
		at = p;
		at[n].when = st.st_ctim;
		at[n].bytes = (uint64_t)st.st_size;
		snprintf(at[n++].name, sizeof(at->name), "%s", de->d_name);
	}
	*out = at;
	return n;
}

void gitbound_prune(int dirfd, size_t files, uint64_t bytes)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct aged *at = NULL;
	uint64_t sum = 0;
	size_t n;

	if (!d) {
		io_close(&fd);
		return;
	}
	n = list_aged(d, &at);
	if (n)
		qsort(at, n, sizeof(*at), youngest_first);
	for (size_t i = 0; i < n; i++) {
		sum += at[i].bytes;
		if (i >= files || sum > bytes)
			unlinkat(dirfd, at[i].name, 0);
	}
	free(at);
	closedir(d);
}
