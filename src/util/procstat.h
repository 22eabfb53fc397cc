/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_PROCSTAT_H
#define UTIL_PROCSTAT_H

#include <sys/types.h>

/* What /proc/PID/stat says of a process (proc_pid_stat(5)), its first thread. */
struct procstat {
	char state;		/* R, S, D, Z, T... */
	pid_t parent;
	unsigned flags;		/* PROCSTAT_EXITING and others of the kernel's */
	unsigned long pending;	/* signals for that thread, by number less one */
};

#define PROCSTAT_EXITING 0x4	/* PF_EXITING, include/linux/sched.h */

/* 0; -ENOENT or -ESRCH where there is no such process; -EIO for what it cannot read. */
int procstat_read(pid_t pid, struct procstat *out);

#endif
