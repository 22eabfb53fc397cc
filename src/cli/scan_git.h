/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_SCAN_GIT_H
#define CLI_SCAN_GIT_H

#include "cli/scan_run.h"

/* scrim scan --history, --since, --staged and --install-hook. */
struct scan_git {
	const char *dir;
	const char *since;	/* NULL where it was not given */
	int staged;
};

int scan_git(struct scan_run *r, const struct scan_git *g, struct err *err);
int scan_git_hook(const char *dir, struct err *err);

#endif
