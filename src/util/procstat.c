/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/procstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util/io.h"

#define STAT_MAX 4096

/* "PID (any name) STATE PARENT ..."; the 3rd, 4th, 9th and 31st. */
static int parse(const char *text, struct procstat *out)
{
	const char *end = text ? strrchr(text, ')') : NULL;
	int n = !end ? 0 :
		sscanf(end, ") %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u "
		       "%*u %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %*u %*u "
		       "%*u %*u %*u %lu", &out->state, &out->parent,
		       &out->flags, &out->pending);

	return n == 4 ? 0 : -EIO;
}

int procstat_read(pid_t pid, struct procstat *out)
{
	struct buf text = BUF_INIT;
	char path[64];
	int r;

	*out = (struct procstat){ 0 };
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	r = io_read_file(AT_FDCWD, path, STAT_MAX, &text);
	if (!r)
		r = parse(text.ptr, out);
	buf_release(&text);
	return r;
}
