/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "session/store.h"
#include "util/io.h"

struct fixture {
	char dir[64];
	int fd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strncpy(f->dir, "/tmp/scrim-store-XXXXXX", sizeof(f->dir) - 1);
	if (!mkdtemp(f->dir))
		return -1;
	f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return f->fd < 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	io_remove_tree(AT_FDCWD, f->dir);
	free(f);
	return 0;
}

static int gather(void *payload, const char *items, size_t len)
{
	buf_add(payload, items, len);
	buf_addch(payload, '|');
	return 0;
}

static void put(struct store *s, const char *text)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, text);
	assert_int_equal(store_append(s, &b), 0);
	buf_release(&b);
}

static void reopen(struct fixture *f, int writable, const char *want)
{
	struct buf got = BUF_INIT;
	struct store s;

	assert_int_equal(store_open(&s, f->fd, writable, NULL), 0);
	assert_int_equal(store_replay(&s, gather, &got, NULL), 0);
	assert_string_equal(got.ptr, want);
	store_close(&s);
	buf_release(&got);
}

static void test_store_records_come_back(void **state)
{
	struct fixture *f = *state;
	struct buf none = BUF_INIT;
	struct store s;

	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	assert_int_equal(store_replay(&s, gather, &none, NULL), 0);
	assert_int_equal(store_reserve(&s, 4096), 0);
	put(&s, "one");
	put(&s, "two");
	store_close(&s);
	reopen(*state, 0, "one|two|");
	buf_release(&none);
}

/* Cut at each byte of the last record: the first stays, the rest is let go. */
static void test_store_torn_record_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct buf none = BUF_INIT;
	struct store s;
	uint64_t whole;

	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	assert_int_equal(store_replay(&s, gather, &none, NULL), 0);
	put(&s, "one");
	put(&s, "two");
	whole = s.log_len;
	store_close(&s);
	for (uint64_t cut = whole - 1; cut > whole - 11; cut--) {
		int fd = openat(f->fd, "log", O_WRONLY);

		assert_int_equal(ftruncate(fd, (off_t)cut), 0);
		close(fd);
		reopen(f, 0, "one|");
	}
	reopen(f, 1, "one|");
	buf_release(&none);
}

static void test_store_damage_in_the_middle_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct buf got = BUF_INIT;
	struct err err = ERR_INIT;
	struct store s;
	int fd;

	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	assert_int_equal(store_replay(&s, gather, &got, NULL), 0);
	put(&s, "one");
	put(&s, "two");
	store_close(&s);
	fd = openat(f->fd, "log", O_WRONLY);
	assert_int_equal(pwrite(fd, "X", 1, 16 + 8), 1);
	close(fd);
	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	assert_int_equal(store_replay(&s, gather, &got, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "damaged"));
	store_close(&s);
	buf_release(&got);
}

static int fill_three(void *payload, struct store *to)
{
	put(to, "three");
	return 0;
}

static void test_store_compaction_replaces_the_log(void **state)
{
	struct fixture *f = *state;
	struct buf none = BUF_INIT;
	struct store s;

	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	assert_int_equal(store_replay(&s, gather, &none, NULL), 0);
	put(&s, "one");
	assert_int_equal(store_compact(&s, fill_three, NULL), 0);
	put(&s, "four");
	store_close(&s);
	reopen(f, 0, "three|four|");
	assert_int_equal(faccessat(f->fd, "log.new", F_OK, 0), -1);
	buf_release(&none);
}

static int keep_even(void *payload, uint64_t nid)
{
	return nid % 2 == 0;
}

static void test_store_content_files(void **state)
{
	struct fixture *f = *state;
	struct store s;
	struct stat st;
	int fd;

	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	for (uint64_t nid = 1; nid <= 4; nid++) {
		assert_int_equal(store_data_open(&s, nid, O_RDWR | O_CREAT,
						 &fd), 0);
		close(fd);
	}
	assert_int_equal(store_data_stat(&s, 1, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_data_sweep(&s, keep_even, NULL), 0);
	assert_int_equal(store_data_stat(&s, 1, &st), -ENOENT);
	assert_int_equal(store_data_stat(&s, 2, &st), 0);
	assert_int_equal(store_data_remove(&s, 2), 0);
	store_close(&s);
}

static void test_store_base_bytes(void **state)
{
	struct fixture *f = *state;
	struct store s;
	uint64_t a, b;
	char got[8] = "";
	int fd;

	assert_int_equal(store_open(&s, f->fd, 1, NULL), 0);
	assert_int_equal(store_base_add(&s, "abc", 3, &a), 0);
	assert_int_equal(store_base_add(&s, "defg", 4, &b), 0);
	assert_int_equal(store_base_open(&s, b, 4, &fd), 0);
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_string_equal(got, "defg");
	close(fd);
	assert_int_equal(store_base_open(&s, UINT64_MAX, 0, &fd), -ENODATA);
	assert_int_equal(store_base_open(&s, a, 100, &fd), -EIO);
	store_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_store_records_come_back),
		TEST(test_store_torn_record_is_cut_off),
		TEST(test_store_damage_in_the_middle_is_an_error),
		TEST(test_store_compaction_replaces_the_log),
		TEST(test_store_content_files),
		TEST(test_store_base_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
