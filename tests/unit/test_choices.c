/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "review/choices.h"
#include "scratch.h"

static void set(struct choices *c, const char *path, enum choice_state state)
{
	choices_step(c);
	choices_set(c, path, state);
}

static void test_choices_are_found_by_path(void **state)
{
	struct choices c = CHOICES_INIT;
	char path[16];

	for (int i = 99; i >= 0; i--) {
		snprintf(path, sizeof(path), "d/%d", i);
		set(&c, path, i % 2 ? CHOICE_TAKE : CHOICE_LEAVE);
	}
	assert_int_equal(c.n, 100);
	for (size_t i = 1; i < c.n; i++)
		assert_true(strcmp(c.at[i - 1]->path, c.at[i]->path) < 0);
	assert_int_equal(choices_state(&c, "d/7"), CHOICE_TAKE);
	assert_int_equal(choices_state(&c, "d/8"), CHOICE_LEAVE);
	assert_int_equal(choices_state(&c, "d"), CHOICE_NONE);
	assert_null(choices_get(&c, "d/100"));
	choices_release(&c);
}

static void test_choices_undo_takes_back_a_step(void **state)
{
	struct choices c = CHOICES_INIT;
	const char *path = NULL;

	set(&c, "a", CHOICE_TAKE);
	choices_step(&c);
	choices_set(&c, "a", CHOICE_LEAVE);
	choices_set(&c, "b", CHOICE_LEAVE);
	assert_int_equal(choices_undo(&c, &path), 1);
	assert_string_equal(path, "a");
	assert_int_equal(choices_state(&c, "a"), CHOICE_TAKE);
	assert_int_equal(choices_state(&c, "b"), CHOICE_NONE);
	assert_int_equal(choices_undo(&c, &path), 1);
	assert_int_equal(choices_state(&c, "a"), CHOICE_NONE);
	assert_int_equal(choices_undo(&c, &path), 0);
	choices_release(&c);
}

/* What is the case already is no step. */
static void test_choices_same_again_is_not_undone(void **state)
{
	struct choices c = CHOICES_INIT;
	const char *path;

	set(&c, "a", CHOICE_TAKE);
	set(&c, "a", CHOICE_TAKE);
	assert_int_equal(choices_undo(&c, &path), 1);
	assert_int_equal(choices_undo(&c, &path), 0);
	choices_release(&c);
}

static void test_choices_comments(void **state)
{
	struct choices c = CHOICES_INIT;
	struct choice *k = choices_note(&c, "a");

	assert_int_equal(choice_comment(k, '+', 3, "why?"), 0);
	assert_int_equal(choice_comment(k, '-', 3, "keep"), 0);
	assert_int_equal(choice_comment(k, '+', 0, "all of it"), 0);
	assert_string_equal(choice_comment_at(k, '+', 3), "why?");
	assert_string_equal(choice_comment_at(k, '-', 3), "keep");
	assert_string_equal(choice_comment_at(k, '-', 0), "all of it");
	assert_int_equal(choice_comment(k, '+', 3, "now?"), 0);
	assert_string_equal(choice_comment_at(k, '+', 3), "now?");
	assert_int_equal(choice_comment(k, '+', 3, ""), 0);
	assert_null(choice_comment_at(k, '+', 3));
	assert_int_equal(k->n_comments, 2);
	assert_null(choice_comment_at(NULL, '+', 3));
	choices_release(&c);
}

static int open_scratch(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void fill(struct choices *c)
{
	struct choice *k;

	set(c, "odd \xff\x1b name", CHOICE_LEAVE);
	memset(c->at[0]->seal, 'c', DIGEST_HEX - 1);
	choices_step(c);
	k = choices_edit(c, "part");
	k->state = CHOICE_PART;
	k->seen = 1;
	k->marks = strdup("10?");
	memset(k->seal, 'a', DIGEST_HEX - 1);
	memset(k->result, 'b', DIGEST_HEX - 1);
	assert_int_equal(choice_add_op(k, 2, NULL), 0);
	assert_int_equal(choice_add_op(k, 1, "+x\xff\n"), 0);
	assert_int_equal(choice_comment(k, '+', 7, "no\ngood \x1b[m"), 0);
}

static void test_choices_come_back_from_the_file(void **state)
{
	struct choices c = CHOICES_INIT, d;
	struct err err = ERR_INIT;
	int fd = open_scratch();
	struct choice *k;

	fill(&c);
	assert_int_equal(c.dirty, 1);
	assert_int_equal(choices_save(&c, fd, &err), 0);
	assert_int_equal(c.dirty, 0);
	assert_int_equal(choices_load(&d, fd, &err), 0);
	assert_int_equal(d.n, 2);
	assert_int_equal(choices_state(&d, "odd \xff\x1b name"), CHOICE_LEAVE);
	k = choices_get(&d, "part");
	assert_int_equal(k->state, CHOICE_PART);
	assert_int_equal(k->seen, 1);
	assert_string_equal(k->marks, "10?");
	assert_string_equal(k->seal, choices_get(&c, "part")->seal);
	assert_string_equal(k->result, choices_get(&c, "part")->result);
	assert_int_equal(k->n_ops, 2);
	assert_int_equal(k->ops[0].hunk, 2);
	assert_null(k->ops[0].text);
	assert_string_equal(k->ops[1].text, "+x\xff\n");
	assert_string_equal(choice_comment_at(k, '+', 7), "no\ngood \x1b[m");
	choices_release(&c);
	choices_release(&d);
	close(fd);
}

static void test_choices_none_leave_no_file(void **state)
{
	struct choices c = CHOICES_INIT;
	struct err err = ERR_INIT;
	int fd = open_scratch();
	struct stat st;

	set(&c, "a", CHOICE_TAKE);
	assert_int_equal(choices_save(&c, fd, &err), 0);
	assert_int_equal(fstatat(fd, CHOICES_FILE, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	set(&c, "a", CHOICE_NONE);
	assert_int_equal(choices_save(&c, fd, &err), 0);
	assert_int_equal(fstatat(fd, CHOICES_FILE, &st, 0), -1);
	choices_release(&c);
	assert_int_equal(choices_load(&c, fd, &err), 0);
	assert_int_equal(c.n, 0);
	close(fd);
}

/* A file that came from elsewhere, or was cut, is refused as a whole. */
static void test_choices_odd_files_are_refused(void **state)
{
#define BEGIN "{\"schema\":\"scrim.choices/1\",\"choices\":["
#define ENTRY(more) "{\"path\":\"a\",\"ops\":[],\"comments\":[]," more "}"
	static const char *const odd[] = {
		"", "[]", "{}", BEGIN,
		"{\"schema\":\"scrim.choices/2\",\"choices\":[]}",
		BEGIN ENTRY("\"state\":\"maybe\"") "]}",
		BEGIN ENTRY("\"state\":\"take\"") "]}",
		BEGIN ENTRY("\"state\":\"take\",\"seal\":\"\"") "]}",
		BEGIN ENTRY("\"state\":\"part\"") "]}",
		BEGIN ENTRY("\"state\":\"take\",\"seal\":\"xyz\"") "]}",
		BEGIN ENTRY("\"state\":\"take\",\"path_hex\":\"0041\"") "]}",
		BEGIN ENTRY("\"state\":\"open\"") ","
		ENTRY("\"state\":\"open\"") "]}",
		BEGIN "{\"path\":\"a\",\"state\":\"take\"}]}",
		BEGIN "{\"path\":\"a\",\"state\":\"take\",\"ops\":[{\"hunk\":-1}],"
		"\"comments\":[]}]}",
	};
	struct choices c;
	struct err err = ERR_INIT;
	int fd = open_scratch();

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		scratch_write(CHOICES_FILE, odd[i]);
		assert_int_equal(choices_load(&c, fd, &err), -EBADMSG);
		assert_int_equal(c.n, 0);
	}
	close(fd);
}

#define SCRATCH(t) cmocka_unit_test_setup_teardown(t, scratch_setup, \
						   scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices_are_found_by_path),
		cmocka_unit_test(test_choices_undo_takes_back_a_step),
		cmocka_unit_test(test_choices_same_again_is_not_undone),
		cmocka_unit_test(test_choices_comments),
		SCRATCH(test_choices_come_back_from_the_file),
		SCRATCH(test_choices_none_leave_no_file),
		SCRATCH(test_choices_odd_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
