/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <utime.h>

#include "session/place.h"
#include "session/session.h"

static void test_place_names_are_checked(void **state)
{
	static const char *const good[] = { "a", "A.b_c-9", "0", "fix-login" };
	static const char *const bad[] = { "", ".", "..", "../x", "a/b", "-x",
					   ".new-abc", "a b", "a\n", "\303\244",
					   "a\033[m" };
	char longest[66];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(place_is_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(place_is_name(bad[i]));
	memset(longest, 'x', sizeof(longest));
	longest[65] = '\0';
	assert_false(place_is_name(longest));
	longest[64] = '\0';
	assert_true(place_is_name(longest));
	assert_true(place_is_id("abcd0189"));
	assert_false(place_is_id("abcd018"));
	assert_false(place_is_id("abcd01899"));
	assert_false(place_is_id("ABCD0189"));
	assert_false(place_is_id("../../ab"));
}

static void test_place_ids_differ(void **state)
{
	char a[SESSION_ID_LEN + 1], b[SESSION_ID_LEN + 1];

	place_make_id(a);
	place_make_id(b);
	assert_true(place_is_id(a) && place_is_id(b));
	assert_string_not_equal(a, b);
}

static void test_place_is_made_private(void **state)
{
	struct err err = ERR_INIT;
	struct stat st;
	char *path = NULL;
	int fd = -1;

	assert_int_equal(place_open("x/y", 0, &path, &fd, &err), -ENOENT);
	assert_int_equal(access("x", F_OK), -1);
	assert_ok(place_open("x/y", PLACE_CREATE, &path, &fd, &err), err);
	assert_string_equal(path, scratch_fmt("%s/x/y", (char *)*state));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(path);
	close(fd);
}

static void test_place_that_others_may_write_is_refused(void **state)
{
	struct err err = ERR_INIT;
	char *path = NULL;
	int fd = -1;

	mkdir("open", 0777);
	chmod("open", 0777);
	assert_int_equal(place_open("open", PLACE_CREATE, &path, &fd, &err),
			 -EPERM);
	assert_says(err, "chmod go-w");
	chmod("open", 01777);
	assert_ok(place_open("open", 0, &path, &fd, &err), err);
	free(path);
	close(fd);
}

static void test_place_session_must_be_closed_to_others(void **state)
{
	struct err err = ERR_INIT;
	int dir = open(".", O_RDONLY), fd = -1;

	mkdir("aaaaaaaa", 0700);
	mkdir("bbbbbbbb", 0750);
	chmod("bbbbbbbb", 0750);
	assert_int_equal(symlink("aaaaaaaa", "cccccccc"), 0);
	scratch_write("dddddddd", "");
	assert_ok(place_open_session(dir, "aaaaaaaa", &fd, &err), err);
	close(fd);
	fd = -1;
	assert_int_equal(place_open_session(dir, "bbbbbbbb", &fd, &err), -EPERM);
	assert_says(err, "0750");
	assert_true(place_open_session(dir, "cccccccc", &fd, &err) < 0);
	assert_true(place_open_session(dir, "dddddddd", &fd, &err) < 0);
	assert_int_equal(place_open_session(dir, "eeeeeeee", &fd, &err),
			 -ENOENT);
	assert_int_equal(fd, -1);
	close(dir);
}

static void test_place_session_of_another_user(void **state)
{
	struct err err = ERR_INIT;
	int dir = open(".", O_RDONLY), fd = -1;

	mkdir("aaaaaaaa", 0700);
	if (geteuid() || chown("aaaaaaaa", 1234, 1234)) {
		close(dir);
		skip();
	}
	assert_int_equal(place_open_session(dir, "aaaaaaaa", &fd, &err), -EPERM);
	assert_says(err, "another user");
	close(dir);
}

static void test_place_is_inside_goes_by_identity(void **state)
{
	struct stat root, other;
	int fd;

	mkdir("ws", 0700);
	mkdir("ws/a", 0700);
	mkdir("ws/a/b", 0700);
	mkdir("wss", 0700);
	assert_int_equal(symlink("ws/a", "alias"), 0);
	assert_int_equal(stat("ws", &root), 0);
	assert_int_equal(stat("wss", &other), 0);
	fd = open("alias/b", O_RDONLY);
	assert_int_equal(place_is_inside(fd, &root), 1);
	assert_int_equal(place_is_inside(fd, &other), 0);
	close(fd);
	fd = open("wss", O_PATH);
	assert_int_equal(place_is_inside(fd, &root), 0);
	assert_int_equal(place_is_inside(fd, &other), 1);
	close(fd);
	assert_true(place_is_inside(-1, &root) < 0);
}

static void test_place_sweep_takes_leftovers_alone(void **state)
{
	struct utimbuf old = { 1000, 1000 };
	int dir = open(".", O_RDONLY);

	mkdir(".gone-aaaaaaaa", 0700);
	scratch_write(".gone-aaaaaaaa/log", "x");
	mkdir(".new-bbbbbbbb", 0700);
	mkdir(".new-cccccccc", 0700);
	utime(".new-cccccccc", &old);
	mkdir("dddddddd", 0700);
	utime("dddddddd", &old);
	place_sweep(dir);
	assert_int_equal(access(".gone-aaaaaaaa", F_OK), -1);
	assert_int_equal(access(".new-bbbbbbbb", F_OK), 0);
	assert_int_equal(access(".new-cccccccc", F_OK), -1);
	assert_int_equal(access("dddddddd", F_OK), 0);
	close(dir);
}

#define T(name) cmocka_unit_test_setup_teardown(test_place_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_are_checked),
		T(ids_differ),
		T(is_made_private),
		T(that_others_may_write_is_refused),
		T(session_must_be_closed_to_others),
		T(session_of_another_user),
		T(is_inside_goes_by_identity),
		T(sweep_takes_leftovers_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
