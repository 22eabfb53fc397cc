/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/crc32c.h"

static void test_crc32c_known_values(void **state)
{
	static const char zeroes[32];

	assert_int_equal(crc32c("", 0), 0);
	assert_int_equal(crc32c("123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(zeroes, sizeof(zeroes)), 0x8a9136aa);
}

/* Of any length and at any place. */
static void test_crc32c_ways_agree(void **state)
{
	uint8_t bytes[80];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t off = 0; off < 8; off++)
		for (size_t len = 0; len < 70; len++)
			assert_int_equal(crc32c(bytes + off, len),
					 crc32c_by_table(bytes + off, len));
	assert_int_equal(crc32c_by_table("123456789", 9), 0xe3069283);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc32c_known_values),
		cmocka_unit_test(test_crc32c_ways_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
