/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/byhandle.h"

/* The number of what is at a path, of which no ref is kept. */
static uint64_t id_of(struct fixture *f, const char *path)
{
	struct node *n = at(f, path);
	uint64_t id = node_id(n);

	layer_forget(f->l, n, 1);
	return id;
}

/* What a number leads to: another number, or a negative errno. */
static int64_t leads_to(struct fixture *f, uint64_t id, int parent)
{
	struct entry e;
	int r = layer_lookup_id(f->l, id, parent, &e);
	uint64_t found;

	if (r)
		return r;
	assert_non_null(e.node);
	found = node_id(e.node);
	layer_forget(f->l, e.node, 1);
	return (int64_t)found;
}

static void test_byhandle_holds_over_mounts(void **state)
{
	struct fixture *f = *state;
	uint64_t id, dir;

	assert_int_equal(make(f, "dir", "sub", S_IFDIR | 0755), 0);
	assert_int_equal(make(f, "dir/sub", "new", S_IFREG | 0644), 0);
	id = id_of(f, "dir/sub/new");
	dir = id_of(f, "dir/sub");
	assert_int_equal(leads_to(f, id, 0), id);
	assert_int_equal(leads_to(f, id, 1), dir);
	reopen(f);
	assert_int_equal(leads_to(f, id, 0), id);
	assert_int_equal(leads_to(f, id, 1), dir);
	assert_int_equal(id_of(f, "dir/sub/new"), id);
	assert_int_equal(move(f, "", "dir", "", "moved", 0), 0);
	assert_int_equal(leads_to(f, id, 1), dir);
	assert_int_equal(leads_to(f, 1, 1), 1);
}

static void test_byhandle_of_the_removed_is_stale(void **state)
{
	struct fixture *f = *state;
	struct node *held;
	uint64_t id;

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	held = at(f, "new");
	id = node_id(held);
	assert_int_equal(take_away(f, "", "new", 0), 0);
	assert_int_equal(leads_to(f, id, 0), -ESTALE);
	layer_forget(f->l, held, 1);
	assert_int_equal(leads_to(f, id, 0), -ESTALE);
	reopen(f);
	assert_int_equal(make(f, "", "other", S_IFREG | 0644), 0);
	assert_int_not_equal(id_of(f, "other"), id);
	assert_int_equal(leads_to(f, id, 0), -ESTALE);
}

static void test_byhandle_made_up_leads_nowhere(void **state)
{
	struct fixture *f = *state;
	struct node *plain = at(f, "plain");
	uint64_t id = node_id(plain);

	for (uint64_t i = 0; i < 5000; i++) {
		int64_t r = i == 1 || i == id ? -ESTALE : leads_to(f, i, 0);

		assert_int_equal(r, -ESTALE);
	}
	assert_int_equal(leads_to(f, id, 0), id);
	assert_int_equal(leads_to(f, id, 1), 1);
	layer_forget(f->l, plain, 1);
}

static void ws_rename(struct fixture *f, const char *from, const char *to)
{
	char a[256], b[256];

	snprintf(a, sizeof(a), "%s/%s", f->ws, from);
	snprintf(b, sizeof(b), "%s/%s", f->ws, to);
	assert_int_equal(rename(a, b), 0);
}

/* What the kernel still knows, and the user has put out of sight. */
static void test_byhandle_of_the_hidden_is_stale(void **state)
{
	struct fixture *f = *state;
	struct node *plain = at(f, "plain"), *dir = at(f, "dir");
	struct node *inner = at(f, "dir/inner");
	char from[256], to[256];

	assert_int_equal(leads_to(f, node_id(inner), 1), node_id(dir));
	ws_rename(f, "plain", "dir/secrets");
	assert_int_equal(leads_to(f, node_id(plain), 0), -ESTALE);
	/* another file has the name now, and its own number */
	put_file(f->ws, "plain", "other\n");
	assert_int_equal(leads_to(f, node_id(plain), 0), -ESTALE);
	put_dir(f->ws, "secrets");
	ws_rename(f, "dir", "secrets/dir");
	assert_int_equal(leads_to(f, node_id(dir), 0), -ESTALE);
	assert_int_equal(leads_to(f, node_id(inner), 0), -ESTALE);
	assert_int_equal(leads_to(f, node_id(inner), 1), -ESTALE);
	/* a name of a hidden file, in the place of what was seen */
	snprintf(from, sizeof(from), "%s/.env", f->ws);
	snprintf(to, sizeof(to), "%s/seen", f->ws);
	put_file(f->ws, "seen", "x\n");
	layer_forget(f->l, plain, 1);
	plain = at(f, "seen");
	assert_int_equal(unlink(to), 0);
	assert_int_equal(link(from, to), 0);
	assert_int_equal(leads_to(f, node_id(plain), 0), -ESTALE);
	layer_forget(f->l, plain, 1);
	layer_forget(f->l, inner, 1);
	layer_forget(f->l, dir, 1);
}

/* A removed directory, and what was in it. */
static void test_byhandle_after_rmdir(void **state)
{
	struct fixture *f = *state;
	struct node *dir, *in;

	assert_int_equal(make(f, "dir", "sub", S_IFDIR | 0755), 0);
	assert_int_equal(make(f, "dir/sub", "in", S_IFREG | 0644), 0);
	dir = at(f, "dir/sub");
	in = at(f, "dir/sub/in");
	assert_int_equal(take_away(f, "dir/sub", "in", 0), 0);
	assert_int_equal(leads_to(f, node_id(in), 0), -ESTALE);
	assert_int_equal(leads_to(f, node_id(in), 1), -ESTALE);
	assert_int_equal(take_away(f, "dir", "sub", 1), 0);
	assert_int_equal(leads_to(f, node_id(dir), 0), -ESTALE);
	assert_int_equal(leads_to(f, node_id(dir), 1), -ESTALE);
	assert_int_equal(make(f, "dir", "sub", S_IFDIR | 0755), 0);
	assert_int_equal(leads_to(f, node_id(dir), 0), -ESTALE);
	layer_forget(f->l, in, 1);
	layer_forget(f->l, dir, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_byhandle_holds_over_mounts),
		TEST(test_byhandle_of_the_removed_is_stale),
		TEST(test_byhandle_of_the_hidden_is_stale),
		TEST(test_byhandle_after_rmdir),
		TEST(test_byhandle_made_up_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
