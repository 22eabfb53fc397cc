/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "review/ranges.h"

static void test_ranges_parse(void **state)
{
	static const struct {
		const char *text, *in;
		int code;
	} cases[] = {
		{ "1", "10000", 0 },	   { "5", "00001", 0 },
		{ "1,3-5", "10111", 0 },   { "4-", "00011", 0 },
		{ "2-2,2", "01000", 0 },   { "1-5", "11111", 0 },
		{ "6", NULL, -ERANGE },	   { "1,2-9", NULL, -ERANGE },
		{ "9-", NULL, -ERANGE },   { "", NULL, -EINVAL },
		{ "0", NULL, -EINVAL },	   { "1,", NULL, -EINVAL },
		{ ",1", NULL, -EINVAL },   { "3-2", NULL, -EINVAL },
		{ "-3", NULL, -EINVAL },   { "1 2", NULL, -EINVAL },
		{ "+1", NULL, -EINVAL },   { "1--2", NULL, -EINVAL },
		{ "99999999999999999999", NULL, -EINVAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char in[6] = "\0\0\0\0\0";
		struct err err = ERR_INIT;

		assert_int_equal(ranges_parse(cases[i].text, 5, in, &err),
				 cases[i].code);
		assert_int_equal(ranges_is_one(cases[i].text),
				 cases[i].code != -EINVAL);
		for (int k = 0; cases[i].in && k < 5; k++)
			assert_int_equal(in[k], cases[i].in[k] == '1');
	}
}

static void test_ranges_of_nothing(void **state)
{
	struct err err = ERR_INIT;
	char in[1];

	assert_int_equal(ranges_parse("1", 0, in, &err), -ERANGE);
	assert_int_equal(ranges_parse("3-", 0, in, &err), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_parse),
		cmocka_unit_test(test_ranges_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
