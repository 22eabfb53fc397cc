/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/io.h"

static char dir[64];
static pid_t owner;

static void remove_dir(void)
{
	if (getpid() == owner)
		io_remove_tree(AT_FDCWD, dir);
}

const char *fuzz_dir(void)
{
	if (*dir)
		return dir;
	snprintf(dir, sizeof(dir), "/dev/shm/scrim-fuzz-XXXXXX");
	if (!mkdtemp(dir)) {
		snprintf(dir, sizeof(dir), "/tmp/scrim-fuzz-XXXXXX");
		if (!mkdtemp(dir))
			abort();
	}
	owner = getpid();
	atexit(remove_dir);
	return dir;
}
