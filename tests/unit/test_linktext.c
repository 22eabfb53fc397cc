/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "session/linktext.h"

static void test_linktext_prefix(void **state)
{
	assert_int_equal(link_prefix("/a/b/c", "/a/b"), 4);
	assert_int_equal(link_prefix("/a/b", "/a/b"), 4);
	assert_int_equal(link_prefix("//a/./b/c", "/a/b"), 7);
	assert_int_equal(link_prefix("/a/bc", "/a/b"), 0);
	assert_int_equal(link_prefix("/a", "/a/b"), 0);
	assert_int_equal(link_prefix("a/b", "/a/b"), 0);
	assert_int_equal(link_prefix("", "/a"), 0);
}

static void check_move(const char *target, const char *from, const char *to,
		       const char *want)
{
	struct buf text = BUF_INIT;

	buf_addstr(&text, target);
	link_move(&text, from, to);
	assert_string_equal(text.ptr, want);
	assert_int_equal(text.len, strlen(want));
	buf_release(&text);
}

static void test_linktext_move(void **state)
{
	check_move("/ws/a", "/ws", "/the/view", "/the/view/a");
	check_move("/the/view", "/the/view", "/ws", "/ws");
	check_move("/wsx/a", "/ws", "/the/view", "/wsx/a");
	check_move("../ws/a", "/ws", "/the/view", "../ws/a");
	check_move("/ws/a", NULL, "/the/view", "/ws/a");
	check_move("/ws/a", "/ws", NULL, "/ws/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linktext_prefix),
		cmocka_unit_test(test_linktext_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
