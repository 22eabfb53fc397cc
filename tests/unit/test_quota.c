/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/statvfs.h>

#include "session/quota.h"

static int room(struct fixture *f, const char *path, off_t off, off_t len)
{
	struct node *n = at(f, path);
	struct handle *h;
	int fd, r;

	assert_int_equal(layer_open_write(f->l, &me, n, 0, &h, &fd), 0);
	r = layer_room(f->l, fd, off, len);
	if (!r && !posix_fallocate(fd, off, len))
		layer_wrote(f->l, n, fd);
	layer_done_write(f->l, h);
	layer_forget(f->l, n, 1);
	return r;
}

static uint64_t bytes(struct fixture *f)
{
	struct quota_use u;

	layer_use(f->l, &u);
	return u.bytes;
}

static void test_quota_of_bytes(void **state)
{
	struct fixture *f = *state;
	struct statvfs st;
	uint64_t most = bytes(f) + (1u << 20);

	layer_limit(f->l, most, 0);
	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	assert_int_equal(room(f, "new", 0, 2 << 20), -EDQUOT);
	assert_int_equal(room(f, "new", 0, 900 << 10), 0);
	assert_true(bytes(f) > 900u << 10);
	assert_int_equal(room(f, "new", 900 << 10, 200 << 10), -EDQUOT);
	/* again where it is already */
	assert_int_equal(room(f, "new", 100, 800 << 10), 0);
	assert_int_equal(layer_statfs(f->l, &st), 0);
	assert_true(st.f_bavail * st.f_frsize < 200u << 10);
	assert_int_equal(take_away(f, "", "new", 0), 0);
	assert_true(bytes(f) < 200u << 10);
	assert_int_equal(make(f, "", "other", S_IFREG | 0644), 0);
	assert_int_equal(room(f, "other", 0, 800 << 10), 0);
	/* what is there when the session is opened counts, too */
	reopen(f);
	layer_limit(f->l, most, 0);
	assert_int_equal(room(f, "other", 800 << 10, 300 << 10), -EDQUOT);
}

static void test_quota_of_names(void **state)
{
	struct fixture *f = *state;
	struct quota_use u;
	struct entry e;

	layer_limit(f->l, 0, 4);
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(make(f, "", "a", S_IFDIR | 0755), 0);
	assert_int_equal(make(f, "", "b", S_IFREG | 0644), 0);
	assert_int_equal(make(f, "a", "c", S_IFLNK | 0777), 0);
	assert_int_equal(make(f, "", "d", S_IFREG | 0644), -EDQUOT);
	assert_int_equal(layer_link(f->l, &me, at(f, "b"), layer_root(f->l),
				    "l", &e), -EDQUOT);
	/* deleting goes on, also of what the workspace has */
	assert_int_equal(take_away(f, "dir", "inner", 0), 0);
	assert_int_equal(take_away(f, "a", "c", 0), 0);
	assert_int_equal(take_away(f, "", "a", 1), 0);
	layer_use(f->l, &u);
	assert_int_equal(u.max_files, 4);
	assert_true(u.files >= 3 && u.files <= 4);
	reopen(f);
	layer_use(f->l, &u);
	assert_true(u.files >= 3 && u.files <= 4);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_quota_of_bytes),
		TEST(test_quota_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
