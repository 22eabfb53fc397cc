/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_STOPPED_H
#define TESTS_STOPPED_H

#include <linux/ptrace.h>
#include <sys/types.h>

/*
 * A traced child that is stopped at the entry of a system call, for tests that
 * kill it there or let the call fail.
 */

/*
 * Does job in a child; at changing call number at (from 1), of whatever thread, it
 * is killed, or, with code, the call fails. *calls is how many there were. What job returned, or -1
 * where the child was killed. Fails the test where it cannot be traced.
 */
int stopped_run(int (*job)(void *payload), void *payload, long at, int code,
		long *calls);

/*
 * How far to step through calls so that about points of them are tried (0: all);
 * all of them where SCRIM_CRASH_ALL is set, VALGRIND_POINTS where that is.
 */
long stopped_step(long calls, long points);

/* 1 for a call that changes something on disk. */
int stopped_is_changing(const struct ptrace_syscall_info *info);
/* Lets the call fail with -code; 0 where this processor is not known. */
int stopped_fail(pid_t pid, int code);

#endif
