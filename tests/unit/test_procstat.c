/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "util/procstat.h"

static void test_procstat_of_oneself(void **state)
{
	struct procstat s;

	assert_int_equal(procstat_read(getpid(), &s), 0);
	assert_int_equal(s.state, 'R');
	assert_int_equal(s.parent, getppid());
	assert_int_equal(s.flags & PROCSTAT_EXITING, 0);
	assert_int_equal(s.pending, 0);
}

/* A process may call itself anything. */
static void test_procstat_of_any_name(void **state)
{
	struct procstat s;

	assert_int_equal(prctl(PR_SET_NAME, "a) Z 1 (b"), 0);
	assert_int_equal(procstat_read(getpid(), &s), 0);
	assert_int_equal(s.state, 'R');
	assert_int_equal(s.parent, getppid());
}

static void test_procstat_pending(void **state)
{
	struct procstat s;
	sigset_t one;
	int got;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	sigprocmask(SIG_BLOCK, &one, NULL);
	raise(SIGUSR1);
	assert_int_equal(procstat_read(getpid(), &s), 0);
	assert_int_equal(s.pending, 1ul << (SIGUSR1 - 1));
	assert_int_equal(sigwait(&one, &got), 0);
	assert_int_equal(procstat_read(getpid(), &s), 0);
	assert_int_equal(s.pending, 0);
}

static void test_procstat_of_the_dead(void **state)
{
	pid_t pid = fork();
	struct procstat s;
	siginfo_t si;

	if (!pid)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT), 0);
	assert_int_equal(procstat_read(pid, &s), 0);
	assert_int_equal(s.state, 'Z');
	assert_int_equal(s.parent, getpid());
	assert_int_equal(s.flags & PROCSTAT_EXITING, PROCSTAT_EXITING);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(procstat_read(pid, &s), -ENOENT);
	assert_int_equal(s.parent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_procstat_of_oneself),
		cmocka_unit_test(test_procstat_of_any_name),
		cmocka_unit_test(test_procstat_pending),
		cmocka_unit_test(test_procstat_of_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
