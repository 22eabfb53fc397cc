/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "util/esc.h"

static void check(const char *in, size_t len, int flags, const char *want,
		  size_t places)
{
	struct buf b = BUF_INIT;

	assert_int_equal(esc_add(&b, in, len, flags), places);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
}

#define CHECK(in, flags, want, n) check(in, sizeof(in) - 1, flags, want, n)

static void test_esc_names(void **state)
{
	CHECK("plain \303\244", ESC_NAME, "plain \303\244", 0);
	CHECK("a\nb\tc", ESC_NAME, "a\\nb\\tc", 2);
	CHECK("\033[2J\007\177", ESC_NAME, "\\x1b[2J\\x07\\x7f", 3);
	CHECK("\233x", ESC_NAME, "\\x9bx", 1);
	CHECK("\302\233", ESC_NAME, "<U+009B>", 1);
	CHECK("\342\200\256evil", ESC_NAME, "<U+202E>evil", 1);
	CHECK("\300\257", ESC_NAME, "\\xc0\\xaf", 2);
	CHECK("\355\240\200", ESC_NAME, "\\xed\\xa0\\x80", 3);
	CHECK("\303", ESC_NAME, "\\xc3", 1);
}

static void test_esc_text(void **state)
{
	CHECK("a\nb\tc\r", ESC_TEXT, "a\nb\tc\\x0d", 1);
	CHECK("\033\n", ESC_TEXT | ESC_COUNT_ONLY, "", 1);
}

/* Whatever goes in, nothing that moves a terminal comes out. */
static void test_esc_every_byte_pair(void **state)
{
	for (int i = 0; i < 0x10000; i++) {
		char in[2] = { (char)(i >> 8), (char)i };
		struct buf b = BUF_INIT;

		esc_add(&b, in, 2, ESC_NAME);
		for (size_t j = 0; j < b.len; j++) {
			unsigned char c = (unsigned char)b.ptr[j];

			assert_true(c >= 0x20 && c != 0x7f);
		}
		buf_release(&b);
	}
}

static void test_esc_utf8(void **state)
{
	unsigned cp = 0;

	assert_int_equal(esc_utf8("\360\237\230\200", 4, &cp), 4);
	assert_int_equal(cp, 0x1f600);
	assert_int_equal(esc_utf8("\360\237\230\200", 3, &cp), 0);
	assert_int_equal(esc_utf8("\364\220\200\200", 4, &cp), 0);
	assert_true(esc_is_hidden_char(0x200b));
	assert_false(esc_is_hidden_char('a'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esc_names),
		cmocka_unit_test(test_esc_text),
		cmocka_unit_test(test_esc_every_byte_pair),
		cmocka_unit_test(test_esc_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
