/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/seccomp.h"
#include "util/buf.h"
#include "util/io.h"

static void load(int allow)
{
	struct buf b = BUF_INIT;
	struct sock_fprog prog;
	struct err err = ERR_INIT;
	int fd;

	if (seccomp_filter(allow, &fd, &err) || io_read_all(fd, 1 << 20, &b))
		_exit(101);
	prog.len = (unsigned short)(b.len / sizeof(struct sock_filter));
	prog.filter = (struct sock_filter *)b.ptr;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		_exit(102);
}

/* The errno of one call under the filter; 0 where it worked. */
static int under(int allow, long (*call)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		load(allow);
		errno = 0;
		_exit(call() < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
		1000 + WTERMSIG(status);
}

static long call_tiocsti(void)
{
	return ioctl(0, TIOCSTI, "x");
}

/* The kernel looks at 32 bits of the request, so must the filter. */
static long call_tiocsti_high(void)
{
	return syscall(SYS_ioctl, 0, 0xdead00000000ul | TIOCSTI, "x");
}

static long call_tioclinux(void)
{
	return ioctl(0, TIOCLINUX, "\2");
}

static long call_userns(void)
{
	return unshare(CLONE_NEWUSER);
}

static long call_clone_userns(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return pid;
}

static long call_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long call_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, 0, 0);
}

static long call_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long call_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long call_keyctl(void)
{
	return syscall(SYS_keyctl, 0, -3, 0);
}

static long call_mount(void)
{
	return syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
}

static long call_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static long call_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long call_alg(void)
{
	return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static long call_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long call_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long call_kill_group(void)
{
	return kill(0, SIGKILL);
}

static long call_kill_nobody(void)
{
	return kill(0, 0);
}

static const struct {
	long (*call)(void);
	int want;
} cases[] = {
	{ call_tiocsti, EPERM }, { call_tiocsti_high, EPERM },
	{ call_tioclinux, EPERM }, { call_userns, EPERM },
	{ call_clone_userns, EPERM }, { call_clone3, ENOSYS },
	{ call_ptrace, EPERM }, { call_io_uring, ENOSYS }, { call_bpf, EPERM },
	{ call_keyctl, ENOSYS }, { call_mount, EPERM },
	{ call_vsock, EAFNOSUPPORT }, { call_packet, EAFNOSUPPORT },
	{ call_alg, EAFNOSUPPORT }, { call_kill_group, EPERM },
	{ call_unix, 0 }, { call_inet, 0 }, { call_kill_nobody, 0 },
};

static void test_seccomp_refuses(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(under(0, cases[i].call), cases[i].want);
}

static void test_seccomp_allows_what_is_asked_for(void **state)
{
	assert_int_equal(under(SECCOMP_ALLOW_PTRACE, call_ptrace), 0);
	assert_int_not_equal(under(SECCOMP_ALLOW_IO_URING, call_io_uring),
			     ENOSYS);
	assert_int_equal(under(SECCOMP_ALLOW_PTRACE, call_userns), EPERM);
	/* EINVAL of the kernel itself */
	assert_int_equal(under(SECCOMP_ALLOW_USERNS, call_clone3), EINVAL);
}

#ifdef __x86_64__
/* getpid by the 32-bit table, and by x32's: another architecture's calls. */
static long call_i386(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
	return r;
}

static long call_x32(void)
{
	return syscall(0x40000000 | SYS_getpid);
}

static void test_seccomp_other_architectures_end_it(void **state)
{
	assert_int_equal(under(0, call_i386), 1000 + SIGSYS);
	assert_int_equal(under(0, call_x32), 1000 + SIGSYS);
}
#endif

static void test_seccomp_words(void **state)
{
	struct err err = ERR_INIT;
	int flag;

	assert_int_equal(seccomp_allow_word("ptrace,", 6, &flag, &err), 0);
	assert_int_equal(flag, SECCOMP_ALLOW_PTRACE);
	assert_int_equal(seccomp_allow_word("all", 3, &flag, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "userns"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seccomp_refuses),
		cmocka_unit_test(test_seccomp_allows_what_is_asked_for),
#ifdef __x86_64__
		cmocka_unit_test(test_seccomp_other_architectures_end_it),
#endif
		cmocka_unit_test(test_seccomp_words),
	};

	if (getenv("SCRIM_VALGRIND")) {
		puts("SKIP: valgrind does not know seccomp(2)");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
