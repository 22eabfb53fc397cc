/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "scan/example.h"

static void test_example_expands(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	example_expand(&a, "x={{8d}}{{n}}y {{4K}}");
	assert_int_equal(a.len, 2 + 8 + 1 + 2 + 4);
	assert_int_equal(strspn(a.ptr + 2, "0123456789"), 8);
	assert_int_equal(a.ptr[10], '\n');
	example_expand(&b, "x={{8d}}{{n}}y {{4K}}");
	assert_string_equal(a.ptr, b.ptr);
	buf_release(&a);
	buf_release(&b);
}

static void test_example_leaves_the_rest(void **state)
{
	static const char *const same[] = { "{{ vault }}", "{{", "}}", "{{x}}",
					    "{{12}}", "{{9z}}", "{{1dd}}",
					    "{{99999a}}" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct buf b = BUF_INIT;

		example_expand(&b, same[i]);
		assert_string_equal(b.ptr, same[i]);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_expands),
		cmocka_unit_test(test_example_leaves_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
