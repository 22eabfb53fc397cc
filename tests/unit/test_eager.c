/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/eager.h"

/* One directory of files; looked is how many of them are looked up after. */
static int list(struct eager *e, uint64_t dir, unsigned files, unsigned looked)
{
	int full = eager_begin(e);

	eager_end(e, dir, full ? 0 : files);
	for (unsigned i = 0; !full && i < looked; i++)
		eager_lookup(e, dir);
	return full;
}

static void test_eager_names_only(void **state)
{
	struct eager e = { 0 };

	for (uint64_t dir = 1; dir < 2000; dir++)
		assert_int_equal(list(&e, dir, 20, 0), 0);
}

static void test_eager_all_files(void **state)
{
	struct eager e = { 0 };
	unsigned full = 0;

	assert_int_equal(list(&e, 1, 20, 20), 0);
	assert_int_equal(list(&e, 2, 20, 20), 1);
	for (uint64_t dir = 3; dir < 1603; dir++)
		full += list(&e, dir, 20, 20);
	assert_int_equal(full, 1500);
}

static void test_eager_few_files(void **state)
{
	struct eager e = { 0 };

	for (uint64_t dir = 1; dir < 2000; dir++)
		assert_int_equal(list(&e, dir, 20, 3), 0);
}

static void test_eager_comes_back(void **state)
{
	struct eager e = { 0 };
	unsigned full = 0;

	for (uint64_t dir = 1; dir < 1000; dir++)
		list(&e, dir, 20, 20);
	for (uint64_t dir = 1000; dir < 2000; dir++)
		list(&e, dir, 20, 0);
	for (uint64_t dir = 2000; dir < 3000; dir++)
		full += list(&e, dir, 20, 0);
	assert_int_equal(full, 0);
}

/* Files looked up before their directory was listed say nothing. */
static void test_eager_other_lookups(void **state)
{
	struct eager e = { 0 };

	for (uint64_t dir = 1; dir < 200; dir++)
		for (int i = 0; i < 20; i++)
			eager_lookup(&e, dir);
	assert_int_equal(list(&e, 1, 20, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eager_names_only),
		cmocka_unit_test(test_eager_all_files),
		cmocka_unit_test(test_eager_few_files),
		cmocka_unit_test(test_eager_comes_back),
		cmocka_unit_test(test_eager_other_lookups),
	};

	return cmocka_run_group_tests_name("eager", tests, NULL, NULL);
}
