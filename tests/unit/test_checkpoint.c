/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/checkpoint.h"
#include "session/restore.h"
#include "session/snapshot.h"
#include "session/upgrade.h"

static size_t count(struct fixture *f)
{
	struct snapshot_list l;
	struct err err = ERR_INIT;
	size_t n;

	assert_int_equal(snapshot_list(f->s, &l, &err), 0);
	n = l.n;
	snapshot_list_release(&l);
	return n;
}

static void test_checkpoint_only_of_changes(void **state)
{
	struct fixture *f = *state;
	char name[CHECKPOINT_NAME];
	struct err err = ERR_INIT;

	write_at(f, "plain", "J", 0);
	assert_int_equal(checkpoint_make(f->l, 0, name, &err), 0);
	assert_true(checkpoint_is(name));
	assert_int_equal(checkpoint_make(f->l, 0, name, &err), 0);
	assert_string_equal(name, "");
	/* content alone, no record */
	write_at(f, "plain", "K", 0);
	usleep(2000);
	assert_int_equal(checkpoint_make(f->l, 0, name, &err), 0);
	assert_true(checkpoint_is(name));
	assert_int_equal(count(f), 2);
}

static void test_checkpoint_keeps_the_last(void **state)
{
	struct fixture *f = *state;
	char name[CHECKPOINT_NAME];
	struct err err = ERR_INIT;

	assert_int_equal(layer_snapshot(f->l, "mine", &err), 0);
	for (int i = 0; i < 5; i++) {
		write_at(f, "plain", "J", 0);
		usleep(2000);
		assert_int_equal(checkpoint_make(f->l, 3, name, &err), 0);
	}
	assert_int_equal(count(f), 4);
	assert_int_equal(checkpoint_prune(f->s, 1, &err), 0);
	assert_int_equal(count(f), 2);
}

static void test_upgrade_from_1(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	assert_int_equal(layer_snapshot(f->l, "whole", &err), 0);
	assert_int_equal(mkdirat(f->s->fd, "snap/half", 0700), 0);
	assert_int_equal(session_upgrade(f->s, &err), 0);
	assert_int_equal(count(f), 2);
	f->s->format = 1;
	assert_int_equal(session_upgrade(f->s, &err), 0);
	assert_int_equal(f->s->format, SESSION_FORMAT);
	assert_int_equal(count(f), 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_checkpoint_only_of_changes),
		TEST(test_checkpoint_keeps_the_last),
		TEST(test_upgrade_from_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
