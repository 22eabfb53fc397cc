/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <time.h>

#include "scan/cache.h"

static struct stat old_file(ino_t ino)
{
	struct stat st = { .st_dev = 1, .st_ino = ino, .st_size = 10 };

	st.st_mtim.tv_sec = 1000000000;
	st.st_ctim.tv_sec = 1000000000;
	return st;
}

static struct cache *opened(const char *digest)
{
	struct err err = ERR_INIT;
	struct cache *c;

	assert_ok(cache_open(&c, "cache", digest, &err), err);
	return c;
}

static void test_cache_keeps_verdicts(void **state)
{
	struct cache *c = opened("rules");
	struct stat st = old_file(7), other = old_file(8);
	size_t n;

	assert_false(cache_is_clean(c, &st, "a"));
	cache_put_clean(c, &st, "a");
	assert_true(cache_is_clean(c, &st, "a"));
	assert_false(cache_is_clean(c, &st, "b"));
	assert_false(cache_is_clean(c, &other, "a"));
	other = st;
	other.st_ctim.tv_nsec++;
	assert_false(cache_is_clean(c, &other, "a"));
	cache_close(c);
	c = opened("rules");
	assert_true(cache_is_clean(c, &st, "a"));
	cache_put(c, &st, "a", CACHE_UNJUDGEABLE, NULL, 0);
	assert_int_equal(cache_get(c, &st, "a", NULL, &n), CACHE_UNJUDGEABLE);
	cache_close(c);
	c = opened("other rules");
	assert_false(cache_is_clean(c, &st, "a"));
	cache_close(c);
}

static void test_cache_keeps_spans(void **state)
{
	struct cache_span in[2] = { { 3, 4, "one" }, { 10, 20, "two" } };
	struct cache_span out[CACHE_SPANS];
	struct cache *c = opened("rules");
	struct stat st = old_file(9);
	size_t n;

	cache_put(c, &st, "a", CACHE_SPANNED, in, 2);
	assert_int_equal(cache_get(c, &st, "a", out, &n), CACHE_SPANNED);
	assert_int_equal(n, 2);
	assert_memory_equal(in, out, sizeof(in));
	cache_close(c);
}

static void test_cache_forgets_what_is_too_fresh(void **state)
{
	struct cache *c = opened("rules");
	struct stat st = old_file(11);

	clock_gettime(CLOCK_REALTIME, &st.st_ctim);
	cache_put_clean(c, &st, "a");
	assert_false(cache_is_clean(c, &st, "a"));
	cache_close(c);
}

/* Neighbours share pages: a tree's verdicts are not all over the table. */
static void test_cache_keeps_neighbours_together(void **state)
{
	struct cache *c = opened("rules");
	struct stat st, table;

	for (ino_t i = 0; i < 4096; i++) {
		st = old_file(100000 + i);
		cache_put_clean(c, &st, "a");
	}
	assert_int_equal(stat("cache/verdicts", &table), 0);
	assert_in_range(table.st_blocks, 1, 3 * 1024 * 1024 / 512);
	for (ino_t i = 0; i < 4096; i++) {
		st = old_file(100000 + i);
		assert_true(cache_is_clean(c, &st, "a"));
	}
	cache_close(c);
}

/* What a fault or somebody else wrote is not believed. */
static void test_cache_checks_what_it_reads(void **state)
{
	struct cache *c = opened("rules");
	struct stat st = old_file(12), file;
	char zero = 0x55;
	int fd;

	cache_put_clean(c, &st, "a");
	fd = open("cache/verdicts", O_RDWR);
	assert_int_equal(fstat(fd, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	for (off_t at = 4096; at < file.st_size;) {
		off_t data = lseek(fd, at, SEEK_DATA);

		if (data < 0)
			break;
		for (int i = 0; i < 4096; i += 16)
			assert_int_equal(pwrite(fd, &zero, 1, data + i), 1);
		at = data + 4096;
	}
	assert_false(cache_is_clean(c, &st, "a"));
	cache_close(c);
	assert_int_equal(pwrite(fd, "x", 1, 3), 1);
	close(fd);
	c = opened("rules");
	cache_put_clean(c, &st, "a");
	assert_true(cache_is_clean(c, &st, "a"));
	cache_close(c);
	assert_int_equal(chmod("cache/verdicts", 0644), 0);
	c = opened("rules");
	assert_false(cache_is_clean(c, &st, "a"));
	cache_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cache_keeps_verdicts,
						scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_cache_keeps_spans,
						scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_cache_forgets_what_is_too_fresh, scratch_setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_cache_keeps_neighbours_together, scratch_setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(test_cache_checks_what_it_reads,
						scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
