/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/mounts.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

int mounts_has(const char *path, const char *type)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	int found = 0;

	if (!f)
		return 0;
	while (!found && (m = getmntent(f)))
		found = (!path || !strcmp(m->mnt_dir, path)) &&
			!strcmp(m->mnt_type, type);
	endmntent(f);
	return found;
}
