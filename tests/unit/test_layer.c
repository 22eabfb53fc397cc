/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

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

	assert_int_equal(list_get(f->l, NULL, n, 0, &list), 0);
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

/* How many names of a directory only a lookup can tell of. */
static int count_checks(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);
	struct listing *list;
	struct list_entry e;
	uint64_t from = 0;
	int count = 0;

	assert_int_equal(list_get(f->l, NULL, n, 0, &list), 0);
	while (list_next(list, &from, &e))
		count += e.check;
	list_put(f->l, list);
	layer_forget(f->l, n, 1);
	return count;
}

static int link_plain(struct fixture *f, const char *to)
{
	char from[256];

	snprintf(from, sizeof(from), "%s/plain", f->ws);
	return link(from, to);
}

#define OBJECT "0123456789abcdef0123456789abcdef012345"

/* Objects are looked at one by one only where a name came to them meanwhile. */
static void test_layer_listing_of_git_objects(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[256];

	/* whoever asks for a second name has other names looked for first */
	snprintf(path, sizeof(path), "%s/plain2", f->ws);
	assert_int_equal(link_plain(f, path), 0);
	assert_true(exists(f, "plain2"));
	put_dir(f->ws, "objects");
	put_dir(f->ws, "objects/ab");
	put_file(f->ws, "objects/ab/" OBJECT, "x");
	snprintf(path, sizeof(path), "%s/objects/ab", f->ws);
	assert_int_equal(stat(path, &st), 0);
	f->s->gitguard.since = st.st_ctim;
	assert_int_equal(count_checks(f, "objects/ab"), 1);
	assert_int_equal(count_names(f, "objects/ab"), 3);
	f->s->gitguard.since.tv_sec++;
	assert_int_equal(count_checks(f, "objects/ab"), 0);
	assert_int_equal(count_names(f, "objects/ab"), 3);
	f->s->gitguard.since = st.st_ctim;
	f->s->gitguard.since.tv_nsec++;
	do {
		put_file(f->ws, "objects/ab/f" OBJECT, "x");
		put_file(f->ws, "objects/ab/" OBJECT "6", "x");
		snprintf(path, sizeof(path), "%s/objects/ab/f" OBJECT, f->ws);
		assert_int_equal(unlink(path), 0);
		snprintf(path, sizeof(path), "%s/objects/ab", f->ws);
		assert_int_equal(stat(path, &st), 0);
	} while (io_time_cmp(&st.st_ctim, &f->s->gitguard.since) < 0);
	assert_int_equal(count_checks(f, "objects/ab"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

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
		TEST(test_layer_listing_of_git_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
