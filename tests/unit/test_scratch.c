/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/scratch.h"

/*
 * A machine without user namespaces has no scratch for an ordinary user, and a
 * bare chroot, whose root is no mount of its own, has none for anybody.
 */
static void skip_without_namespaces(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS :
			      CLONE_NEWNS) < 0 ||
		      mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0);
	waitpid(pid, &status, 0);
	if (!status)
		return;
	print_message("no mount namespaces here\n");
	assert_null(getenv("CI"));
	skip();
}

static void test_scratch_is_bounded(void **state)
{
	struct scratch s = SCRATCH_INIT;
	struct err err = ERR_INIT;
	char block[4096] = "", file[128];
	struct stat st;
	ssize_t n = 0;
	int fd;

	skip_without_namespaces();
	assert_int_equal(scratch_open(&s, 64 << 10, &err), 0);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(st.st_uid, geteuid());
	snprintf(file, sizeof(file), "%s/f", s.path);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	for (int i = 0; i < 100 && n >= 0; i++)
		n = write(fd, block, sizeof(block));
	assert_int_equal(n, -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
	/* nobody else sees it at the place where it is mounted */
	assert_int_equal(access("/tmp/state/f", F_OK), -1);
	scratch_close(&s);
	assert_null(s.path);
}

static void test_scratch_is_gone_at_the_end(void **state)
{
	struct scratch s = SCRATCH_INIT;
	struct err err = ERR_INIT;
	char path[128];

	skip_without_namespaces();
	assert_int_equal(scratch_open(&s, 1 << 20, &err), 0);
	snprintf(path, sizeof(path), "%s", s.path);
	scratch_close(&s);
	assert_int_equal(access(path, F_OK), -1);
	scratch_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scratch_is_bounded),
		cmocka_unit_test(test_scratch_is_gone_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
