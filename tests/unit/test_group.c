/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "session/group.h"

/* A session of workspace; group as in struct begin. */
static const char *make(const char *workspace, const char *name,
			const char *group)
{
	struct session *s = NULL;
	struct err err = ERR_INIT;
	const char *id;

	mkdir(workspace, 0755);
	assert_ok(session_create(&s, "state", workspace, name, &err), err);
	if (group)
		s->group = strdup(*group ? group : s->id);
	s->access = group && *group ? strdup("ro") : NULL;
	assert_ok(session_save_meta(s, &err), err);
	id = scratch_fmt("%s", s->id);
	session_close(s);
	return id;
}

/* The ids of the parts, each with a space before it. */
static const char *parts(const char *session, const char *dir)
{
	struct session_where where = { "state", session, dir };
	struct session_list list = { NULL, 0 };
	struct err err = ERR_INIT;
	const char *ids = "";

	assert_ok(group_parts(&where, &list, &err), err);
	for (size_t i = 0; i < list.n; i++)
		ids = scratch_fmt("%s %s", ids, list.at[i]->id);
	session_list_release(&list);
	return ids;
}

static void test_group_parts(void **state)
{
	const char *a = make("a", "both", ""), *b = make("b", "both", a);
	const char *all = scratch_fmt(" %s %s", a, b);
	struct session_where where = { "state", b, NULL };
	struct session *s = NULL;
	struct err err = ERR_INIT;

	mkdir("c", 0755);
	assert_string_equal(parts("both", "c"), all);
	assert_string_equal(parts("both", "b"), all);
	assert_string_equal(parts(NULL, "a"), all);
	/* an id is a part alone; what is not there is for others to say */
	assert_string_equal(parts(b, "a"), "");
	assert_string_equal(parts("nothing", "a"), "");
	assert_string_equal(parts(NULL, "c"), "");
	assert_ok(session_open(&s, &where, &err), err);
	assert_string_equal(s->group, a);
	assert_string_equal(s->access, "ro");
	session_close(s);
}

static void test_group_of_others_is_none(void **state)
{
	const char *a = make("a", "same", ""), *b = make("b", "same", a);
	const char *c = make("c", "same", NULL);
	struct session_where where = { "state", "same", "d" };
	struct session *s = NULL;
	struct err err = ERR_INIT;

	mkdir("d", 0755);
	/* three of a name, of which two are one: not to be guessed */
	assert_string_equal(parts("same", "d"), "");
	assert_int_equal(session_open(&s, &where, &err), -ENOTUNIQ);
	assert_string_equal(parts("same", "c"), "");
	assert_string_equal(parts("same", "b"), scratch_fmt(" %s %s", a, b));
	assert_string_equal(parts(c, "c"), "");
	/* the last of a group is a session as any other */
	assert_string_equal(parts(make("e", "alone", ""), "e"), "");
}

static void test_group_session_open_says_it(void **state)
{
	const char *a = make("a", "both", "");
	struct session_where where = { "state", "both", "c" };
	struct session *s = NULL;
	struct err err = ERR_INIT;

	make("b", "both", a);
	mkdir("c", 0755);
	assert_int_equal(session_open(&s, &where, &err), -ENOTUNIQ);
	assert_says(err, "several workspaces");
	assert_says(err, a);
}

static void check_name(const char *first, const char *second, const char *want)
{
	const char *const at[] = { first, second };
	struct err err = ERR_INIT;
	char *name = NULL;

	assert_ok(group_name("state", at, 2, &name, &err), err);
	assert_string_equal(name, want);
	assert_ok(session_check_name(name, &err), err);
	free(name);
}

static void test_group_name(void **state)
{
	char longer[300];

	check_name("/x/app", "/y/lib", "app-lib");
	check_name("/x/a b\n", "/y/.c~", "ab-.c");
	check_name("/x/ ", "/y/\303\244", "session");
	make("a", "app-lib", NULL);
	check_name("/x/app", "/y/lib", "app-lib-2");
	make("a", "app-lib-2", NULL);
	check_name("/x/app", "/y/lib", "app-lib-3");
	memset(longer, 'n', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	longer[57] = '\0';
	check_name(longer, "/b", longer + 1);
}

#define T(name) cmocka_unit_test_setup_teardown(test_group_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(parts),
		T(of_others_is_none),
		T(session_open_says_it),
		T(name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
