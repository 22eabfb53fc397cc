/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "session/gitguard.h"

static void test_gitguard_lists(void **state)
{
	char *list = NULL;

	assert_false(gitguard_has(NULL, "a"));
	assert_int_equal(gitguard_add(&list, "a/.git"), 0);
	assert_int_equal(gitguard_add(&list, ".git"), 0);
	assert_int_equal(gitguard_add(&list, ".git"), 0);
	assert_string_equal(list, "a/.git//.git//");
	assert_true(gitguard_has(list, ".git"));
	assert_true(gitguard_has(list, "a/.git"));
	assert_false(gitguard_has(list, "a"));
	assert_false(gitguard_has(list, "b/.git"));
	assert_false(gitguard_has(list, ""));
	free(list);
}

static void test_gitguard_hides_what_is_not_listed(void **state)
{
	struct gitguard g = { 0 };

	assert_false(gitguard_hides(&g, ".git"));
	g.seen = strdup("");
	assert_true(gitguard_hides(&g, ".git"));
	assert_true(gitguard_hides(&g, "a/.GIT"));
	assert_false(gitguard_hides(&g, ".gitignore"));
	assert_false(gitguard_hides(&g, ".git/config"));
	assert_int_equal(gitguard_add(&g.seen, "a/.git"), 0);
	assert_false(gitguard_hides(&g, "a/.git"));
	assert_true(gitguard_hides(&g, "b/.git"));
	assert_int_equal(gitguard_add(&g.hidden, "x.bare"), 0);
	assert_true(gitguard_hides(&g, "x.bare"));
	assert_true(gitguard_hides(&g, "X.Bare"));
	gitguard_release(&g);
}

static void test_gitguard_unknown_bare(void **state)
{
	static const char *const names[] = { "x", "x/objects", "x/refs", ".git",
					     ".git/objects", ".git/refs" };
	struct gitguard g = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(mkdir(names[i], 0755), 0);
	assert_int_equal(symlink("nowhere", ".git/HEAD"), 0);
	g.seen = strdup("");
	assert_false(gitguard_is_unknown(&g, "a/x", AT_FDCWD, "x"));
	assert_int_equal(symlink("nowhere", "x/HEAD"), 0);
	assert_true(gitguard_is_unknown(&g, "a/x", AT_FDCWD, "x"));
	assert_true(gitguard_is_unknown(&g, "x.git/x", AT_FDCWD, "x"));
	assert_false(gitguard_is_unknown(&g, ".git", AT_FDCWD, ".git"));
	assert_false(gitguard_is_unknown(&g, "a/.git/modules/x", AT_FDCWD,
					 "x"));
	assert_int_equal(gitguard_add(&g.seen, "a/x"), 0);
	assert_false(gitguard_is_unknown(&g, "a/x", AT_FDCWD, "x"));
	assert_true(gitguard_is_unknown(&g, "b/x", AT_FDCWD, "x"));
	free(g.seen);
	g.seen = NULL;
	assert_false(gitguard_is_unknown(&g, "b/x", AT_FDCWD, "x"));
	gitguard_release(&g);
}

/* What another repository borrows from, or somebody copied. */
static void test_gitguard_store_of_objects(void **state)
{
	const struct timespec old[] = { { 1000, 0 }, { 2000, 0 } };
	struct gitguard g = { .seen = strdup("") };
	struct stat st;

	assert_int_equal(mkdir("s", 0755), 0);
	assert_int_equal(mkdir("s/pack", 0755), 0);
	assert_int_equal(close(creat("s/pack/p.pack", 0644)), 0);
	assert_false(gitguard_is_unknown(&g, "a/s", AT_FDCWD, "s"));
	assert_int_equal(mkdir("s/info", 0755), 0);
	assert_int_equal(utimensat(AT_FDCWD, "s/pack", old, 0), 0);
	assert_true(gitguard_is_unknown(&g, "a/s", AT_FDCWD, "s"));
	/* looking does not show */
	assert_int_equal(stat("s/pack", &st), 0);
	assert_int_equal(st.st_atim.tv_sec, old[0].tv_sec);
	assert_int_equal(unlink("s/pack/p.pack"), 0);
	assert_false(gitguard_is_unknown(&g, "a/s", AT_FDCWD, "s"));
	assert_int_equal(mkdir("s/a0", 0755), 0);
	assert_true(gitguard_is_unknown(&g, "a/s", AT_FDCWD, "s"));
	assert_false(gitguard_is_unknown(&g, "a/.git/s", AT_FDCWD, "s"));
	assert_int_equal(gitguard_add(&g.seen, "x.git"), 0);
	assert_true(gitguard_is_unknown(&g, "a/s", AT_FDCWD, "s"));
	assert_false(gitguard_is_unknown(&g, "x.git/s", AT_FDCWD, "s"));
	gitguard_release(&g);
}

static void test_gitguard_new_objects(void **state)
{
	static const char *const objects[] = {
		".git/objects/ab/0123456789abcdef0123456789abcdef012345",
		".git/objects/pack/pack-12.pack", "objects/pack/pack-12.idx",
		"sub/x.git/OBJECTS/Pack/p", ".git/modules/m/objects/pack/p",
	};
	static const char *const others[] = {
		"objects", "pack/p", "objects/p", "myobjects/pack/p", "a/b/c",
		".git/refs/heads/main", "objects/ab/short", "objects/pack",
	};
	struct stat st = { .st_mode = S_IFREG, .st_ctim = { 100, 5 } };
	struct gitguard g = { 0 };
	size_t i;

	assert_false(gitguard_is_new(&g, objects[0], &st));
	g.since = (struct timespec){ 100, 5 };
	for (i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		assert_true(gitguard_is_new(&g, objects[i], &st));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(gitguard_is_new(&g, others[i], &st));
	g.since.tv_nsec++;
	assert_false(gitguard_is_new(&g, objects[0], &st));
}

static void test_gitguard_objects_are_kept(void **state)
{
	static const char *const path =
		".git/objects/ab/0123456789abcdef0123456789abcdef012345";
	struct gitguard g = { 0 }, again = { 0 };
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(gitguard_load_objects(&again, fd), 0);
	assert_null(again.objects);
	assert_int_equal(gitguard_add(&g.objects, path), 0);
	assert_int_equal(gitguard_add(&g.objects, "a/name"), 0);
	assert_true(gitguard_hides(&g, path));
	assert_true(gitguard_hides(&g, ".git/Objects/AB/"
				   "0123456789ABCDEF0123456789ABCDEF012345"));
	assert_false(gitguard_hides(&g, "a/name"));
	assert_int_equal(gitguard_save_objects(&g, fd), 0);
	assert_int_equal(gitguard_load_objects(&again, fd), 0);
	assert_string_equal(again.objects, g.objects);
	gitguard_release(&again);
	gitguard_release(&g);
	assert_int_equal(gitguard_save_objects(&g, fd), 0);
	assert_int_equal(access(GITGUARD_OBJECTS, F_OK), -1);
	close(fd);
}

static void test_gitguard_bases_are_kept(void **state)
{
	static const char *const a = "0123456789abcdef0123456789abcdef01234567";
	static const char *const b = "fedcba9876543210fedcba9876543210fedcba98";
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	char real[41], made[41];

	assert_int_equal(gitguard_base(fd, ".git", real, made), -ENOENT);
	assert_int_equal(gitguard_add_base(fd, "a \n/.git", a, b), 0);
	assert_int_equal(gitguard_add_base(fd, ".git", b, a), 0);
	assert_int_equal(gitguard_add_base(fd, ".git", a, a), 0);
	assert_int_equal(gitguard_add_base(fd, "x", "0", a), -EINVAL);
	assert_int_equal(gitguard_base(fd, ".git", real, made), 0);
	assert_string_equal(real, b);
	assert_string_equal(made, a);
	assert_int_equal(gitguard_base(fd, "a \n/.git", real, made), 0);
	assert_string_equal(real, a);
	assert_int_equal(gitguard_base(fd, "git", real, made), -ENOENT);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gitguard_lists),
		cmocka_unit_test(test_gitguard_hides_what_is_not_listed),
		cmocka_unit_test_setup_teardown(test_gitguard_unknown_bare,
			scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_gitguard_store_of_objects,
			scratch_setup, scratch_teardown),
		cmocka_unit_test(test_gitguard_new_objects),
		cmocka_unit_test_setup_teardown(
			test_gitguard_objects_are_kept, scratch_setup,
			scratch_teardown),
		cmocka_unit_test_setup_teardown(test_gitguard_bases_are_kept,
						scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
