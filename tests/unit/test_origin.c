/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/origin.h"

static void check_origin(struct fixture *f, const char *path, int want,
			 const char *origin)
{
	struct buf text = BUF_INIT;

	assert_int_equal(layer_origin(f->l, path, &text), want);
	if (!want)
		assert_string_equal(text.ptr, origin);
	buf_release(&text);
}

static void test_origin_follows_renames(void **state)
{
	static const struct make file = { .mode = S_IFREG | 0644 };
	struct fixture *f = *state;
	struct node *root = layer_root(f->l);
	struct entry e;

	check_origin(f, "", 0, "");
	check_origin(f, "dir/inner", 0, "dir/inner");
	check_origin(f, "dir/.env", 0, "dir/.env");
	assert_int_equal(layer_rename(f->l, &me, root, "dir", root, "moved", 0),
			 0);
	assert_int_equal(layer_rename(f->l, &me, root, "plain", root, ".env",
				      0), 0);
	check_origin(f, "moved/inner", 0, "dir/inner");
	check_origin(f, "moved/.env", 0, "dir/.env");
	check_origin(f, "moved/none/at/all", 0, "dir/none/at/all");
	check_origin(f, ".env", 0, "plain");
	assert_int_equal(layer_make(f->l, &me, root, "own", &file, &e), 0);
	layer_forget(f->l, e.node, 1);
	check_origin(f, "own", 1, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_origin_follows_renames,
						layer_setup, layer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
