/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>

#include "session/session.h"

static const char *make(const char *workspace, const char *name)
{
	struct session *s = NULL;
	struct err err = ERR_INIT;
	const char *id;

	mkdir(workspace, 0755);
	assert_ok(session_create(&s, "state", workspace, name, &err), err);
	id = scratch_fmt("%s", s->id);
	session_close(s);
	return id;
}

/* The id of what is found, or the negative errno as text. */
static const char *find(const char *session, const char *dir, struct err *err)
{
	struct session_where where = { "state", session, dir };
	struct session *s = NULL;
	const char *id;
	int ret;

	ret = session_open(&s, &where, err);
	id = ret ? scratch_fmt("%d", ret) : scratch_fmt("%s", s->id);
	session_close(s);
	return id;
}

static const char *failure(int code)
{
	return scratch_fmt("%d", code);
}

static void test_find_list_is_newest_first(void **state)
{
	struct session_list list;
	struct err err = ERR_INIT;
	const char *a, *b;

	assert_ok(session_list("nowhere", &list, &err), err);
	assert_int_equal(list.n, 0);
	session_list_release(&list);
	a = make("ws", "a");
	b = make("ws", NULL);
	mkdir("state/zzzzzzzz", 0700);
	mkdir("state/not-an-id", 0700);
	assert_ok(session_list("state", &list, &err), err);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.at[0]->id, b);
	assert_string_equal(list.at[1]->id, a);
	assert_string_equal(list.at[1]->name, "a");
	assert_int_equal(list.at[1]->fd, -1);
	assert_int_equal(session_is_mounted(list.at[1]), 0);
	assert_string_equal(list.at[2]->id, "zzzzzzzz");
	assert_int_equal(list.at[2]->format, -1);
	assert_null(list.at[2]->workspace);
	session_list_release(&list);
}

static void test_find_newest_of_the_deepest_workspace(void **state)
{
	struct err err = ERR_INIT;
	const char *outer, *inner, *newest;

	outer = make("ws", NULL);
	inner = make("ws/sub", NULL);
	mkdir("ws/subway", 0755);
	mkdir("ws/sub/deep", 0755);
	mkdir("else", 0755);
	assert_string_equal(find(NULL, "ws", &err), outer);
	assert_string_equal(find(NULL, "ws/subway", &err), outer);
	assert_string_equal(find(NULL, "ws/sub/deep", &err), inner);
	newest = make("ws", NULL);
	assert_string_equal(find(NULL, "ws", &err), newest);
	assert_string_equal(find(NULL, "ws/sub", &err), inner);
	assert_string_equal(find(NULL, "else", &err), failure(-ENOENT));
	assert_says(err, "scrim list shows all");
	assert_string_equal(find(NULL, "nonesuch", &err), failure(-ENOENT));
}

static void test_find_by_current_directory(void **state)
{
	struct err err = ERR_INIT;
	const char *id = make("ws", NULL);
	const char *place = scratch_fmt("%s/state", (char *)*state);
	struct session_where where = { place, NULL, NULL };
	struct session *s = NULL;

	assert_int_equal(chdir("ws"), 0);
	assert_ok(session_open(&s, &where, &err), err);
	assert_string_equal(s->id, id);
	session_close(s);
	mkdir("gone", 0755);
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir("../gone"), 0);
	assert_int_equal(session_open(&s, &where, &err), -ENOENT);
	assert_says(err, "current directory");
	where.session = id;
	assert_ok(session_open(&s, &where, &err), err);
	session_close(s);
	assert_int_equal(chdir(*state), 0);
}

static void test_find_by_the_view_that_holds_dir(void **state)
{
	struct err err = ERR_INIT;
	struct session_where where = { "state", NULL, "ws" };
	struct session *s = NULL;
	const char *old = make("ws", NULL);

	mkdir("mnt", 0755);
	mkdir("mnt/sub", 0755);
	assert_ok(session_open(&s, &where, &err), err);
	assert_ok(session_lock(s, &err), err);
	assert_ok(session_set_mountpoint(s, scratch_fmt("%s/mnt",
				(char *)*state), &err), err);
	make("ws", NULL);
	assert_string_equal(find(NULL, "mnt/sub", &err), old);
	assert_string_not_equal(find(NULL, "ws", &err), old);
	session_close(s);
	assert_string_equal(find(NULL, "mnt/sub", &err), failure(-ENOENT));
}

static void test_find_by_name_and_id(void **state)
{
	struct err err = ERR_INIT;
	const char *a = make("ws", "x"), *b = make("other", "x");
	const char *c = make("ws", "only");

	assert_string_equal(find("x", "ws", &err), a);
	assert_string_equal(find("x", "other", &err), b);
	assert_string_equal(find("only", "/", &err), c);
	assert_string_equal(find(a, "other", &err), a);
	assert_string_equal(find("x", "/", &err), failure(-ENOTUNIQ));
	assert_says(err, a);
	assert_says(err, b);
	assert_string_equal(find("y", "ws", &err), failure(-ENOENT));
	assert_says(err, "no session 'y'");
	assert_string_equal(find("../state", "ws", &err), failure(-EINVAL));
	assert_string_equal(find("", "ws", &err), failure(-EINVAL));
	assert_string_equal(find(".lock", "ws", &err), failure(-EINVAL));
}

static void test_find_refuses_newer_and_broken(void **state)
{
	struct err err = ERR_INIT;
	const char *id = make("ws", "x");
	const char *meta = scratch_fmt("state/%s/meta.ini", id);

	scratch_write(meta, "[session]\nformat = 3\nname = x\n"
		      "workspace = /w\nnew = 1\n");
	assert_string_equal(find("x", "ws", &err), failure(-EPROTONOSUPPORT));
	assert_says(err, "made by a newer scrim (format 3, this one knows 2)");
	scratch_write(meta, "[session\n");
	assert_string_equal(find(id, "ws", &err), failure(-EINVAL));
	assert_says(err, scratch_fmt("session %s: meta.ini:1", id));
	chmod(scratch_fmt("state/%s", id), 0755);
	assert_string_equal(find(id, "ws", &err), failure(-EPERM));
}

#define T(name) cmocka_unit_test_setup_teardown(test_find_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(list_is_newest_first),
		T(newest_of_the_deepest_workspace),
		T(by_current_directory),
		T(by_the_view_that_holds_dir),
		T(by_name_and_id),
		T(refuses_newer_and_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
