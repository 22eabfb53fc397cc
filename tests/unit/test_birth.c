/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/stat.h>
#include <time.h>

#include "session/birth.h"

static struct timespec birth_of(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);
	struct timespec ts;

	assert_int_equal(layer_birth(f->l, n, &ts), 0);
	layer_forget(f->l, n, 1);
	return ts;
}

/* As the workspace's file system says; zero where it does not know. */
static struct timespec below(struct fixture *f, const char *path)
{
	struct timespec ts = { 0, 0 };
	char full[256];
	struct statx sx;

	snprintf(full, sizeof(full), "%s/%s", f->ws, path);
	assert_int_equal(statx(AT_FDCWD, full, AT_SYMLINK_NOFOLLOW, STATX_BTIME,
			       &sx), 0);
	if (sx.stx_mask & STATX_BTIME) {
		ts.tv_sec = sx.stx_btime.tv_sec;
		ts.tv_nsec = sx.stx_btime.tv_nsec;
	}
	return ts;
}

static void check_birth(struct fixture *f, const char *path,
			struct timespec want)
{
	struct timespec got = birth_of(f, path);

	assert_int_equal(io_time_cmp(&got, &want), 0);
}

static void test_birth_of_untouched(void **state)
{
	struct fixture *f = *state;

	check_birth(f, "", below(f, ""));
	check_birth(f, "plain", below(f, "plain"));
	check_birth(f, "dir", below(f, "dir"));
	check_birth(f, "dir/inner", below(f, "dir/inner"));
}

static void pull_ctime(struct fixture *f, const char *name)
{
	static const struct timespec pause = { 0, 30000000 };
	char path[256];

	nanosleep(&pause, NULL);
	snprintf(path, sizeof(path), "%s/%s", f->ws, name);
	assert_int_equal(chmod(path, 0640), 0);
}

static void test_birth_stays_over_copyup_and_mounts(void **state)
{
	struct fixture *f = *state;
	struct timespec was[3];
	struct node *d;

	pull_ctime(f, "plain");
	was[0] = below(f, "plain");
	was[1] = below(f, "dir");
	was[2] = below(f, "dir/inner");
	write_at(f, "plain", "more", 0);
	write_at(f, "dir/inner", "more", 0);
	check_birth(f, "plain", was[0]);
	check_birth(f, "dir", was[1]);
	d = at(f, "");
	assert_int_equal(layer_rename(f->l, &me, d, "dir", d, "moved", 0), 0);
	layer_forget(f->l, d, 1);
	reopen(f);
	check_birth(f, "plain", was[0]);
	check_birth(f, "moved", was[1]);
	check_birth(f, "moved/inner", was[2]);
}

static void test_birth_of_new(void **state)
{
	static const struct timespec pause = { 0, 30000000 };
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	st = stat_of(f, "new");
	check_birth(f, "new", st.st_mtim);
	nanosleep(&pause, NULL);
	write_at(f, "new", "text", 0);
	check_birth(f, "new", st.st_mtim);
	assert_true(stat_of(f, "new").st_mtim.tv_nsec != st.st_mtim.tv_nsec);
	reopen(f);
	check_birth(f, "new", st.st_mtim);
}

/* The user's new file of the same name was made later. */
static void test_birth_follows_the_workspace(void **state)
{
	struct fixture *f = *state;
	char from[256], to[256];

	put_file(f->ws, "other", "other\n");
	snprintf(from, sizeof(from), "%s/other", f->ws);
	snprintf(to, sizeof(to), "%s/plain", f->ws);
	check_birth(f, "plain", below(f, "plain"));
	assert_int_equal(rename(from, to), 0);
	check_birth(f, "plain", below(f, "plain"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_birth_of_untouched),
		TEST(test_birth_stays_over_copyup_and_mounts),
		TEST(test_birth_of_new),
		TEST(test_birth_follows_the_workspace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
