/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "util/strlist.h"

static void test_strlist_owns_copies(void **state)
{
	struct strlist l = STRLIST_INIT;
	char s[] = "abc";

	for (int i = 0; i < 100; i++)
		assert_int_equal(strlist_add(&l, s), 0);
	assert_int_equal(strlist_addn(&l, s, 2), 0);
	s[0] = 'x';
	assert_int_equal(l.n, 101);
	assert_string_equal(l.at[99], "abc");
	assert_string_equal(l.at[100], "ab");
	assert_true(strlist_has(&l, "ab"));
	assert_false(strlist_has(&l, "xbc"));
	strlist_release(&l);
	assert_int_equal(l.n, 0);
}

static void test_strlist_split_trims_and_drops_empty_parts(void **state)
{
	struct strlist l = STRLIST_INIT;

	assert_int_equal(strlist_split(&l, " a b ,, c\n\n d\t", ",\n"), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.at[0], "a b");
	assert_string_equal(l.at[1], "c");
	assert_string_equal(l.at[2], "d");
	strlist_release(&l);
	assert_int_equal(strlist_split(&l, " \n ", "\n"), 0);
	assert_int_equal(l.n, 0);
	strlist_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strlist_owns_copies),
		cmocka_unit_test(test_strlist_split_trims_and_drops_empty_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
