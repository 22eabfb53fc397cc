/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "scan/pattern.h"

static int find(const char *regex, int flags, const char *s, size_t len,
		struct pattern_span *at, size_t n)
{
	struct pattern_scratch *m;
	struct pattern *p;
	struct err err = ERR_INIT;
	int r;

	assert_int_equal(pattern_new(&p, regex, flags, &err), 0);
	assert_int_equal(pattern_scratch_new(&m), 0);
	r = pattern_find(p, m, s, len, 0, at, n);
	pattern_scratch_free(m);
	pattern_free(p);
	return r;
}

static void test_pattern_gives_groups(void **state)
{
	struct pattern_span at[3];

	assert_int_equal(find("k(x)?=(\\w+)", 0, "a k=val", 7, at, 3), 1);
	assert_int_equal(at[0].start, 2);
	assert_int_equal(at[0].end, 7);
	assert_int_equal(at[1].start, PATTERN_UNSET);
	assert_int_equal(at[2].start, 4);
	assert_int_equal(find("(a)(b)?", 0, "a", 1, at, 3), 1);
	assert_int_equal(at[2].start, PATTERN_UNSET);
	assert_int_equal(find("z", 0, "abc", 3, at, 1), 0);
}

static void test_pattern_is_about_bytes_and_lines(void **state)
{
	struct pattern_span at[1];

	assert_int_equal(find("^b$", 0, "a\r\nb\r\nc", 7, at, 1), 1);
	assert_int_equal(find("^.b", 0, "\xff" "b", 2, at, 1), 1);
	assert_int_equal(find("a.b", 0, "a\0b", 3, at, 1), 1);
	assert_int_equal(find("ABC", 0, "abc", 3, at, 1), 0);
	assert_int_equal(find("ABC", PATTERN_NOCASE, "abc", 3, at, 1), 1);
}

static void test_pattern_says_what_is_wrong(void **state)
{
	struct err err = ERR_INIT;
	struct pattern_scratch *m;
	struct pattern *p = NULL;

	assert_int_equal(pattern_new(&p, "a(b", 0, &err), -EINVAL);
	assert_null(p);
	assert_non_null(strstr(err.msg, "offset 3"));
	assert_int_equal(pattern_new(&p, "a\\Cb", 0, NULL), -EINVAL);

	assert_int_equal(pattern_new(&p, "a(b", PATTERN_LAZY, &err), 0);
	assert_int_equal(pattern_scratch_new(&m), 0);
	assert_int_equal(pattern_find(p, m, "ab", 2, 0, NULL, 0), -EINVAL);
	assert_int_equal(pattern_find(p, m, "ab", 2, 0, NULL, 0), -EINVAL);
	assert_int_equal(pattern_ready(p, &err), -EINVAL);
	pattern_scratch_free(m);
	pattern_free(p);
}

static void test_pattern_counts_groups(void **state)
{
	struct pattern *p;

	assert_int_equal(pattern_new(&p, "(a)(?:b)(c)", PATTERN_LAZY, NULL), 0);
	assert_int_equal(pattern_group_count(p), 2);
	pattern_free(p);
}

static void test_pattern_does_not_stall(void **state)
{
	struct pattern_span at[1];
	char *s = malloc(1 << 16);

	memset(s, 'a', 1 << 16);
	s[(1 << 16) - 1] = '!';
	assert_int_equal(find("^(a+)+$", 0, s, 1 << 16, at, 1), -ETIME);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern_gives_groups),
		cmocka_unit_test(test_pattern_is_about_bytes_and_lines),
		cmocka_unit_test(test_pattern_says_what_is_wrong),
		cmocka_unit_test(test_pattern_counts_groups),
		cmocka_unit_test(test_pattern_does_not_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
