/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "session/leftover.h"
#include "util/io.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *const stay[] = {
	"log", "base", "meta.ini", "lock", ".not-a-replacement",
	".choices.0123456789ABCDEF", "snap/one", "snap/sealed", "data",
};
static const char *const files[] = {
	"log.new", ".choices.0123456789abcdef", ".meta.ini.ffffffffffffffff",
	"snap/.new-x", "snap/seal-y",
};
static const char *const trees[] = { "git", "agent-git" };

static int setup(void **state)
{
	static char dir[64];

	snprintf(dir, sizeof(dir), "/tmp/scrim-left-XXXXXX");
	*state = dir;
	return !mkdtemp(dir);
}

static int teardown(void **state)
{
	return io_remove_tree(AT_FDCWD, *state);
}

static void make_all(int dir, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(mkdirat(dir, names[i], 0700), 0);
}

static void check_all(int dir, const char *const *names, size_t n, int there)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(!faccessat(dir, names[i], F_OK, 0), there);
}

static int count(void *payload, const char *path)
{
	++*(size_t *)payload;
	return 0;
}

static void test_leftover_goes_and_the_rest_stays(void **state)
{
	int dir = open(*state, O_RDONLY | O_DIRECTORY);
	size_t n = 0;

	assert_int_equal(mkdirat(dir, "snap", 0700), 0);
	make_all(dir, stay, N(stay));
	make_all(dir, files, N(files));
	make_all(dir, trees, N(trees));
	assert_int_equal(leftover_each(dir, count, &n), 0);
	assert_int_equal(n, N(files) + N(trees));
	leftover_sweep_sealed(dir);
	check_all(dir, files, N(files) - 1, 1);
	check_all(dir, &files[N(files) - 1], 1, 0);
	leftover_sweep(dir, 0);
	check_all(dir, files, N(files), 0);
	check_all(dir, trees, N(trees), 1);
	leftover_sweep(dir, 1);
	check_all(dir, trees, N(trees), 0);
	check_all(dir, stay, N(stay), 1);
	close(dir);
}

static void test_leftover_known_names(void **state)
{
	assert_true(leftover_is_known("log.damaged"));
	assert_true(leftover_is_known("git"));
	assert_true(leftover_is_known(".choices.0123456789abcdef"));
	assert_false(leftover_is_known("other"));
	assert_false(leftover_is_known("."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_leftover_goes_and_the_rest_stays, setup, teardown),
		cmocka_unit_test(test_leftover_known_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
