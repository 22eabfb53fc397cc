/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>

#include "session/session.h"

static struct session *create(const char *workspace, const char *name)
{
	struct session *s = NULL;
	struct err err = ERR_INIT;

	assert_ok(session_create(&s, "state", workspace, name, &err), err);
	return s;
}

static void refuse(const char *state_dir, const char *workspace,
		   const char *name, int code, const char *says)
{
	struct session *s = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(session_create(&s, state_dir, workspace, name, &err),
			 code);
	assert_says(err, says);
	assert_null(strchr(err.msg, '\n'));
	assert_null(s);
}

static int count(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static void test_session_create_makes_a_private_directory(void **state)
{
	struct session *s;
	struct stat st;

	mkdir("ws", 0755);
	umask(0);
	s = create("./ws/../ws/", "fix");
	umask(022);
	assert_int_equal(strlen(s->id), SESSION_ID_LEN);
	assert_string_equal(s->workspace, scratch_fmt("%s/ws", (char *)*state));
	assert_string_equal(s->dir, scratch_fmt("%s/state/%s", (char *)*state,
						s->id));
	assert_string_equal(s->name, "fix");
	assert_int_equal(s->format, SESSION_FORMAT);
	assert_true(s->lock_fd >= 0);
	assert_int_equal(stat(s->dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(scratch_fmt("%s/meta.ini", s->dir), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(s->fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	session_close(s);
	session_close(NULL);
}

static void test_session_save_meta(void **state)
{
	struct session_where where = { "state", NULL, "ws" };
	struct session *s, *t = NULL;
	struct err err = ERR_INIT;

	mkdir("ws", 0755);
	s = create("ws", NULL);
	s->git = strdup("none");
	s->options = strdup("name=x");
	assert_ok(session_save_meta(s, &err), err);
	assert_ok(session_open(&t, &where, &err), err);
	assert_string_equal(t->id, s->id);
	assert_string_equal(t->git, "none");
	assert_string_equal(t->options, "name=x");
	assert_memory_equal(t->key, s->key, sizeof(s->key));
	assert_int_equal(t->lock_fd, -1);
	assert_null(t->name);
	session_close(s);
	session_close(t);
}

static void test_session_refuses_bad_workspaces(void **state)
{
	struct session *s;

	mkdir("ws", 0755);
	scratch_write("file", "x");
	refuse("state", "nonesuch", NULL, -ENOENT, "workspace nonesuch: No such");
	refuse("state", "file", NULL, -ENOTDIR, "workspace file: Not a dir");
	refuse("ws/.state", "ws", NULL, -EINVAL, "lies inside the workspace");
	refuse("ws/a/b/c", "ws", NULL, -EINVAL, "lies inside the workspace");
	refuse("ws", "ws", NULL, -EINVAL, "lies inside the workspace");
	refuse("", "ws", NULL, -EINVAL, "no name");
	assert_int_equal(count("ws"), 0);
	assert_int_equal(access("state", F_OK), -1);

	s = create("ws", NULL);
	refuse("state", s->dir, NULL, -EINVAL, "a session is no workspace");
	refuse("state", ".", NULL, -EINVAL, "lies inside the workspace");
	assert_int_equal(count("state"), 2);
	session_close(s);
}

static void test_session_refuses_a_view_as_workspace(void **state)
{
	struct session *s;
	struct err err = ERR_INIT;

	mkdir("ws", 0755);
	mkdir("mnt", 0755);
	mkdir("mnt/sub", 0755);
	mkdir("mnt2", 0755);
	s = create("ws", NULL);
	assert_ok(session_set_mountpoint(s, scratch_fmt("%s/mnt",
				(char *)*state), &err), err);
	refuse("state", "mnt/sub", NULL, -EINVAL, "a view is no workspace");
	refuse("state", "mnt", NULL, -EINVAL, "a view is no workspace");
	session_close(create("mnt2", NULL));
	session_close(s);
	session_close(create("mnt/sub", NULL));
}

static void test_session_refuses_bad_and_taken_names(void **state)
{
	mkdir("ws", 0755);
	mkdir("other", 0755);
	refuse("state", "ws", "../x", -EINVAL, "'../x' cannot be a session's");
	refuse("state", "ws", "", -EINVAL, "cannot be a session's name");
	session_close(create("ws", "one"));
	refuse("state", "ws", "one", -EEXIST, "--session one");
	session_close(create("other", "one"));
	session_close(create("ws", "two"));
	/* three sessions and the lock; nothing of the refused ones */
	assert_int_equal(count("state"), 4);
}

static void test_session_destroy_takes_all(void **state)
{
	struct session_where where = { "state", "one", NULL };
	struct session *s, *t = NULL;
	struct err err = ERR_INIT;

	mkdir("ws", 0755);
	s = create("ws", "one");
	assert_ok(session_open(&t, &where, &err), err);
	assert_int_equal(session_destroy(t, &err), -ENOLCK);
	mkdir(scratch_fmt("%s/data", s->dir), 0700);
	scratch_write(scratch_fmt("%s/data/1", s->dir), "x");
	chmod(scratch_fmt("%s/data", s->dir), 0);
	assert_ok(session_destroy(s, &err), err);
	session_close(s);
	session_close(t);
	assert_int_equal(count("state"), 1);
	assert_int_equal(session_open(&t, &where, &err), -ENOENT);
}

#define T(name) cmocka_unit_test_setup_teardown(test_session_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(create_makes_a_private_directory),
		T(save_meta),
		T(refuses_bad_workspaces),
		T(refuses_a_view_as_workspace),
		T(refuses_bad_and_taken_names),
		T(destroy_takes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
