/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/filekind.h"

static void test_filekind_by_name(void **state)
{
	assert_int_equal(filekind_of("a/.env"), FILE_CONFIG);
	assert_int_equal(filekind_of(".env.production"), FILE_CONFIG);
	assert_int_equal(filekind_of("x/Dockerfile"), FILE_CONFIG);
	assert_int_equal(filekind_of("a/b.YML"), FILE_CONFIG);
	assert_int_equal(filekind_of("a.c"), FILE_CODE);
	assert_int_equal(filekind_of("README.md"), FILE_DOC);
	assert_int_equal(filekind_of("package-lock.json"), FILE_NOISE);
	assert_int_equal(filekind_of("go.sum"), FILE_NOISE);
	assert_int_equal(filekind_of("a.d/LICENSE"), FILE_OTHER);
	assert_int_equal(filekind_of(NULL), FILE_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filekind_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
