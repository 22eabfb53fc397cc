/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "session/layer.h"
#include "session/content.h"
#include "session/list.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

static const struct who me = { 0, 0, 1, 022 };

struct fixture {
	char top[64], ws[80], state[80];
	struct session *s;
	struct policy *p;
	struct layer *l;
};

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_dir(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void open_layer(struct fixture *f)
{
	static const char *const hide[] = { ".env", "secrets", NULL };
	struct policy_sources src = { .rules = "none", .userdir = f->state,
				      .workspace_fd = -1, .hide = hide };
	struct err err = ERR_INIT;

	assert_int_equal(policy_load(&f->p, &src, &err), 0);
	assert_int_equal(layer_open(&f->l, f->s, f->p, LAYER_WRITE, &err), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	snprintf(f->top, sizeof(f->top), "/tmp/scrim-layer-XXXXXX");
	if (!mkdtemp(f->top))
		return -1;
	snprintf(f->ws, sizeof(f->ws), "%s/ws", f->top);
	snprintf(f->state, sizeof(f->state), "%s/state", f->top);
	put_dir(f->top, "ws");
	put_dir(f->top, "state");
	put_file(f->ws, "plain", "hello\n");
	put_file(f->ws, ".env", "CANARY=FAKE\n");
	put_dir(f->ws, "dir");
	put_file(f->ws, "dir/inner", "inner\n");
	put_file(f->ws, "dir/.env", "CANARY=FAKE\n");
	if (session_create(&f->s, f->state, f->ws, NULL, &err))
		return -1;
	open_layer(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	layer_close(f->l);
	policy_free(f->p);
	session_close(f->s);
	io_remove_tree(AT_FDCWD, f->top);
	free(f);
	return 0;
}

static void reopen(struct fixture *f)
{
	layer_close(f->l);
	policy_free(f->p);
	open_layer(f);
}

/* A node by path; the test fails where there is none. Its ref is kept. */
static struct node *at(struct fixture *f, const char *path)
{
	struct entry e;

	assert_int_equal(layer_walk_path(f->l, path, &e), 0);
	assert_non_null(e.node);
	return e.node;
}

static int exists(struct fixture *f, const char *path)
{
	struct entry e;

	assert_int_equal(layer_walk_path(f->l, path, &e), 0);
	if (e.node)
		layer_forget(f->l, e.node, 1);
	return !!e.node;
}

static struct stat stat_of(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);
	struct stat st;

	assert_int_equal(layer_getattr(f->l, n, &st, NULL), 0);
	layer_forget(f->l, n, 1);
	return st;
}

static void check_content(struct fixture *f, const char *path,
			  const char *want)
{
	struct node *n = at(f, path);
	char got[64] = "";

	assert_int_equal(layer_read(f->l, &me, n, got, sizeof(got) - 1, 0),
			 strlen(want));
	assert_string_equal(got, want);
	layer_forget(f->l, n, 1);
}

static void write_at(struct fixture *f, const char *path, const char *text,
		     off_t off)
{
	struct node *n = at(f, path);
	struct handle *h;
	int fd;

	assert_int_equal(layer_open_write(f->l, &me, n, 0, &h, &fd), 0);
	assert_int_equal(io_pwrite_full(fd, text, strlen(text), off), 0);
	layer_done(f->l, h);
	layer_forget(f->l, n, 1);
}

static int make(struct fixture *f, const char *dir, const char *name,
		mode_t mode)
{
	struct make what = { .mode = mode, .target = "target" };
	struct node *d = at(f, dir);
	struct entry e;
	int r = layer_make(f->l, &me, d, name, &what, &e);

	if (!r)
		layer_forget(f->l, e.node, 1);
	layer_forget(f->l, d, 1);
	return r;
}

static int take_away(struct fixture *f, const char *dir, const char *name,
		     int is_dir)
{
	struct node *d = at(f, dir);
	int r = layer_remove(f->l, &me, d, name, is_dir);

	layer_forget(f->l, d, 1);
	return r;
}

static int move(struct fixture *f, const char *dir, const char *name,
		const char *todir, const char *to, unsigned flags)
{
	struct node *d = at(f, dir), *t = at(f, todir);
	int r = layer_rename(f->l, &me, d, name, t, to, flags);

	layer_forget(f->l, d, 1);
	layer_forget(f->l, t, 1);
	return r;
}

static void check_workspace(struct fixture *f, const char *name,
			    const char *want)
{
	struct buf b = BUF_INIT;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->ws, name);
	assert_int_equal(io_read_file(AT_FDCWD, path, 4096, &b), 0);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
}

static void test_layer_shows_the_workspace_without_hidden(void **state)
{
	struct fixture *f = *state;
	struct stat st, real;
	char path[128];

	assert_true(exists(f, "plain"));
	assert_true(exists(f, "dir/inner"));
	assert_false(exists(f, ".env"));
	assert_false(exists(f, ".ENV"));
	assert_false(exists(f, "dir/.env"));
	assert_false(exists(f, "nothing"));
	st = stat_of(f, "plain");
	snprintf(path, sizeof(path), "%s/plain", f->ws);
	assert_int_equal(lstat(path, &real), 0);
	assert_int_equal(st.st_ino, real.st_ino);
	assert_int_equal(st.st_mtim.tv_nsec, real.st_mtim.tv_nsec);
	assert_int_equal(st.st_size, 6);
	check_content(f, "plain", "hello\n");
}

static void test_layer_copy_up_keeps_inode_and_workspace(void **state)
{
	struct fixture *f = *state;
	ino_t ino = stat_of(f, "plain").st_ino;

	write_at(f, "plain", "HE", 0);
	check_content(f, "plain", "HEllo\n");
	check_workspace(f, "plain", "hello\n");
	assert_int_equal(stat_of(f, "plain").st_ino, ino);
	reopen(f);
	check_content(f, "plain", "HEllo\n");
	assert_int_equal(stat_of(f, "plain").st_ino, ino);
}

static void test_layer_make_and_remove(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make(f, "", "new", S_IFREG | 0666), 0);
	assert_int_equal(make(f, "", "new", S_IFREG | 0666), -EEXIST);
	assert_int_equal(stat_of(f, "new").st_mode, S_IFREG | 0644);
	assert_int_equal(make(f, "", "null", S_IFCHR | 0666), -EPERM);
	assert_int_equal(make(f, "dir", "sub", S_IFDIR | 0777), 0);
	assert_int_equal(make(f, "dir/sub", "link", S_IFLNK | 0777), 0);
	reopen(f);
	assert_true(exists(f, "dir/sub/link"));
	assert_int_equal(take_away(f, "dir", "sub", 1), -ENOTEMPTY);
	assert_int_equal(take_away(f, "dir/sub", "link", 0), 0);
	assert_int_equal(take_away(f, "dir", "sub", 0), -EISDIR);
	assert_int_equal(take_away(f, "dir", "sub", 1), 0);
	assert_int_equal(take_away(f, "", "plain", 1), -ENOTDIR);
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(take_away(f, "", "plain", 0), -ENOENT);
	reopen(f);
	assert_false(exists(f, "plain"));
	assert_false(exists(f, "dir/sub"));
	check_workspace(f, "plain", "hello\n");
}

static void test_layer_hidden_names_are_free(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(take_away(f, "", ".env", 0), -ENOENT);
	assert_int_equal(make(f, "", ".env", S_IFREG | 0644), 0);
	write_at(f, ".env", "mine", 0);
	check_content(f, ".env", "mine");
	assert_int_equal(take_away(f, "", ".env", 0), 0);
	assert_false(exists(f, ".env"));
	/* a directory in which only hidden files are left goes */
	assert_int_equal(take_away(f, "dir", "inner", 0), 0);
	assert_int_equal(take_away(f, "", "dir", 1), 0);
	assert_false(exists(f, "dir"));
	/* and comes back empty, not with what was below */
	assert_int_equal(make(f, "", "dir", S_IFDIR | 0755), 0);
	assert_false(exists(f, "dir/inner"));
	assert_false(exists(f, "dir/.env"));
	check_workspace(f, "dir/.env", "CANARY=FAKE\n");
}

static void test_layer_rename_directory_of_the_workspace(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(move(f, "", "dir", "", "moved", 0), 0);
	assert_false(exists(f, "dir"));
	check_content(f, "moved/inner", "inner\n");
	assert_false(exists(f, "moved/.env"));
	reopen(f);
	check_content(f, "moved/inner", "inner\n");
	assert_false(exists(f, "moved/.env"));
	write_at(f, "moved/inner", "INNER", 0);
	assert_int_equal(move(f, "", "moved", "", "dir", 0), 0);
	check_content(f, "dir/inner", "INNER\n");
	check_workspace(f, "dir/inner", "inner\n");
}

static void test_layer_rename_into_a_hidden_directory_name(void **state)
{
	struct fixture *f = *state;

	/* the name of a hidden directory hides what the workspace has below */
	assert_int_equal(make(f, "", "secrets", S_IFDIR | 0755), 0);
	assert_int_equal(move(f, "", "plain", "secrets", "p", 0), 0);
	check_content(f, "secrets/p", "hello\n");
}

static void test_layer_rename_flags(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make(f, "", "other", S_IFREG | 0644), 0);
	write_at(f, "other", "other\n", 0);
	assert_int_equal(move(f, "", "plain", "", "other", RENAME_NOREPLACE),
			 -EEXIST);
	assert_int_equal(move(f, "", "plain", "", "dir", RENAME_EXCHANGE), 0);
	check_content(f, "plain/inner", "inner\n");
	check_content(f, "dir", "hello\n");
	assert_int_equal(move(f, "", "dir", "", "other", 0), 0);
	reopen(f);
	check_content(f, "other", "hello\n");
	assert_false(exists(f, "dir"));
	assert_int_equal(move(f, "", "plain", "plain", "x", 0), -EINVAL);
	assert_int_equal(move(f, "", "none", "", "x", 0), -ENOENT);
}

static void test_layer_removed_while_open_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct node *n = at(f, "plain");
	char got[16] = "";
	struct stat st;

	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(make(f, "", "plain", S_IFREG | 0644), 0);
	assert_int_equal(layer_read(f->l, &me, n, got, sizeof(got), 0), 6);
	assert_string_equal(got, "hello\n");
	assert_int_equal(layer_getattr(f->l, n, &st, NULL), 0);
	assert_int_equal(st.st_nlink, 0);
	layer_forget(f->l, n, 1);
	assert_int_equal(stat_of(f, "plain").st_size, 0);
}

static void test_layer_hard_links_of_the_workspace_stay_one(void **state)
{
	struct fixture *f = *state;
	char from[128], to[128];

	snprintf(from, sizeof(from), "%s/plain", f->ws);
	snprintf(to, sizeof(to), "%s/second", f->ws);
	assert_int_equal(link(from, to), 0);
	assert_int_equal(stat_of(f, "second").st_nlink, 2);
	write_at(f, "plain", "J", 0);
	check_content(f, "second", "Jello\n");
	reopen(f);
	check_content(f, "second", "Jello\n");
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(stat_of(f, "second").st_nlink, 1);
}

static void test_layer_hard_link_of_a_hidden_file_is_hidden(void **state)
{
	struct fixture *f = *state;
	char from[128], to[128];

	snprintf(from, sizeof(from), "%s/.env", f->ws);
	snprintf(to, sizeof(to), "%s/notes.txt", f->ws);
	assert_int_equal(link(from, to), 0);
	assert_false(exists(f, "notes.txt"));
	snprintf(from, sizeof(from), "%s/dir/.env", f->ws);
	snprintf(to, sizeof(to), "%s/late.txt", f->ws);
	assert_int_equal(link(from, to), 0);
	assert_false(exists(f, "late.txt"));
}

static void test_layer_attributes(void **state)
{
	struct fixture *f = *state;
	struct stat set = { .st_mode = 0600, .st_uid = 12, .st_size = 3 };
	struct node *n = at(f, "plain");
	struct entry e;

	set.st_mtim.tv_sec = 1000;
	assert_int_equal(layer_setattr(f->l, &me, n, &set, SET_MODE | SET_UID |
				       SET_MTIME, &e), 0);
	assert_int_equal(e.st.st_mode, S_IFREG | 0600);
	assert_int_equal(e.st.st_uid, 12);
	assert_int_equal(e.st.st_mtim.tv_sec, 1000);
	assert_int_equal(e.st.st_size, 6);
	assert_int_equal(layer_setattr(f->l, &me, n, &set, SET_SIZE, &e), 0);
	assert_int_equal(e.st.st_size, 3);
	assert_int_equal(layer_setxattr(f->l, &me, n, "user.k", "v", 1, 0), 0);
	assert_int_equal(layer_setxattr(f->l, &me, n, "security.k", "v", 1, 0),
			 -EOPNOTSUPP);
	layer_forget(f->l, n, 1);
	reopen(f);
	check_content(f, "plain", "hel");
	assert_int_equal(stat_of(f, "plain").st_uid, 12);
}

static int count_names(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);
	struct listing *list;
	struct list_entry e;
	uint64_t from = 0;
	int count = 0;

	assert_int_equal(list_get(f->l, n, 0, &list), 0);
	while (list_next(list, &from, &e)) {
		assert_string_not_equal(e.name, ".env");
		count++;
	}
	list_put(f->l, list);
	layer_forget(f->l, n, 1);
	return count;
}

static void test_layer_listing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count_names(f, ""), 4);
	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(count_names(f, ""), 4);
	assert_int_equal(count_names(f, "dir"), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_layer_shows_the_workspace_without_hidden),
		TEST(test_layer_copy_up_keeps_inode_and_workspace),
		TEST(test_layer_make_and_remove),
		TEST(test_layer_hidden_names_are_free),
		TEST(test_layer_rename_directory_of_the_workspace),
		TEST(test_layer_rename_into_a_hidden_directory_name),
		TEST(test_layer_rename_flags),
		TEST(test_layer_removed_while_open_can_be_read),
		TEST(test_layer_hard_links_of_the_workspace_stay_one),
		TEST(test_layer_hard_link_of_a_hidden_file_is_hidden),
		TEST(test_layer_attributes),
		TEST(test_layer_listing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
