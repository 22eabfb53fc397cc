/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H

#include <sys/types.h>

#include "util/err.h"
#include "util/strlist.h"

/*
 * What a sandbox may use at most: by cgroup v2, through a scope that
 * systemd-run(1) makes, where there is a systemd that has these controllers to
 * give and a trial shows that it makes one; else by rlimits and processor
 * affinity, which scrim-init sets.
 *
 * The second way holds less: memory is counted per process (RLIMIT_DATA),
 * processors are whole ones, and RLIMIT_NPROC does not bind root, so that a
 * limit of processes for root is refused there.
 */
struct limits {
	unsigned long long memory;	/* bytes; 0 for no limit */
	unsigned long long processes;	/* 0 for no limit */
	unsigned int cpu_percent;	/* of one processor; 0 for no limit */
};

/* Where to look; for tests. limits_host fills in this machine's. */
struct limits_host {
	const char *systemd_run;	/* path of the program, or NULL */
	const char *cgroup;		/* "/sys/fs/cgroup" */
	const char *runtime_dir;	/* of the user's systemd; or NULL */
	const char *booted;		/* "/run/systemd/system" */
	uid_t uid;
	int patience;			/* ms that the trial may take */
};

void limits_host(struct limits_host *h);

/*
 * Decides the way: prefix gets the words to put before the command, or stays
 * empty and init gets options of scrim-init; *how a text such as "memory 2 G by
 * cgroup", a heap string, NULL where there is no limit at all. -EPERM, with what
 * to do in err, where a limit could not be held.
 */
int limits_plan(const struct limits *l, const struct limits_host *h,
		struct strlist *prefix, struct strlist *init, char **how,
		struct err *err);

/* "2", "0.5", "150%": to percent of one processor. -EINVAL. */
int limits_cpus(const char *text, unsigned int *percent, struct err *err);

#endif
