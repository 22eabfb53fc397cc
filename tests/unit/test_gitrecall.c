/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <dirent.h>
#include <time.h>

#include "review/gitrecall.h"
#include "review/gitview.h"

/* Rules that show everything. */
static void show_path(void *payload, const char *path, size_t len,
		      struct verdict *out)
{
	*out = (struct verdict){ .action = ACTION_SHOW };
}

static void show_confirm(void *payload, struct verdict *v, int fd,
			 const char *path)
{
	v->confirm = 0;
}

static int show_content(void *payload, const struct verdict *v,
			const char *path, int fd, struct buf *bytes)
{
	return 0;
}

static const struct gitview_rules rules = { show_path, show_confirm,
					    show_content, NULL, "one" };
static const struct gitview_rules others = { show_path, show_confirm,
					     show_content, NULL, "two" };

static void make_repo(const char *at)
{
	static const char *const dirs[] = { "", "/objects", "/objects/pack",
					    "/refs", "/refs/heads" };
	char path[64];
	int fd;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path, sizeof(path), "%s%s", at, dirs[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	snprintf(path, sizeof(path), "%s/HEAD", at);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(io_write_full(fd, "ref: refs/heads/main\n", 21), 0);
	close(fd);
}

/* So old that what is seen of it may be kept. */
static void grow_old(void)
{
	nanosleep(&(struct timespec){ 4, 100000000 }, NULL);
}

/* What a mount does; the number of repositories, and what was recalled. */
static size_t look(const struct gitview_rules *by, enum gitview_mode mode,
		   int *recalled)
{
	struct gitview v = GITVIEW_INIT;
	struct err err = ERR_INIT;
	int fd = open("w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n;

	assert_int_equal(gitview_find(&v, fd, by, "cache", &err), 0);
	*recalled = v.recalled;
	assert_int_equal(gitview_decide(&v, mode, by, 10, &err), 0);
	n = v.n;
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(v.at[i].choice, GITVIEW_AUTO);
		assert_non_null(v.at[i].why);
	}
	gitview_release(&v);
	close(fd);
	return n;
}

static void test_gitrecall_young(void **state)
{
	int recalled;

	assert_int_equal(mkdir("w", 0755), 0);
	make_repo("w/.git");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(look(&rules, GITVIEW_AUTO, &recalled), 1);
		assert_int_equal(recalled, GITRECALL_NOTHING);
	}
}

static void test_gitrecall_holds_until_a_change(void **state)
{
	int recalled;

	assert_int_equal(mkdir("w", 0755), 0);
	assert_int_equal(mkdir("w/sub", 0755), 0);
	make_repo("w/.git");
	grow_old();
	look(&rules, GITVIEW_AUTO, &recalled);
	assert_int_equal(recalled, GITRECALL_NOTHING);
	assert_int_equal(look(&rules, GITVIEW_AUTO, &recalled), 1);
	assert_int_equal(recalled, GITRECALL_DECIDED);
	/* of other rules nothing is known, and one does not push out another */
	look(&others, GITVIEW_NONE, &recalled);
	assert_int_equal(recalled, GITRECALL_NOTHING);
	look(&others, GITVIEW_AUTO, &recalled);
	assert_int_equal(recalled, GITRECALL_FOUND);
	look(&rules, GITVIEW_NONE, &recalled);
	assert_int_equal(recalled, GITRECALL_DECIDED);
	/* a change within it: where it is holds still, what is shown does not */
	assert_int_equal(mkdir("w/.git/objects/ab", 0755), 0);
	look(&rules, GITVIEW_AUTO, &recalled);
	assert_int_equal(recalled, GITRECALL_FOUND);
	assert_int_equal(chmod("w/.git/HEAD", 0600), 0);
	look(&rules, GITVIEW_AUTO, &recalled);
	assert_int_equal(recalled, GITRECALL_FOUND);
	/* another repository somewhere below */
	make_repo("w/sub/.git");
	assert_int_equal(look(&rules, GITVIEW_AUTO, &recalled), 2);
	assert_int_equal(recalled, GITRECALL_NOTHING);
}

static void damage_file(int dirfd, const char *name, int how)
{
	struct buf text = BUF_INIT;

	assert_int_equal(io_read_file(dirfd, name, 1 << 20, &text), 0);
	if (how < 0)
		buf_cut(&text, text.len / 2);
	else
		text.ptr[text.len - 1 - (size_t)how] ^= 1;
	assert_int_equal(io_replace(dirfd, name, text.ptr, text.len, 0600), 0);
	buf_release(&text);
}

/* Cuts each file of states, or changes a byte so far from its end. */
static void damage(int how)
{
	DIR *d = opendir("cache");
	char *names[16];
	struct dirent *de;
	size_t n = 0;

	assert_non_null(d);
	while (n < 16 && (de = readdir(d)))
		if (strstr(de->d_name, ".state"))
			names[n++] = strdup(de->d_name);
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		damage_file(dirfd(d), names[i], how);
		free(names[i]);
	}
	closedir(d);
}

static void test_gitrecall_damage(void **state)
{
	int recalled;

	assert_int_equal(mkdir("w", 0755), 0);
	make_repo("w/.git");
	grow_old();
	for (int how = -1; how < 100; how += 25) {
		look(&rules, GITVIEW_AUTO, &recalled);
		assert_int_equal(recalled, GITRECALL_NOTHING);
		look(&rules, GITVIEW_AUTO, &recalled);
		assert_int_equal(recalled, GITRECALL_DECIDED);
		damage(how);
	}
}

/* Beyond so many directories the next mount trusts, and looks again later. */
static void test_gitrecall_large(void **state)
{
	struct gitview v = GITVIEW_INIT;
	struct err err = ERR_INIT;
	char path[64];
	int fd, recalled;

	assert_int_equal(mkdir("w", 0755), 0);
	make_repo("w/.git");
	for (int i = 0; i < GITRECALL_DIRS + 10; i++) {
		snprintf(path, sizeof(path), "w/d%05d", i);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	grow_old();
	look(&rules, GITVIEW_AUTO, &recalled);
	make_repo("w/d04000/.git");
	assert_int_equal(look(&rules, GITVIEW_AUTO, &recalled), 1);
	assert_int_equal(recalled, GITRECALL_DECIDED);
	fd = open("w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(gitview_find(&v, fd, &rules, "cache", &err), 0);
	gitview_refresh(&v, &rules);
	gitview_release(&v);
	close(fd);
	assert_int_equal(look(&rules, GITVIEW_AUTO, &recalled), 2);
	assert_int_equal(recalled, GITRECALL_NOTHING);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gitrecall_young),
		TEST(test_gitrecall_holds_until_a_change),
		TEST(test_gitrecall_damage),
		TEST(test_gitrecall_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
