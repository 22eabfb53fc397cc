/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/change.h"
#include "session/delta.h"

static int graft_in(struct fixture *f, const char *path)
{
	char from[100];
	struct err err = ERR_INIT;
	int fd, r;

	snprintf(from, sizeof(from), "%s/tree", f->top);
	fd = open(from, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	r = layer_graft(f->l, path, fd, &err);
	close(fd);
	return r;
}

/* A tree of some files at .git, where the workspace has one too. */
static void prepare(struct fixture *f)
{
	put_dir(f->ws, ".git");
	put_file(f->ws, ".git/real", "real\n");
	f->s->gitguard.seen = strdup("");
	assert_int_equal(gitguard_add(&f->s->gitguard.made, ".git"), 0);
	assert_false(exists(f, ".git"));
	put_dir(f->top, "tree");
	put_file(f->top, "tree/HEAD", "ref\n");
	put_dir(f->top, "tree/refs");
	put_dir(f->top, "tree/refs/heads");
	put_file(f->top, "tree/refs/heads/main", "id\n");
	assert_int_equal(graft_in(f, ".git"), 0);
}

static size_t changes(struct fixture *f, char *first, size_t len)
{
	struct err err = ERR_INIT;
	struct delta_list list;
	size_t n;

	assert_int_equal(delta_list(f->l, &list, &err), 0);
	n = list.n;
	if (n)
		snprintf(first, len, "%c %s", list.at[0].kind,
			 list.at[0].path);
	delta_list_release(&list);
	return n;
}

static void test_graft_replaces_and_stays(void **state)
{
	struct fixture *f = *state;
	char first[100] = "";

	prepare(f);
	for (int i = 0; i < 2; i++) {
		check_content(f, ".git/HEAD", "ref\n");
		check_content(f, ".git/refs/heads/main", "id\n");
		assert_false(exists(f, ".git/real"));
		assert_int_equal(stat_of(f, ".git").st_nlink, 3);
		assert_int_equal(stat_of(f, ".git/HEAD").st_uid,
				 stat_of(f, "").st_uid);
		assert_int_equal(changes(f, first, sizeof(first)), 0);
		reopen(f);
	}
	assert_int_equal(graft_in(f, ".git"), -EEXIST);
}

static void test_graft_is_the_agents_then(void **state)
{
	struct fixture *f = *state;
	char first[100] = "";

	prepare(f);
	write_at(f, ".git/HEAD", "REF", 0);
	assert_int_equal(make(f, ".git", "new", S_IFREG | 0644), 0);
	check_content(f, ".git/HEAD", "REF\n");
	assert_int_equal(changes(f, first, sizeof(first)), 0);
	/* out of there it is a file like any other, and on the list */
	assert_int_equal(move(f, ".git", "HEAD", "", "loose", 0), 0);
	assert_int_equal(changes(f, first, sizeof(first)), 1);
	assert_string_equal(first, "A loose");
	assert_int_equal(move(f, "", "loose", "", "plain", 0), 0);
	assert_int_equal(changes(f, first, sizeof(first)), 1);
	assert_string_equal(first, "M plain");
}

static void test_graft_refuses(void **state)
{
	struct fixture *f = *state;

	put_dir(f->top, "tree");
	assert_int_equal(graft_in(f, "nowhere/.git"), -ENOTDIR);
	assert_int_equal(graft_in(f, ""), -EINVAL);
	assert_int_equal(graft_in(f, "dir/.git"), 0);
	assert_true(exists(f, "dir/.git"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_graft_replaces_and_stays,
						layer_setup, layer_teardown),
		cmocka_unit_test_setup_teardown(test_graft_is_the_agents_then,
						layer_setup, layer_teardown),
		cmocka_unit_test_setup_teardown(test_graft_refuses,
						layer_setup, layer_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
