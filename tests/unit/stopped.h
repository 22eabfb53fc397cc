/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_STOPPED_H
#define TESTS_STOPPED_H

#include <linux/ptrace.h>
#include <sys/types.h>

/*
 * A traced child that is stopped at the entry of a system call, for tests that
 * kill it there or let the call fail.
 */

/* 1 for a call that changes something on disk. */
int stopped_is_changing(const struct ptrace_syscall_info *info);
/* Lets the call fail with -code; 0 where this processor is not known. */
int stopped_fail(pid_t pid, int code);

#endif
