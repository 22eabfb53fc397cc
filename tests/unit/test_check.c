/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layer_fixture.c"

#include "session/check.h"
#include "session/snapshot.h"
#include "session/store.h"

/* The session with nothing open but its lock. */
static void shut(struct fixture *f)
{
	layer_close(f->l);
	policy_free(f->p);
	f->l = NULL;
	f->p = NULL;
}

static size_t count(const struct check *c, const char *part)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += !strcmp(c->at[i].part, part);
	return n;
}

static size_t look(struct fixture *f, const char *part, size_t want)
{
	struct check c = CHECK_INIT;
	struct err err = ERR_INIT;
	size_t n, all;

	assert_int_equal(check_look(&c, f->s, 1, &err), 0);
	n = part ? count(&c, part) : c.n;
	all = c.n;
	assert_int_equal(n, want);
	check_release(&c);
	return all;
}

static void mend(struct fixture *f)
{
	struct err err = ERR_INIT;

	assert_int_equal(check_repair(f->s, &err), 0);
	look(f, NULL, 0);
	open_layer(f);
}

static void fill(struct fixture *f)
{
	struct err err = ERR_INIT;

	write_at(f, "plain", "J", 0);
	assert_int_equal(make(f, "", "new", S_IFREG | 0644), 0);
	write_at(f, "new", "text", 0);
	assert_int_equal(layer_snapshot(f->l, "kept", &err), 0);
	assert_int_equal(make(f, "", "later", S_IFREG | 0644), 0);
}

static void test_check_finds_nothing(void **state)
{
	struct fixture *f = *state;
	struct check c = CHECK_INIT;
	struct err err = ERR_INIT;

	fill(f);
	shut(f);
	assert_int_equal(check_look(&c, f->s, 1, &err), 0);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.files, 2);
	assert_int_equal(c.snapshots, 1);
	assert_true(c.records > 3);
	check_release(&c);
	open_layer(f);
}

static void remove_content(struct fixture *f)
{
	for (unsigned i = 1; i < 16; i++) {
		char name[32];

		snprintf(name, sizeof(name), "data/%x/%016x", i, i);
		unlinkat(f->s->fd, name, 0);
	}
}

static void test_check_missing_content(void **state)
{
	struct fixture *f = *state;

	fill(f);
	shut(f);
	remove_content(f);
	look(f, "content", 2);
	mend(f);
	check_content(f, "plain", "hello\n");
	check_content(f, "new", "");
}

static void test_check_missing_base(void **state)
{
	struct fixture *f = *state;
	int fd;

	fill(f);
	shut(f);
	fd = openat(f->s->fd, "base", O_WRONLY);
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	/* the snapshot's base is the same file */
	look(f, "base", 2);
	mend(f);
	check_content(f, "plain", "Jello\n");
}

static void change_byte(struct fixture *f, off_t off)
{
	int fd = openat(f->s->fd, "log", O_WRONLY);

	assert_int_equal(pwrite(fd, "\377", 1, off), 1);
	close(fd);
}

static void test_check_damaged_log(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	fill(f);
	shut(f);
	change_byte(f, 60);
	look(f, "log", 1);
	mend(f);
	check_content(f, "plain", "hello\n");
	assert_int_equal(fstatat(f->s->fd, STORE_DAMAGED, &st, 0), 0);
	assert_true(st.st_size > 100);
	shut(f);
	change_byte(f, 0);
	look(f, "log", 1);
	mend(f);
	assert_false(exists(f, "new"));
}

/* One length that is wrong costs nothing, wherever it is, and is told apart. */
static void test_check_length_in_log(void **state)
{
	struct fixture *f = *state;
	unsigned long records;
	struct check c = CHECK_INIT;
	struct stat st;

	fill(f);
	shut(f);
	assert_int_equal(check_look(&c, f->s, 1, NULL), 0);
	records = c.records;
	check_release(&c);
	change_byte(f, 16 + 3);
	assert_int_equal(check_look(&c, f->s, 1, NULL), 0);
	assert_int_equal(c.n, 1);
	assert_non_null(strstr(c.at[0].what, "the length of a record"));
	check_release(&c);
	mend(f);
	shut(f);
	assert_int_equal(fstatat(f->s->fd, STORE_DAMAGED, &st, 0), 0);
	assert_int_equal(check_look(&c, f->s, 1, NULL), 0);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.records, records);
	check_release(&c);
}

static void test_check_torn_log(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd;

	fill(f);
	shut(f);
	fd = openat(f->s->fd, "log", O_WRONLY);
	assert_int_equal(fstat(fd, &st), 0);
	/* room that was made and never written to */
	assert_int_equal(ftruncate(fd, st.st_size + 100), 0);
	close(fd);
	look(f, "log", 1);
	mend(f);
	check_content(f, "new", "text");
	assert_true(exists(f, "later"));
}

static void test_check_unlocked_looks_at_less(void **state)
{
	struct fixture *f = *state;
	struct check c = CHECK_INIT;
	struct err err = ERR_INIT;

	fill(f);
	shut(f);
	remove_content(f);
	assert_int_equal(check_look(&c, f->s, 0, &err), 0);
	assert_int_equal(c.n, 0);
	check_release(&c);
	mend(f);
}

static void test_check_cut_short_restore(void **state)
{
	struct fixture *f = *state;

	fill(f);
	shut(f);
	assert_int_equal(io_replace(f->s->fd, "restoring", "kept", 4, 0600), 0);
	look(f, "restore", 1);
	mend(f);
	assert_false(exists(f, "later"));
	check_content(f, "new", "text");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, layer_setup, layer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_finds_nothing),
		TEST(test_check_missing_content),
		TEST(test_check_missing_base),
		TEST(test_check_damaged_log),
		TEST(test_check_length_in_log),
		TEST(test_check_torn_log),
		TEST(test_check_unlocked_looks_at_less),
		TEST(test_check_cut_short_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
