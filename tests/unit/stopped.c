/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "stopped.h"

static const long changing[] = {
	SYS_write, SYS_pwrite64, SYS_fsync, SYS_fdatasync, SYS_syncfs,
	SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_symlinkat, SYS_linkat,
	SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat,
	SYS_ftruncate, SYS_copy_file_range, SYS_ioctl,
#ifdef SYS_rename
	SYS_rename, SYS_unlink, SYS_mkdir, SYS_chmod,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
};

int stopped_is_changing(const struct ptrace_syscall_info *info)
{
	long nr = (long)info->entry.nr;

	if (nr == SYS_openat)
		return (info->entry.args[2] & O_CREAT) != 0;
	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
		if (changing[i] == nr)
			return 1;
	return 0;
}

int stopped_fail(pid_t pid, int code)
{
#if defined(__x86_64__) || defined(__aarch64__)
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };
	int status;

#if defined(__x86_64__)
	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io), 0);
	regs.orig_rax = (unsigned long long)-1;
	assert_int_equal(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io), 0);
#else
	int nr = -1;
	struct iovec call = { &nr, sizeof(nr) };

	assert_int_equal(ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL,
				&call), 0);
#endif
	assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io), 0);
#if defined(__x86_64__)
	regs.rax = (unsigned long long)-code;
#else
	regs.regs[0] = (unsigned long long)-code;
#endif
	assert_int_equal(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io), 0);
	return 1;
#else
	return 0;
#endif
}

static void start_tracing(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL,
				PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
				PTRACE_O_TRACECLONE), 0);
}

/*
 * Goes on from *thread. The next that stands at the entry of a changing call, in
 * *thread; 0 where the child has ended.
 */
static int next_change(pid_t pid, pid_t *thread, int *status)
{
	struct ptrace_syscall_info info;

	for (;;) {
		/* it is gone where another thread has ended the process */
		if (*thread && ptrace(PTRACE_SYSCALL, *thread, NULL, NULL))
			assert_int_equal(errno, ESRCH);
		*thread = waitpid(-1, status, __WALL);
		assert_true(*thread > 0);
		if (!WIFSTOPPED(*status) && *thread == pid)
			return 0;
		if (!WIFSTOPPED(*status))
			*thread = 0;
		else if (WSTOPSIG(*status) == (SIGTRAP | 0x80) &&
			 ptrace(PTRACE_GET_SYSCALL_INFO, *thread, sizeof(info),
				&info) > 0 &&
			 info.op == PTRACE_SYSCALL_INFO_ENTRY &&
			 stopped_is_changing(&info))
			return 1;
	}
}

static void kill_all(pid_t pid, int *status)
{
	kill(pid, SIGKILL);
	while (waitpid(-1, status, __WALL) != pid || WIFSTOPPED(*status))
		;
}

int stopped_run(int (*job)(void *payload), void *payload, long at, int code,
		long *calls)
{
	pid_t pid = fork(), thread = pid;
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(job(payload));
	}
	start_tracing(pid);
	for (*calls = 0; next_change(pid, &thread, &status);) {
		if (++*calls != at)
			continue;
		if (code) {
			stopped_fail(thread, code);
			continue;
		}
		kill_all(pid, &status);
		break;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

long stopped_step(long calls, long points)
{
	return !points || calls <= points || getenv("SCRIM_CRASH_ALL") ? 1 :
	       calls / points;
}
