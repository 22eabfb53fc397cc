/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "util/io.h"

static int beneath(const char *path)
{
	int dir = open("root", O_PATH | O_DIRECTORY), fd = -1, ret;

	ret = io_open_beneath(dir, path, O_RDONLY, 0, &fd);
	io_close(&fd);
	io_close(&dir);
	return ret;
}

static void test_io_open_beneath_never_leaves(void **state)
{
	mkdir("root", 0755);
	mkdir("root/sub", 0755);
	scratch_write("outside", "x");
	scratch_write("root/sub/file", "x");
	assert_int_equal(symlink("/etc", "root/abs"), 0);
	assert_int_equal(symlink("sub", "root/rel"), 0);
	assert_int_equal(beneath(""), 0);
	assert_int_equal(beneath("sub/file"), 0);
	assert_int_equal(beneath("abs/passwd"), -ELOOP);
	assert_int_equal(beneath("rel/file"), -ELOOP);
	assert_int_equal(beneath("rel"), -ELOOP);
	assert_true(beneath("../outside") < 0);
	assert_true(beneath("/etc/passwd") < 0);
	assert_int_equal(beneath("nonesuch"), -ENOENT);
}

static void test_io_read_limits(void **state)
{
	struct buf b = BUF_INIT;

	scratch_write("f", "12345");
	assert_int_equal(io_read_file(AT_FDCWD, "f", 5, &b), 0);
	assert_string_equal(b.ptr, "12345");
	buf_clear(&b);
	assert_int_equal(io_read_file(AT_FDCWD, "f", 4, &b), -EFBIG);
	assert_int_equal(io_read_file(AT_FDCWD, ".", 4, &b), -EINVAL);
	assert_int_equal(io_read_file(AT_FDCWD, "g", 4, &b), -ENOENT);
	buf_release(&b);
}

static void test_io_replace_is_whole(void **state)
{
	struct buf b = BUF_INIT;
	struct stat st;

	scratch_write("f", "old and longer");
	assert_int_equal(io_replace(AT_FDCWD, "f", "new", 3, 0640), 0);
	assert_int_equal(io_read_file(AT_FDCWD, "f", 100, &b), 0);
	assert_string_equal(b.ptr, "new");
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(io_replace(AT_FDCWD, "no/f", "x", 1, 0600), -ENOENT);
	buf_release(&b);
}

static void test_io_copy_keeps_holes(void **state)
{
	int a = open("a", O_RDWR | O_CREAT, 0600);
	int b = open("b", O_RDWR | O_CREAT, 0600);
	struct stat st;
	char c[5];

	assert_int_equal(io_pwrite_full(a, "start", 5, 0), 0);
	assert_int_equal(io_pwrite_full(a, "end", 3, 8 << 20), 0);
	assert_int_equal(io_copy(a, b), 0);
	assert_int_equal(fstat(b, &st), 0);
	assert_int_equal(st.st_size, (8 << 20) + 3);
	assert_true(st.st_blocks < 1024);
	assert_int_equal(io_pread_full(b, c, 5, 8 << 20), 3);
	assert_memory_equal(c, "end", 3);
	close(a);
	close(b);
}

static void test_io_remove_tree_follows_no_link(void **state)
{
	assert_int_equal(io_mkdirs("t/a/b", 0700), 0);
	mkdir("keep", 0700);
	scratch_write("keep/f", "x");
	assert_int_equal(symlink("../keep", "t/link"), 0);
	chmod("t/a", 0);
	assert_int_equal(io_remove_tree(AT_FDCWD, "t"), 0);
	assert_int_equal(access("t", F_OK), -1);
	assert_int_equal(access("keep/f", F_OK), 0);
	assert_int_equal(io_remove_tree(AT_FDCWD, "t"), -ENOENT);
}

static void test_io_time_cmp(void **state)
{
	struct timespec a = { 1, 5 }, b = { 1, 6 }, c = { 2, 0 };

	assert_true(io_time_cmp(&a, &b) < 0);
	assert_true(io_time_cmp(&c, &b) > 0);
	assert_int_equal(io_time_cmp(&a, &a), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(test_io_##name, \
						scratch_setup, scratch_teardown)

static ino_t parent_ino(struct io_parent *p, int dir, const char *path)
{
	struct stat st;

	assert_int_equal(io_parent_stat(p, dir, path, &st), 0);
	return st.st_ino;
}

/* The directory is opened once, and again only for a path of another one. */
static void test_io_parent_is_of_the_path(void **state)
{
	struct io_parent p = IO_PARENT_NONE;
	struct stat a, b, none;
	int dir = open(".", O_RDONLY | O_DIRECTORY), was;

	mkdir("pa", 0755);
	mkdir("pab", 0755);
	scratch_write("pa/f", "1");
	scratch_write("pab/f", "2");
	assert_int_equal(symlink("pa", "plink"), 0);
	assert_int_equal(stat("pa/f", &a), 0);
	assert_int_equal(stat("pab/f", &b), 0);
	assert_int_equal(parent_ino(&p, dir, "pa/f"), a.st_ino);
	was = p.fd;
	assert_int_equal(parent_ino(&p, dir, "pa/none"), 0);
	assert_int_equal(p.fd, was);
	assert_int_equal(parent_ino(&p, dir, "pab/f"), b.st_ino);
	assert_int_equal(parent_ino(&p, dir, "pa/f"), a.st_ino);
	assert_int_equal(parent_ino(&p, dir, "pn/x"), 0);
	assert_int_equal(parent_ino(&p, dir, "pn/y"), 0);
	assert_int_equal(parent_ino(&p, dir, "pa/f/x"), 0);
	assert_true(parent_ino(&p, dir, "pa") != 0);
	assert_int_equal(io_parent_stat(&p, dir, "plink/f", &none), -ELOOP);
	assert_int_equal(none.st_mode, 0);
	io_parent_release(&p);
	assert_int_equal(p.fd, -1);
	io_close(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(open_beneath_never_leaves),
		T(read_limits),
		T(replace_is_whole),
		T(copy_keeps_holes),
		T(remove_tree_follows_no_link),
		T(parent_is_of_the_path),
		T(time_cmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
