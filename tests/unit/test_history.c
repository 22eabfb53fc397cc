/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "review/history.h"

static char *one[] = { (char *)"a", (char *)"dir/b", NULL };
static char *two[] = { (char *)"a", (char *)"c", NULL };

static void test_history_path_goes_to_last_commit(void **state)
{
	struct history_commit commits[] = {
		{ NULL, NULL, NULL, one, 2 },
		{ NULL, NULL, NULL, NULL, 0 },
		{ NULL, NULL, NULL, two, 2 },
	};
	struct history h = { commits, 3 };
	static const char *const paths[] = { "a", "b", "c", "dir/b", "dir" };
	static const size_t want[] = { 2, HISTORY_NONE, 2, 0, HISTORY_NONE };
	size_t owner[5];

	assert_int_equal(history_assign(&h, paths, 5, owner), 0);
	assert_memory_equal(owner, want, sizeof(want));
}

static void test_history_may_be_empty(void **state)
{
	static const char *const paths[] = { "a" };
	struct history h = { 0 };
	size_t owner[1];

	assert_int_equal(history_assign(&h, paths, 1, owner), 0);
	assert_int_equal(owner[0], HISTORY_NONE);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_history_path_goes_to_last_commit),
		cmocka_unit_test(test_history_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
