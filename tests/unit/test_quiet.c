/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "util/io.h"
#include "util/quiet.h"

/* So old that any reading moves it, by relatime too. */
static const struct timespec old[2] = { { 1000000, 7 }, { 2000000, 0 } };

struct place {
	char path[64];
	int fd;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	snprintf(p->path, sizeof(p->path), "/tmp/scrim-quiet-XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0 || mkdirat(p->fd, "dir", 0755) ||
	    close(openat(p->fd, "dir/file", O_CREAT | O_WRONLY, 0644)))
		return -1;
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	io_close(&p->fd);
	io_remove_tree(AT_FDCWD, p->path);
	free(p);
	return 0;
}

static void make_old(struct place *p)
{
	int fd = openat(p->fd, "dir/file", O_WRONLY | O_CLOEXEC);

	assert_int_equal(io_write_full(fd, "text", 4), 0);
	assert_int_equal(futimens(fd, old), 0);
	close(fd);
	assert_int_equal(utimensat(p->fd, "dir", old, 0), 0);
}

static int is_old(struct place *p, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(p->fd, name, &st, 0), 0);
	return !io_time_cmp(&st.st_atim, &old[0]);
}

static void read_it(int fd)
{
	char buf[8];

	assert_int_equal(read(fd, buf, sizeof(buf)), 4);
	close(fd);
}

static void list_it(DIR *d)
{
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	assert_int_equal(n, 3);
}

/* The control: where this moves nothing (noatime), the rest says nothing. */
static int moves_by_itself(struct place *p)
{
	int fd = openat(p->fd, "dir/file", O_RDONLY | O_CLOEXEC), moved;

	make_old(p);
	read_it(fd);
	moved = !is_old(p, "dir/file");
	make_old(p);
	return moved;
}

static void test_quiet_moves_no_time(void **state)
{
	struct place *p = *state;
	DIR *d;
	int fd;

	if (!moves_by_itself(p))
		print_message("/tmp is mounted noatime: nothing can be seen\n");
	assert_int_equal(quiet_open(p->fd, "dir/file", O_NOFOLLOW, &fd), 0);
	read_it(fd);
	assert_int_equal(quiet_open_beneath(p->fd, "dir/file", 0, &fd), 0);
	read_it(fd);
	assert_int_equal(quiet_opendir(p->fd, "dir", &d), 0);
	list_it(d);
	assert_int_equal(quiet_open_beneath(p->fd, "dir", O_DIRECTORY, &fd), 0);
	assert_int_equal(quiet_opendir(fd, ".", &d), 0);
	close(fd);
	list_it(d);
	assert_true(is_old(p, "dir"));
	assert_true(is_old(p, "dir/file"));
}

static void test_quiet_says_what_fails(void **state)
{
	struct place *p = *state;
	DIR *d;
	int fd;

	assert_int_equal(symlinkat("dir", p->fd, "link"), 0);
	assert_int_equal(quiet_open(p->fd, "none", 0, &fd), -ENOENT);
	assert_int_equal(quiet_open(p->fd, "link", O_NOFOLLOW, &fd), -ELOOP);
	assert_int_equal(quiet_open_beneath(p->fd, "..", 0, &fd), -EXDEV);
	assert_int_equal(quiet_opendir(p->fd, "none", &d), -ENOENT);
	assert_null(d);
	assert_int_equal(quiet_opendir(p->fd, "link", &d), -ENOTDIR);
	assert_int_equal(quiet_opendir(p->fd, "dir/file", &d), -ENOTDIR);
}

static int opens_what_is_not_its_own(void)
{
	DIR *d;
	int etc, fd;

	if (!getuid() && setuid(65534))
		return 0;
	etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (etc < 0 || quiet_open(etc, "passwd", 0, &fd))
		return 0;
	close(fd);
	if (quiet_open_beneath(etc, "passwd", 0, &fd))
		return 0;
	close(fd);
	return !quiet_opendir(etc, ".", &d);
}

/* The kernel refuses O_NOATIME there (EPERM): it is read all the same. */
static void test_quiet_opens_files_of_others(void **state)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(!opens_what_is_not_its_own());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet_moves_no_time),
		cmocka_unit_test(test_quiet_says_what_fails),
		cmocka_unit_test(test_quiet_opens_files_of_others),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
