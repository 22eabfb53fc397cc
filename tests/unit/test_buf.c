/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/buf.h"

static void test_buf_grows_and_terminates(void **state)
{
	struct buf b = BUF_INIT;
	char *s;

	assert_string_equal(b.ptr, "");
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 2000);
	assert_int_equal(b.ptr[2000], 0);
	buf_cut(&b, 3);
	assert_string_equal(b.ptr, "0,1");
	s = buf_take(&b);
	assert_string_equal(s, "0,1");
	assert_int_equal(b.len, 0);
	free(s);
}

static void test_buf_integers_are_little_endian(void **state)
{
	static const uint8_t want[] = { 7, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1 };
	struct buf b = BUF_INIT;

	buf_add_u8(&b, 7);
	buf_add_u32(&b, 0x01020304);
	buf_add_u64(&b, 0x0102030405060708);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.ptr, want, sizeof(want));
	buf_release(&b);
}

static void test_buf_oom_is_sticky(void **state)
{
	struct buf b = BUF_INIT;

	assert_int_not_equal(buf_grow(&b, SIZE_MAX), 0);
	buf_addstr(&b, "lost");
	assert_int_equal(b.len, 0);
	assert_true(buf_oom(&b));
	assert_null(buf_take(&b));
	buf_addstr(&b, "kept");
	assert_string_equal(b.ptr, "kept");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_grows_and_terminates),
		cmocka_unit_test(test_buf_integers_are_little_endian),
		cmocka_unit_test(test_buf_oom_is_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
