/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/change.h"
#include "session/delta.h"

/* The list as text: kind, path, and what matters of the flags. */
static void check_list(struct fixture *f, const char *want)
{
	struct buf got = BUF_INIT;
	struct err err = ERR_INIT;
	struct delta_list list;

	assert_int_equal(delta_list(f->l, &list, &err), 0);
	for (size_t i = 0; i < list.n; i++) {
		const struct delta *d = &list.at[i];

		buf_addf(&got, "%c %s", d->kind, d->path);
		if (d->kind == DELTA_RENAME)
			buf_addf(&got, " <- %s", d->origin);
		if (d->flags & DELTA_BASE_MOVED)
			buf_addstr(&got, " moved");
		if (d->flags & DELTA_SHADOW)
			buf_addstr(&got, " shadow");
		if (d->flags & DELTA_KEEPS)
			buf_addstr(&got, " keeps");
		if (d->flags & DELTA_HARDLINK)
			buf_addf(&got, " = %s", d->link_to);
		if (d->flags & DELTA_MODE)
			buf_addstr(&got, " mode");
		buf_addch(&got, '\n');
	}
	assert_string_equal(got.ptr, want);
	delta_list_release(&list);
	buf_release(&got);
}

static void check_side(struct fixture *f, const char *path, int new_side,
		       const char *want)
{
	struct err err = ERR_INIT;
	struct delta_list list;
	char got[64] = "";
	int fd;

	assert_int_equal(delta_list(f->l, &list, &err), 0);
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.at[i].path, path))
			continue;
		assert_int_equal(new_side ?
				 delta_open_new(f->l, &list.at[i], &fd) :
				 delta_open_base(f->l, &list.at[i], &fd), 0);
		assert_true(read(fd, got, sizeof(got) - 1) >= 0);
		close(fd);
		assert_string_equal(got, want);
		delta_list_release(&list);
		return;
	}
	fail_msg("no change at %s", path);
}

static void test_delta_nothing(void **state)
{
	check_list(*state, "");
	check_content(*state, "plain", "hello\n");
	check_list(*state, "");
}

static void test_delta_modified_added_deleted(void **state)
{
	struct fixture *f = *state;

	write_at(f, "dir/inner", "IN", 0);
	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	assert_int_equal(make(f, "", "newdir", S_IFDIR | 0755), 0);
	assert_int_equal(make(f, "newdir", "l", S_IFLNK | 0777), 0);
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	check_list(f, "M dir/inner\nA new\nA newdir\nA newdir/l\nD plain\n");
	reopen(f);
	check_list(f, "M dir/inner\nA new\nA newdir\nA newdir/l\nD plain\n");
	check_side(f, "dir/inner", 1, "INner\n");
	check_side(f, "dir/inner", 0, "inner\n");
	check_side(f, "plain", 0, "hello\n");
}

static void test_delta_rename(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(move(f, "", "plain", "dir", "p", 0), 0);
	check_list(f, "R dir/p <- plain\nD plain\n");
	assert_int_equal(make(f, "", "plain", S_IFREG | 0644), 0);
	check_list(f, "A dir/p\nM plain\n");
	check_side(f, "dir/p", 1, "hello\n");
}

static void test_delta_rename_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(move(f, "", "dir", "", "moved", 0), 0);
	write_at(f, "moved/inner", "IN", 0);
	check_list(f, "D dir keeps\nD dir/inner\nR moved <- dir\n"
		   "R moved/inner <- dir/inner\n");
	check_side(f, "moved/inner", 1, "INner\n");
	check_side(f, "moved/inner", 0, "inner\n");
}

static void test_delta_directory_gone_keeps_hidden(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(take_away(f, "dir", "inner", 0), 0);
	check_list(f, "D dir/inner\n");
	assert_int_equal(take_away(f, "", "dir", 1), 0);
	check_list(f, "D dir keeps\nD dir/inner\n");
	assert_int_equal(make(f, "", "dir", S_IFDIR | 0755), 0);
	check_list(f, "D dir/inner\n");
	assert_int_equal(make(f, "dir", "inner", S_IFREG | 0644), 0);
	check_list(f, "M dir/inner\n");
}

static void test_delta_shadow_and_type(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make(f, "", ".env", S_IFREG | 0644), 0);
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(make(f, "", "plain", S_IFDIR | 0755), 0);
	check_list(f, "A .env shadow\nT plain\n");
}

static void test_delta_says_that_the_base_moved(void **state)
{
	struct fixture *f = *state;

	write_at(f, "plain", "J", 0);
	put_file(f->ws, "plain", "user\n");
	check_list(f, "M plain moved\n");
	check_side(f, "plain", 0, "hello\n");
	assert_int_equal(make(f, "", "both", S_IFREG | 0644), 0);
	put_file(f->ws, "both", "user\n");
	check_list(f, "A both moved\nM plain moved\n");
	/* a file that the agent did not touch is no change */
	put_file(f->ws, "dir/inner", "user\n");
	check_list(f, "A both moved\nM plain moved\n");
}

static void test_delta_mode_only(void **state)
{
	struct fixture *f = *state;
	struct stat set = { .st_mode = 0755 };
	struct node *n = at(f, "plain");
	struct entry e;

	assert_int_equal(layer_setattr(f->l, &me, n, &set, SET_MODE, &e), 0);
	layer_forget(f->l, n, 1);
	check_list(f, "M plain mode\n");
}

static void test_delta_hard_links(void **state)
{
	struct fixture *f = *state;
	struct node *n, *dir = at(f, "dir");
	struct entry e;

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	n = at(f, "new");
	assert_int_equal(layer_link(f->l, &me, n, dir, "again", &e), 0);
	check_list(f, "A dir/again\nA new = dir/again\n");
}

static void drop(struct fixture *f, const char *path)
{
	struct err err = ERR_INIT;

	assert_int_equal(layer_drop(f->l, &path, 1, &err), 0);
}

static void test_drop_shows_the_workspace_again(void **state)
{
	struct fixture *f = *state;
	const char *none = "dir/inner";
	struct err err = ERR_INIT;

	write_at(f, "plain", "J", 0);
	assert_int_equal(move(f, "", "dir", "", "moved", 0), 0);
	assert_int_equal(make(f, "moved", "new", S_IFREG | 0644), 0);
	drop(f, "plain");
	check_content(f, "plain", "hello\n");
	assert_int_equal(layer_drop(f->l, &none, 1, &err), -ENOENT);
	drop(f, "moved");
	check_list(f, "");
	check_content(f, "dir/inner", "inner\n");
	reopen(f);
	check_list(f, "");
	assert_false(exists(f, "moved"));
}

static void settle(struct fixture *f, const char *path)
{
	struct err err = ERR_INIT;

	assert_int_equal(layer_settle(f->l, &path, NULL, 1, &err), 0);
}

static void test_settle_leaves_the_rest(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make(f, "", "nd", S_IFDIR | 0755), 0);
	assert_int_equal(make(f, "nd", "a", S_IFREG | 0644), 0);
	assert_int_equal(make(f, "nd", "b", S_IFREG | 0644), 0);
	write_at(f, "nd/b", "agent", 0);
	/* what apply would do */
	put_dir(f->ws, "nd");
	put_file(f->ws, "nd/a", "");
	settle(f, "nd");
	settle(f, "nd/a");
	check_list(f, "A nd/b\n");
	reopen(f);
	check_list(f, "A nd/b\n");
	check_content(f, "nd/b", "agent");
	put_file(f->ws, "nd/b", "agent");
	settle(f, "nd/b");
	check_list(f, "");
	check_content(f, "nd/b", "agent");
}

static void test_settle_rename_of_a_directory(void **state)
{
	struct fixture *f = *state;
	char from[128], to[128];

	assert_int_equal(move(f, "", "dir", "", "moved", 0), 0);
	write_at(f, "moved/inner", "IN", 0);
	/* apply moves what is visible; the hidden file stays */
	put_dir(f->ws, "moved");
	snprintf(from, sizeof(from), "%s/dir/inner", f->ws);
	snprintf(to, sizeof(to), "%s/moved/inner", f->ws);
	assert_int_equal(rename(from, to), 0);
	put_file(f->ws, "moved/inner", "INner\n");
	settle(f, "moved/inner");
	settle(f, "moved");
	check_content(f, "moved/inner", "INner\n");
	check_list(f, "");
}

static void note_name(void *payload, uint64_t dir_id, const char *name)
{
	assert_string_equal(name, "plain");
}

static struct node *settle_open(struct fixture *f, struct stat *seen)
{
	const char *path = "plain";
	struct err err = ERR_INIT;
	struct node *n = at(f, "plain");

	/* as if mounted, with the file open */
	layer_on_name(f->l, note_name, NULL);
	write_at(f, "plain", "J", 0);
	*seen = stat_of(f, "plain");
	put_file(f->ws, "plain", "Jello\n");
	assert_int_equal(layer_settle(f->l, &path, seen, 1, &err), 0);
	check_list(f, "");
	check_content(f, "plain", "Jello\n");
	return n;
}

static void test_settle_open_file_is_let_go_of_later(void **state)
{
	struct fixture *f = *state;
	struct stat seen;

	settle_open(f, &seen);
	reopen(f);
	put_file(f->ws, "plain", "user's\n");
	check_content(f, "plain", "user's\n");
	check_list(f, "");
}

static void test_settle_what_was_seen(void **state)
{
	const char *path = "plain";
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	struct stat seen;
	struct node *n = settle_open(f, &seen);

	/* the agent goes on writing */
	write_at(f, "plain", "Y", 0);
	check_list(f, "M plain\n");
	check_content(f, "plain", "Yello\n");
	/* what is newer than what was seen stays a change */
	assert_int_equal(layer_settle(f->l, &path, &seen, 1, &err), 0);
	check_list(f, "M plain\n");
	layer_forget(f->l, n, 1);
}

/* When it is closed the view follows the user, and keeps what the agent did. */
static void test_settle_closed_file_follows(void **state)
{
	struct fixture *f = *state;
	struct stat seen;
	struct node *n = settle_open(f, &seen);

	put_file(f->ws, "plain", "mine\n");
	assert_true(layer_is_settling(f->l, n));
	layer_forget(f->l, n, 1);
	check_content(f, "plain", "mine\n");
	check_list(f, "");

	put_file(f->ws, "plain", "hello\n");
	n = settle_open(f, &seen);
	write_at(f, "plain", "Y", 0);
	assert_false(layer_is_settling(f->l, n));
	layer_forget(f->l, n, 1);
	check_content(f, "plain", "Yello\n");
	check_list(f, "M plain\n");
}

static void test_graft_is_no_change(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	char path[128];
	int fd;

	put_dir(f->top, "g");
	snprintf(path, sizeof(path), "%s/g", f->top);
	put_file(path, "HEAD", "ref\n");
	put_dir(path, "objects");
	put_file(path, "objects/o", "object\n");
	put_dir(f->ws, ".git");
	put_file(f->ws, ".git/config", "real\n");
	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(gitguard_add(&f->s->gitguard.made, ".git"), 0);
	assert_int_equal(layer_graft(f->l, ".git", fd, &err), 0);
	close(fd);
	check_content(f, ".git/HEAD", "ref\n");
	check_content(f, ".git/objects/o", "object\n");
	assert_false(exists(f, ".git/config"));
	write_at(f, ".git/HEAD", "RE", 0);
	check_list(f, "");
	reopen(f);
	check_content(f, ".git/HEAD", "REf\n");
	assert_false(exists(f, ".git/config"));
	check_list(f, "");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_delta_nothing),
		TEST(test_delta_modified_added_deleted),
		TEST(test_delta_rename),
		TEST(test_delta_rename_directory),
		TEST(test_delta_directory_gone_keeps_hidden),
		TEST(test_delta_shadow_and_type),
		TEST(test_delta_says_that_the_base_moved),
		TEST(test_delta_mode_only),
		TEST(test_delta_hard_links),
		TEST(test_drop_shows_the_workspace_again),
		TEST(test_settle_leaves_the_rest),
		TEST(test_settle_rename_of_a_directory),
		TEST(test_settle_closed_file_follows),
		TEST(test_settle_open_file_is_let_go_of_later),
		TEST(test_settle_what_was_seen),
		TEST(test_graft_is_no_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
