/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/snapshot.h"

/* The snapshot's content of a path, whatever the session goes on to do. */
static void check_snap(struct fixture *f, const char *name, const char *path,
		       const char *want)
{
	struct layer *live = f->l, *snap;
	struct err err = ERR_INIT;
	struct session *s;

	assert_int_equal(snapshot_open(&s, f->s, name, &err), 0);
	assert_int_equal(layer_open(&snap, s, f->p, LAYER_READ, &err), 0);
	f->l = snap;
	if (want)
		check_content(f, path, want);
	else
		assert_false(exists(f, path));
	f->l = live;
	layer_close(snap);
	session_close(s);
}

static void test_snapshot_stays_what_it_was(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	write_at(f, "new", "first", 0);
	write_at(f, "plain", "J", 0);
	assert_int_equal(layer_snapshot(f->l, "one", &err), 0);
	assert_int_equal(layer_snapshot(f->l, "one", &err), -EEXIST);
	write_at(f, "new", "later", 0);
	assert_int_equal(take_away(f, "", "plain", 0), 0);
	assert_int_equal(make(f, "", "third", S_IFREG | 0644), 0);
	check_snap(f, "one", "new", "first");
	check_snap(f, "one", "plain", "Jello\n");
	check_snap(f, "one", "dir/inner", "inner\n");
	check_snap(f, "one", "third", NULL);
	check_content(f, "new", "later");
	reopen(f);
	check_content(f, "new", "later");
	write_at(f, "new", "LAST", 0);
	check_snap(f, "one", "new", "first");
}

static void test_snapshot_names(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	struct session *s;

	assert_int_equal(layer_snapshot(f->l, "../x", &err), -EINVAL);
	assert_int_equal(layer_snapshot(f->l, "", &err), -EINVAL);
	assert_int_equal(layer_snapshot(f->l, ".x", &err), -EINVAL);
	assert_int_equal(snapshot_open(&s, f->s, "none", &err), -ENOENT);
	assert_int_equal(layer_snapshot(f->l, "gone", &err), 0);
	assert_int_equal(snapshot_remove(f->s, "gone", &err), 0);
	assert_int_equal(snapshot_open(&s, f->s, "gone", &err), -ENOENT);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_snapshot_stays_what_it_was),
		TEST(test_snapshot_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
