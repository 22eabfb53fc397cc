/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "session/store.h"

static void start(struct store *s)
{
	struct err err = ERR_INIT;
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(store_open(s, fd, 1, &err), 0);
	close(fd);
}

static void make(struct store *s, uint64_t nid, const char *text)
{
	int fd;

	assert_int_equal(store_data_open(s, nid, O_RDWR | O_CREAT, &fd), 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int keep_small(void *payload, uint64_t nid)
{
	return nid && nid < 100;
}

/* By the last digit, and made when it is needed. */
static void test_store_data_places(void **state)
{
	struct store s;
	struct stat st;
	int fd;

	start(&s);
	assert_int_equal(store_data_open(&s, 0x2f, O_RDONLY, &fd), -ENOENT);
	assert_int_equal(stat("data/f", &st), -1);
	make(&s, 0x2f, "x");
	assert_int_equal(stat("data/f/000000000000002f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store_data_sync(&s, 0x2f), 0);
	assert_int_equal(store_data_sync(&s, 0x20), -ENOENT);
	store_close(&s);
}

static void test_store_data_replace(void **state)
{
	struct stat st = { .st_mtim = { 1000, 5 } }, now;
	struct store s;
	int fd;

	start(&s);
	make(&s, 7, "shared");
	assert_int_equal(link("data/7/0000000000000007", "other"), 0);
	assert_int_equal(store_data_open(&s, 7, O_RDONLY, &fd), 0);
	assert_int_equal(store_data_replace(&s, 7, fd, &st, 1), 0);
	close(fd);
	assert_int_equal(store_data_stat(&s, 7, &now), 0);
	assert_int_equal(now.st_nlink, 1);
	assert_int_equal(now.st_size, 6);
	assert_int_equal(now.st_mtim.tv_sec, 1000);
	store_close(&s);
}

/* What is not of this directory's numbers goes too. */
static void test_store_data_sweep(void **state)
{
	struct store s;
	struct stat st;

	start(&s);
	make(&s, 3, "");
	make(&s, 0x1003, "");
	scratch_write("data/3/0000000000000004", "");
	scratch_write("data/3/.part-0000000000000003", "");
	assert_int_equal(store_data_sweep(&s, keep_small, NULL), 0);
	assert_int_equal(store_data_stat(&s, 3, &st), 0);
	assert_int_equal(store_data_stat(&s, 0x1003, &st), -ENOENT);
	assert_int_equal(stat("data/3/0000000000000004", &st), -1);
	assert_int_equal(stat("data/3/.part-0000000000000003", &st), -1);
	store_close(&s);
}

#define T(name) cmocka_unit_test_setup_teardown(test_store_data_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(places),
		T(replace),
		T(sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
