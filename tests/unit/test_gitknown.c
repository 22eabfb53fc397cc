/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include "review/gitknown.h"

static const uint8_t a[GITSET_ID] = { 1 }, b[GITSET_ID] = { 2 };

static int open_file(int flags)
{
	int fd = open("known", flags | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

/* One pair, written by a first look. */
static void first_look(const char *digest)
{
	struct gitset judged, seen;
	struct gitknown old, new = { .pairs = BUF_INIT };
	int fd = open_file(O_RDWR | O_CREAT | O_TRUNC);

	gitset_init(&judged);
	gitset_init(&seen);
	assert_int_equal(gitknown_read(&old, -1, digest), 0);
	assert_int_equal(gitknown_start(&old, &judged, &seen), 0);
	assert_int_equal(gitset_put(&judged, a, "dir/f", 5, NULL), 1);
	memcpy(new.key, old.key, sizeof(new.key));
	gitknown_add(&new, &judged);
	assert_int_equal(gitknown_write(&new, fd, digest), 0);
	gitknown_release(&old);
	gitknown_release(&new);
	gitset_release(&judged);
	gitset_release(&seen);
	close(fd);
}

/* What a second look knows: whether it has to judge a at dir/f again. */
static int has_to_judge(const char *digest)
{
	struct gitset judged, seen;
	struct gitknown old;
	int fd = open_file(O_RDONLY), r;

	gitset_init(&judged);
	gitset_init(&seen);
	assert_int_equal(gitknown_read(&old, fd, digest), 0);
	assert_int_equal(gitknown_start(&old, &judged, &seen), 0);
	r = gitset_put(&judged, a, "dir/f", 5, NULL);
	assert_int_equal(!gitset_get(&seen, a, "", 0), r);
	/* at another path, or another object: never known */
	assert_int_equal(gitset_put(&judged, a, ".env", 4, NULL), 1);
	assert_int_equal(gitset_put(&judged, b, "dir/f", 5, NULL), 1);
	assert_null(gitset_get(&seen, b, "", 0));
	gitknown_release(&old);
	gitset_release(&judged);
	gitset_release(&seen);
	close(fd);
	return r;
}

static void test_gitknown_second_look(void **state)
{
	first_look("digest");
	assert_int_equal(has_to_judge("digest"), 0);
}

static void test_gitknown_is_of_its_rules(void **state)
{
	first_look("digest");
	assert_int_equal(has_to_judge("other"), 1);
}

/* Cut short or something else: nothing is known, and nothing is read beyond. */
static void test_gitknown_damaged(void **state)
{
	first_look("digest");
	for (off_t len = 60; len >= 0; len--) {
		assert_int_equal(truncate("known", len), 0);
		assert_int_equal(has_to_judge("digest"), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gitknown_second_look,
						scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_gitknown_is_of_its_rules,
						scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_gitknown_damaged,
						scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
