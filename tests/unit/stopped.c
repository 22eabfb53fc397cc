/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	assert_int_equal(waitpid(pid, &status, 0), pid);
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
