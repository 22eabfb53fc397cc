/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "util/buf.h"
#include "util/walk.h"

struct seen {
	struct buf paths;
	const char *skip;
	int stop_after;
};

static int note(void *payload, const struct walk_entry *e)
{
	struct seen *s = payload;

	buf_addf(&s->paths, "%s%s ", e->path, e->error ? "!" : "");
	if (s->stop_after && !--s->stop_after)
		return -ECANCELED;
	return s->skip && !strcmp(e->path, s->skip) ? WALK_SKIP : WALK_GO;
}

static void check(struct seen *s, int code, const char *want)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	buf_init(&s->paths);
	assert_int_equal(walk_tree(fd, note, s), code);
	assert_string_equal(s->paths.ptr, want);
	buf_release(&s->paths);
	close(fd);
}

static void test_walk_order_and_links(void **state)
{
	struct seen s = { .skip = NULL };

	assert_int_equal(io_mkdirs("b/c", 0755), 0);
	scratch_write("b/c/z", "");
	scratch_write("b.x", "");
	scratch_write("a", "");
	assert_int_equal(symlink("b", "l"), 0);
	check(&s, 0, "a b b/c b/c/z b.x l ");
	s.skip = "b";
	check(&s, 0, "a b b.x l ");
	s.skip = NULL;
	s.stop_after = 2;
	check(&s, -ECANCELED, "a b ");
}

/* What a walk by types says: names, types, and sizes of directories alone. */
static int note_type(void *payload, const struct walk_entry *e)
{
	struct seen *s = payload;

	buf_addf(&s->paths, "%s%s%s ", e->path,
		 S_ISDIR(e->st.st_mode) ? "/" : S_ISLNK(e->st.st_mode) ? "@" :
		 S_ISREG(e->st.st_mode) ? "" : "?",
		 S_ISDIR(e->st.st_mode) && !e->st.st_nlink ? "!" : "");
	return WALK_GO;
}

static void test_walk_of_types(void **state)
{
	struct seen s = { .skip = NULL };
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(io_mkdirs("b/c", 0755), 0);
	scratch_write("b/c/z", "text");
	scratch_write("a", "text");
	assert_int_equal(symlink("b", "l"), 0);
	buf_init(&s.paths);
	assert_int_equal(walk_types(fd, note_type, &s), 0);
	assert_string_equal(s.paths.ptr, "a b/ b/c/ b/c/z l@ ");
	buf_release(&s.paths);
	close(fd);
}

/* Links are met by their name, other files not at all. */
static void test_walk_of_directories(void **state)
{
	struct seen s = { .skip = NULL };
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(io_mkdirs("b/c", 0755), 0);
	assert_int_equal(io_mkdirs("b/.git", 0755), 0);
	scratch_write("b/c/z", "");
	scratch_write("b/c/.git", "");
	assert_int_equal(symlink("b", "l"), 0);
	buf_init(&s.paths);
	assert_int_equal(walk_dirs(fd, ".git", note, &s), 0);
	assert_string_equal(s.paths.ptr, "b b/.git b/c b/c/.git ");
	buf_release(&s.paths);
	close(fd);
}

/* Deeper than there are descriptors, longer than a path may be. */
static void test_walk_is_not_stopped_by_depth(void **state)
{
	char name[201] = "";
	size_t deepest = 0;
	struct seen s = { .skip = NULL };
	int fd = open(".", O_RDONLY | O_DIRECTORY), at = dup(fd);

	memset(name, 'd', 200);
	for (int i = 0; i < 100; i++) {
		int next;

		assert_int_equal(mkdirat(at, name, 0755), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	close(at);
	buf_init(&s.paths);
	assert_int_equal(walk_tree(fd, note, &s), 0);
	for (const char *p = s.paths.ptr; *p; p += strcspn(p, " ") + 1)
		if (strcspn(p, " ") > deepest)
			deepest = strcspn(p, " ");
	assert_int_equal(deepest, 100 * 201 - 1);
	buf_release(&s.paths);
	close(fd);
}

#define T(name) cmocka_unit_test_setup_teardown(test_walk_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(order_and_links),
		T(of_directories),
		T(of_types),
		T(is_not_stopped_by_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
