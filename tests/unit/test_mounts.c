/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "util/mounts.h"

static void test_mounts_tells_what_is_where(void **state)
{
	assert_int_equal(mounts_has("/proc", "proc"), 1);
	assert_int_equal(mounts_has(NULL, "proc"), 1);
	assert_int_equal(mounts_has("/proc", MOUNTS_VIEW), 0);
	assert_int_equal(mounts_has("/proc/self", "proc"), 0);
	assert_int_equal(mounts_has(".", "proc"), 0);
	assert_int_equal(mounts_has(NULL, "no such type"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts_tells_what_is_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
