/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/refuse.h"

/* The session's record of what was tried, as it is on disk. */
static void read_audit(struct fixture *f, struct buf *text)
{
	buf_clear(text);
	assert_int_equal(io_read_file(f->s->fd, "audit.jsonl", 1 << 20, text),
			 0);
}

static void test_refuse_is_on_record(void **state)
{
	struct fixture *f = *state;
	struct node *n = at(f, "dir/inner");
	struct buf text = BUF_INIT;

	assert_int_equal(refuse_write(f->l, &me, n, "write"), 0);
	assert_int_equal(refuse_read(f->l, &me, n, "read"), 0);
	assert_int_equal(refuse(f->l, &me, n, "write"), -EACCES);
	read_audit(f, &text);
	assert_non_null(strstr(text.ptr, "\"op\":\"write\","
			       "\"path\":\"dir/inner\""));
	layer_forget(f->l, n, 1);
	buf_release(&text);
}

static void test_refuse_by_flags_of_the_node(void **state)
{
	struct fixture *f = *state;
	struct node *n = at(f, "plain");

	n->flags |= NODE_READONLY;
	assert_int_equal(refuse_write(f->l, &me, n, "write"), -EACCES);
	assert_int_equal(refuse_read(f->l, &me, n, "read"), 0);
	n->flags = (n->flags & ~(uint32_t)NODE_READONLY) | NODE_DENY;
	assert_int_equal(refuse_write(f->l, &me, n, "write"), -EACCES);
	assert_int_equal(refuse_read(f->l, &me, n, "read"), -EACCES);
	assert_int_equal(refuse_read(f->l, NULL, n, "read"), 0);
	layer_forget(f->l, n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refuse_is_on_record,
						layer_setup, layer_teardown),
		cmocka_unit_test_setup_teardown(
			test_refuse_by_flags_of_the_node, layer_setup,
			layer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
