/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "util/path.h"

static void test_path_clean(void **state)
{
	static const struct {
		const char *in, *want;	/* NULL: refused */
	} cases[] = {
		{ "", "" },	     { ".", "" },	  { "./a//b/", "a/b" },
		{ "a/../b", "b" },   { "a/b/../..", "" }, { "..", NULL },
		{ "a/../..", NULL }, { "/a", NULL },	  { "...", "..." },
		{ "a/..b", "a/..b" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = BUF_INIT;
		int ret = path_clean(cases[i].in, &b);

		assert_int_equal(ret, cases[i].want ? 0 : -EINVAL);
		if (cases[i].want)
			assert_string_equal(b.ptr, cases[i].want);
		buf_release(&b);
	}
}

static void test_path_parts(void **state)
{
	struct buf b = BUF_INIT;

	path_join(&b, "a/b", "c");
	assert_string_equal(b.ptr, "a/b/c");
	path_join(&b, "", "c");
	assert_string_equal(b.ptr, "c");
	buf_release(&b);
	assert_string_equal(path_base("a/b/c"), "c");
	assert_string_equal(path_base("c"), "c");
	assert_int_equal(path_parent_len("a/b/c"), 3);
	assert_int_equal(path_parent_len("c"), 0);
}

static void test_path_is_below(void **state)
{
	assert_true(path_is_below("a/b", "a"));
	assert_true(path_is_below("a", "a"));
	assert_true(path_is_below("a", ""));
	assert_true(path_is_below("", ""));
	assert_false(path_is_below("ab", "a"));
	assert_false(path_is_below("a", "a/b"));
	assert_false(path_is_below("", "a"));
}

static void check_user(const char *want)
{
	char *p = NULL;

	assert_int_equal(path_user(PATH_STATE, "x", &p), 0);
	assert_string_equal(p, want);
	free(p);
}

static void test_path_user_follows_xdg(void **state)
{
	setenv("HOME", "/home/u", 1);
	setenv("XDG_STATE_HOME", "/st", 1);
	check_user("/st/scrim/x");
	setenv("XDG_STATE_HOME", "relative", 1);
	check_user("/home/u/.local/state/scrim/x");
	setenv("XDG_STATE_HOME", "", 1);
	check_user("/home/u/.local/state/scrim/x");
	unsetenv("XDG_STATE_HOME");
	check_user("/home/u/.local/state/scrim/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_clean),
		cmocka_unit_test(test_path_parts),
		cmocka_unit_test(test_path_is_below),
		cmocka_unit_test(test_path_user_follows_xdg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
