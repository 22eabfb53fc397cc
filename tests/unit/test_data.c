/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <linux/falloc.h>
#include <sys/statvfs.h>

#include "session/quota.h"
#include "session/store.h"

static int allocate(struct fixture *f, const char *path, int mode, off_t off,
		    off_t len)
{
	struct node *n = at(f, path);
	int r = layer_fallocate(f->l, &me, n, mode, off, len);

	layer_forget(f->l, n, 1);
	return r;
}

static off_t seek(struct fixture *f, const char *path, off_t off, int whence)
{
	struct node *n = at(f, path);
	off_t r = layer_seek(f->l, n, off, whence);

	layer_forget(f->l, n, 1);
	return r;
}

static int sync_file(struct fixture *f, const char *path, int datasync)
{
	struct node *n = at(f, path);
	int r = layer_fsync(f->l, n, datasync);

	layer_forget(f->l, n, 1);
	return r;
}

static void test_data_allocate(void **state)
{
	struct fixture *f = *state;

	/* of an untouched file: it is copied first */
	assert_int_equal(allocate(f, "plain", 0, 0, 8192), 0);
	assert_int_equal(stat_of(f, "plain").st_size, 8192);
	check_workspace(f, "plain", "hello\n");
	assert_int_equal(allocate(f, "plain", FALLOC_FL_KEEP_SIZE, 8192, 8192),
			 0);
	assert_int_equal(stat_of(f, "plain").st_size, 8192);
	assert_int_equal(allocate(f, "plain", FALLOC_FL_PUNCH_HOLE |
				  FALLOC_FL_KEEP_SIZE, 0, 3), 0);
	write_at(f, "plain", "abc", 0);
	assert_int_equal(allocate(f, "dir", 0, 0, 1), -EINVAL);
}

/* Room that is kept is used: --max-size holds for it too. A hole is not. */
static void test_data_allocate_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct statvfs st;

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	assert_int_equal(layer_limit(f->l, 1 << 20, 10), 0);
	assert_int_equal(allocate(f, "new", 0, 0, 2 << 20), -EDQUOT);
	assert_int_equal(stat_of(f, "new").st_size, 0);
	assert_int_equal(allocate(f, "new", 0, 0, 1 << 19), 0);
	assert_int_equal(allocate(f, "new", 0, 1 << 19, 1 << 19), -EDQUOT);
	assert_int_equal(allocate(f, "new", FALLOC_FL_PUNCH_HOLE |
				  FALLOC_FL_KEEP_SIZE, 0, 1 << 19), 0);
	assert_int_equal(allocate(f, "new", 0, 1 << 19, 1 << 18), 0);
	/* df says so */
	assert_int_equal(layer_statfs(f->l, &st), 0);
	assert_int_equal(st.f_blocks, (1 << 20) / st.f_frsize);
	assert_true(st.f_bavail < st.f_blocks);
	assert_int_equal(st.f_files, 10);
	assert_int_equal(st.f_ffree, 8);	/* the root is one */
}

static void test_data_seek(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(seek(f, "plain", 0, SEEK_DATA), 0);
	assert_int_equal(seek(f, "plain", 0, SEEK_HOLE), 6);
	assert_int_equal(seek(f, "plain", 100, SEEK_DATA), -ENXIO);
	assert_int_equal(seek(f, "dir", 0, SEEK_DATA), -EINVAL);
	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	assert_int_equal(seek(f, "new", 0, SEEK_DATA), -ENXIO);
	write_at(f, "new", "far", 1 << 20);
	assert_int_equal(seek(f, "new", 1 << 20, SEEK_DATA), 1 << 20);
	assert_int_equal(seek(f, "new", 1 << 20, SEEK_HOLE), (1 << 20) + 3);
}

static void test_data_sync(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sync_file(f, "plain", 0), 0);
	write_at(f, "plain", "J", 0);
	assert_int_equal(sync_file(f, "plain", 1), 0);
	assert_int_equal(sync_file(f, "plain", 0), 0);
	assert_int_equal(sync_file(f, "dir", 0), 0);
	assert_int_equal(layer_sync(f->l), 0);
	reopen(f);
	check_content(f, "plain", "Jello\n");
}

/* Bytes that may be passed on without a look at them: the session's own alone. */
static void test_data_open(void **state)
{
	struct fixture *f = *state;
	struct node *n = at(f, "plain");
	struct handle *h;
	char got[6];
	int fd;

	assert_int_equal(layer_open_data(f->l, n, &h, &fd), -EOPNOTSUPP);
	write_at(f, "plain", "J", 0);
	assert_int_equal(layer_open_data(f->l, n, &h, &fd), 0);
	assert_int_equal(pread(fd, got, 6, 0), 6);
	assert_memory_equal(got, "Jello\n", 6);
	layer_done(f->l, h);
	layer_forget(f->l, n, 1);
}

/* A content file that somebody took away is a fault, not an empty file. */
static void test_data_missing(void **state)
{
	struct fixture *f = *state;
	struct node *n;
	struct store s;
	char got[8];

	write_at(f, "plain", "J", 0);
	reopen(f);
	assert_int_equal(store_open(&s, f->s->fd, 0, NULL), 0);
	for (uint64_t nid = 0; nid < 20; nid++)
		store_data_remove(&s, nid);
	store_close(&s);
	n = at(f, "plain");
	assert_int_equal(layer_read(f->l, &me, n, got, sizeof(got), 0), -EIO);
	assert_int_equal(layer_fsync(f->l, n, 0), -EIO);
	assert_int_equal(layer_seek(f->l, n, 0, SEEK_DATA), -EIO);
	assert_int_equal(layer_fallocate(f->l, &me, n, 0, 0, 10), -EIO);
	layer_forget(f->l, n, 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_data_allocate),
		TEST(test_data_allocate_is_bounded),
		TEST(test_data_seek),
		TEST(test_data_sync),
		TEST(test_data_open),
		TEST(test_data_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
