/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

static void test_err_set_and_wrap(void **state)
{
	struct err err = ERR_INIT;

	assert_int_equal(err_set(&err, -EINVAL, "%s", "bad"), -EINVAL);
	assert_int_equal(err_wrap(&err, "file %d", 3), -EINVAL);
	assert_string_equal(err.msg, "file 3: bad");
	assert_int_equal(err_errno(&err, -ENOENT, "x"), -ENOENT);
	assert_string_equal(err.msg, "x: No such file or directory");
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_errno(NULL, -EIO, "x"), -EIO);
}

static void test_err_is_cut_not_overrun(void **state)
{
	struct err err = ERR_INIT;

	err_set(&err, -EIO, "%0600d", 1);
	err_wrap(&err, "%0600d", 2);
	err_errno(&err, -EIO, "%0600d", 3);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_set_and_wrap),
		cmocka_unit_test(test_err_is_cut_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
