/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/example.h"
#include "scan/token.h"

static void test_token_crc(void **state)
{
	char out[6];

	assert_int_equal(token_crc32("123456789", 9), 0xcbf43926u);
	token_base62(0, out);
	assert_memory_equal(out, "000000", 6);
	token_base62(61 + 62, out);
	assert_memory_equal(out, "00001z", 6);
}

static void test_token_checksum(void **state)
{
	struct buf b = BUF_INIT;

	example_expand(&b, "{{crc ghp_ 30}}");
	assert_int_equal(b.len, 40);
	assert_true(token_checksum(b.ptr, b.len));
	b.ptr[10] ^= 1;
	assert_false(token_checksum(b.ptr, b.len));
	assert_false(token_checksum("nothing", 7));
	assert_false(token_checksum("a_", 2));
	buf_release(&b);
}

static void test_token_base64(void **state)
{
	unsigned char out[8];

	assert_int_equal(token_base64("YWJj", 4, out, 8), 3);
	assert_memory_equal(out, "abc", 3);
	assert_int_equal(token_base64("YWI=", 4, out, 8), 2);
	assert_int_equal(token_base64("-_8", 3, out, 8), 2);
	assert_memory_equal(out, "\xfb\xff", 2);
	assert_int_equal(token_base64("YWJjZGVm", 8, out, 2), 2);
}

static void test_token_kinds(void **state)
{
	struct buf b = BUF_INIT;

	example_expand(&b, "{{jwt}}");
	assert_true(token_is_jwt(b.ptr, b.len));
	assert_false(token_is_jwt("eyJ.eyJ.x", 9));
	buf_clear(&b);
	example_expand(&b, "{{basic}}");
	assert_true(token_is_basic_auth(b.ptr, b.len));
	assert_false(token_is_basic_auth("dXNlcjpwYXNzd29yZA==", 20));
	assert_true(token_luhn("4111 1111 1111 1111", 19));
	assert_false(token_luhn("4111 1111 1111 1112", 19));
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token_crc),
		cmocka_unit_test(test_token_checksum),
		cmocka_unit_test(test_token_base64),
		cmocka_unit_test(test_token_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
