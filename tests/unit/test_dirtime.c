/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include <sys/stat.h>
#include <time.h>

/* What the times of a directory tell of entries that nobody sees. */

static int is_at(const struct stat *a, const struct stat *b)
{
	return !io_time_cmp(&a->st_mtim, &b->st_mtim) &&
	       !io_time_cmp(&a->st_ctim, &b->st_ctim);
}

/* Another time than anything before has. */
static void a_while(void)
{
	static const struct timespec pause = { 0, 30000000 };

	nanosleep(&pause, NULL);
}

/* As the kernel does it: every name, and a lookup where it is asked for. */
static void list(struct fixture *f, const char *path)
{
	struct node *dir = at(f, path);
	struct listing *l;
	struct list_entry e;
	struct entry found;
	uint64_t off = 0;

	assert_int_equal(list_get(f->l, &me, dir, 0, &l), 0);
	while (list_next(l, &off, &e)) {
		if (!e.check)
			continue;
		assert_int_equal(layer_lookup(f->l, &me, dir, e.name, &found),
				 0);
		list_judged(l, e.cookie, !!found.node);
		if (found.node)
			layer_forget(f->l, found.node, 1);
	}
	list_ended(f->l, l);
	list_put(f->l, l);
	layer_forget(f->l, dir, 1);
}

static void ws_path(struct fixture *f, char out[256], const char *name)
{
	snprintf(out, 256, "%s/%s", f->ws, name);
}

static void replace_hidden(struct fixture *f)
{
	char from[256], to[256];

	put_file(f->ws, "dir/.env.new", "CANARY=FAKE2\n");
	ws_path(f, from, "dir/.env.new");
	ws_path(f, to, "dir/.env");
	assert_int_equal(rename(from, to), 0);
}

static void add_hidden(struct fixture *f)
{
	put_dir(f->ws, "dir/secrets");
	put_file(f->ws, "dir/secrets/in", "CANARY=FAKE\n");
}

static void remove_hidden(struct fixture *f)
{
	char path[256];

	ws_path(f, path, "dir/.env");
	assert_int_equal(unlink(path), 0);
}

/* A second name of a hidden file has no name that tells. */
static void link_hidden(struct fixture *f)
{
	char from[256], to[256];

	ws_path(f, from, ".env");
	ws_path(f, to, "dir/alias");
	assert_int_equal(link(from, to), 0);
}

static void (*const hidden[])(struct fixture *f) = {
	replace_hidden, add_hidden, link_hidden, remove_hidden,
};

static void test_dirtime_of_hidden_entries(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;
	struct node *dir;

	layer_serve(f->l, NULL);
	before = stat_of(f, "dir");
	list(f, "dir");
	dir = at(f, "dir");
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		a_while();
		hidden[i](f);
		after = stat_of(f, "dir");
		assert_true(is_at(&before, &after));
		list(f, "dir");
		after = stat_of(f, "dir");
		assert_true(is_at(&before, &after));
	}
	/* the kernel has forgotten it, and asks anew */
	layer_forget(f->l, dir, 1);
	after = stat_of(f, "dir");
	assert_true(is_at(&before, &after));
}

static void test_dirtime_of_one_never_listed(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	layer_serve(f->l, NULL);
	before = stat_of(f, "dir");
	a_while();
	replace_hidden(f);
	after = stat_of(f, "dir");
	assert_true(is_at(&before, &after));
	a_while();
	remove_hidden(f);
	after = stat_of(f, "dir");
	assert_true(is_at(&before, &after));
}

static void test_dirtime_of_visible_entries(void **state)
{
	struct fixture *f = *state;
	struct stat before, after, below;
	char path[256];

	layer_serve(f->l, NULL);
	before = stat_of(f, "dir");
	a_while();
	put_file(f->ws, "dir/first", "x");
	after = stat_of(f, "dir");
	assert_true(io_time_cmp(&after.st_mtim, &before.st_mtim) > 0);
	before = after;
	list(f, "dir");
	a_while();
	replace_hidden(f);
	put_file(f->ws, "dir/new", "x");
	after = stat_of(f, "dir");
	ws_path(f, path, "dir");
	assert_int_equal(stat(path, &below), 0);
	assert_false(is_at(&before, &after));
	assert_true(is_at(&below, &after));
	a_while();
	ws_path(f, path, "dir/new");
	assert_int_equal(unlink(path), 0);
	before = stat_of(f, "dir");
	assert_false(is_at(&before, &after));
	a_while();
	ws_path(f, path, "dir");
	assert_int_equal(chmod(path, 0700), 0);
	after = stat_of(f, "dir");
	assert_true(io_time_cmp(&after.st_ctim, &before.st_ctim) > 0);
	assert_int_equal(io_time_cmp(&after.st_mtim, &before.st_mtim), 0);
}

/* What the agent changes of the directory does not bring the true times out. */
static void test_dirtime_of_a_changed_directory(void **state)
{
	struct stat mode = { .st_mode = 0700 }, before, after;
	struct fixture *f = *state;
	struct node *dir;
	struct entry e;

	layer_serve(f->l, NULL);
	before = stat_of(f, "dir");
	list(f, "dir");
	a_while();
	replace_hidden(f);
	dir = at(f, "dir");
	assert_int_equal(layer_setattr(f->l, &me, dir, &mode, SET_MODE, &e), 0);
	layer_forget(f->l, dir, 1);
	after = stat_of(f, "dir");
	assert_int_equal(io_time_cmp(&after.st_mtim, &before.st_mtim), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, layer_setup, \
						 layer_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_dirtime_of_hidden_entries),
		TEST(test_dirtime_of_one_never_listed),
		TEST(test_dirtime_of_visible_entries),
		TEST(test_dirtime_of_a_changed_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
