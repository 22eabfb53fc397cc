/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/text.h"

static void test_text_width(void **state)
{
	int big = -1;

	assert_int_equal(text_width("\xff\xfe" "a\0", 4, &big), 2);
	assert_int_equal(big, 0);
	assert_int_equal(text_width("\xfe\xff\0a", 4, &big), 2);
	assert_int_equal(big, 1);
	assert_int_equal(text_width("a\0b\0c\0d\0", 8, &big), 2);
	assert_int_equal(big, 0);
	assert_int_equal(text_width("\0a\0b\0c\0d", 8, &big), 2);
	assert_int_equal(big, 1);
	assert_int_equal(text_width("plain", 5, &big), 1);
	assert_int_equal(text_width("one\0nul in it", 13, &big), 1);
	assert_int_equal(text_width("", 0, &big), 1);
}

static void test_text_binary(void **state)
{
	char buf[1000];

	memset(buf, 'a', sizeof(buf));
	buf[10] = '\0';
	assert_false(text_is_binary(buf, sizeof(buf)));
	memset(buf, 0, 100);
	assert_true(text_is_binary(buf, sizeof(buf)));
	assert_false(text_is_binary("", 0));
}

static void test_text_narrow(void **state)
{
	char out[3];

	text_narrow(out, "a\0\xe9\0\x10\x04", 3, 0);
	assert_memory_equal(out, "a\xff\xff", 3);
	text_narrow(out, "\0a\0\xe9\x04\x10", 3, 1);
	assert_memory_equal(out, "a\xff\xff", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_width),
		cmocka_unit_test(test_text_binary),
		cmocka_unit_test(test_text_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
