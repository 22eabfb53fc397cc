/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "session/item.h"

static struct item full_node(void)
{
	struct item it;

	memset(&it, 0, sizeof(it));
	it.kind = ITEM_NODE;
	it.node.nid = 7;
	it.node.ino = 1ull << 52;
	it.node.mode = S_IFREG | 04755;
	it.node.nlink = 3;
	it.node.mtime = (struct timespec){ -5, 999999999 };
	it.node.from = (struct lower_id){ .dev = 1, .ino = 2, .size = 3,
					  .mode = S_IFREG | 0644 };
	it.node.from_off = BASE_NONE;
	it.node.origin = "a/\xff\n/b";
	it.node.origin_len = 6;
	return it;
}

static int read_one(const struct buf *b, struct item *out)
{
	const char *p = b->ptr;

	return item_next(&p, b->ptr + b->len, out);
}

static void test_item_round_trip(void **state)
{
	struct item in = full_node(), out;
	struct buf b = BUF_INIT;

	item_add(&b, &in);
	assert_int_equal(read_one(&b, &out), 1);
	assert_int_equal(out.node.mode, in.node.mode);
	assert_true(out.node.mtime.tv_sec == -5);
	assert_int_equal(out.node.from.ino, 2);
	assert_int_equal(out.node.origin_len, 6);
	assert_memory_equal(out.node.origin, in.node.origin, 6);
	assert_null(out.node.target);
	buf_release(&b);
}

/* Every prefix of a record is refused, never read past. */
static void test_item_cut_anywhere(void **state)
{
	struct item in = full_node(), out;
	struct buf b = BUF_INIT;

	item_add(&b, &in);
	for (size_t len = 1; len < b.len; len++) {
		char *copy = malloc(len);
		const char *p = copy;

		assert_non_null(copy);
		memcpy(copy, b.ptr, len);
		assert_int_equal(item_next(&p, copy + len, &out), -EBADMSG);
		free(copy);
	}
	buf_release(&b);
}

static int try_entry(const char *name, uint32_t len)
{
	struct item in = { .kind = ITEM_ENTRY }, out;
	struct buf b = BUF_INIT;
	int r;

	in.entry.parent = 1;
	in.entry.name = name;
	in.entry.name_len = len;
	item_add(&b, &in);
	r = read_one(&b, &out);
	buf_release(&b);
	return r;
}

static void test_item_refuses_names_no_directory_has(void **state)
{
	char longname[256];

	memset(longname, 'x', sizeof(longname));
	assert_int_equal(try_entry("fine", 4), 1);
	assert_int_equal(try_entry(".wh.x", 5), 1);
	assert_int_equal(try_entry(longname, 255), 1);
	assert_int_equal(try_entry(longname, 256), -EBADMSG);
	assert_int_equal(try_entry("", 0), -EBADMSG);
	assert_int_equal(try_entry(".", 1), -EBADMSG);
	assert_int_equal(try_entry("..", 2), -EBADMSG);
	assert_int_equal(try_entry("a/b", 3), -EBADMSG);
	assert_int_equal(try_entry("a\0b", 3), -EBADMSG);
}

static int try_xattr(const char *name, uint32_t len)
{
	struct item in = { .kind = ITEM_XATTR }, out;
	struct buf b = BUF_INIT;
	int r;

	in.xattr.nid = 1;
	in.xattr.name = name;
	in.xattr.name_len = len;
	in.xattr.value = "v";
	in.xattr.value_len = 1;
	item_add(&b, &in);
	r = read_one(&b, &out);
	buf_release(&b);
	return r;
}

static void test_item_takes_any_attribute(void **state)
{
	char longname[256];

	memset(longname, 'x', sizeof(longname));
	assert_int_equal(try_xattr("user.boo/hoo", 12), 1);
	assert_int_equal(try_xattr("user..", 6), 1);
	assert_int_equal(try_xattr("user./", 6), 1);
	assert_int_equal(try_xattr(longname, 255), 1);
	assert_int_equal(try_xattr(longname, 256), -EBADMSG);
	assert_int_equal(try_xattr("", 0), -EBADMSG);
	assert_int_equal(try_xattr("user.a\0b", 8), -EBADMSG);
}

static int try_origin(const char *origin)
{
	struct item in = full_node(), out;
	struct buf b = BUF_INIT;
	int r;

	in.node.origin = origin;
	in.node.origin_len = (uint32_t)strlen(origin);
	item_add(&b, &in);
	r = read_one(&b, &out);
	buf_release(&b);
	return r;
}

static void test_item_refuses_origins_that_lead_out(void **state)
{
	assert_int_equal(try_origin(""), 1);
	assert_int_equal(try_origin("a/b"), 1);
	assert_int_equal(try_origin("../x"), -EBADMSG);
	assert_int_equal(try_origin("a/../../x"), -EBADMSG);
	assert_int_equal(try_origin("/etc"), -EBADMSG);
	assert_int_equal(try_origin("a//b"), -EBADMSG);
	assert_int_equal(try_origin("a/"), -EBADMSG);
	assert_int_equal(try_origin("a/./b"), -EBADMSG);
}

static void test_lower_id_tells_versions_apart(void **state)
{
	struct stat st = { .st_dev = 1, .st_ino = 2, .st_mode = S_IFREG | 0644,
			   .st_size = 5 };
	struct lower_id a, b;

	lower_id_of(&a, &st);
	lower_id_of(&b, &st);
	assert_true(lower_id_same(&a, &b));
	st.st_ctim.tv_nsec = 1;
	lower_id_of(&b, &st);
	assert_false(lower_id_same(&a, &b));
	st.st_mode = S_IFDIR | 0755;
	lower_id_of(&a, &st);
	st.st_mtim.tv_sec = 9;
	lower_id_of(&b, &st);
	assert_true(lower_id_same(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_item_round_trip),
		cmocka_unit_test(test_item_cut_anywhere),
		cmocka_unit_test(test_item_refuses_names_no_directory_has),
		cmocka_unit_test(test_item_takes_any_attribute),
		cmocka_unit_test(test_item_refuses_origins_that_lead_out),
		cmocka_unit_test(test_lower_id_tells_versions_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
