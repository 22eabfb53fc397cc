/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "session/session.h"

static struct session *create(void)
{
	struct session *s = NULL;
	struct err err = ERR_INIT;

	mkdir("ws", 0700);
	assert_ok(session_create(&s, "state", "ws", "one", &err), err);
	return s;
}

static struct session *reopen(void)
{
	struct session_where where = { "state", "one", NULL };
	struct session *s = NULL;
	struct err err = ERR_INIT;

	assert_ok(session_open(&s, &where, &err), err);
	return s;
}

static void test_lock_excludes_another_handle(void **state)
{
	struct session *a = create(), *b = reopen();
	struct err err = ERR_INIT;

	assert_int_equal(session_is_mounted(a), 0);
	assert_int_equal(session_is_mounted(b), 1);
	assert_int_equal(session_lock(b, &err), -EBUSY);
	assert_says(err, scratch_fmt("in use by process %d", (int)getpid()));
	assert_null(session_mountpoint(b));
	session_close(a);
	assert_int_equal(session_is_mounted(b), 0);
	assert_ok(session_lock(b, &err), err);
	assert_ok(session_lock(b, &err), err);
	session_close(b);
}

static void test_lock_notes_the_mountpoint(void **state)
{
	struct session *a = create(), *b = reopen();
	struct err err = ERR_INIT;
	char *at;

	assert_ok(session_set_mountpoint(a, "/mnt/a\nb", &err), err);
	at = session_mountpoint(b);
	assert_string_equal(at, "/mnt/a\nb");
	free(at);
	assert_int_equal(session_lock(b, &err), -EBUSY);
	assert_says(err, "scrim umount /mnt/a");
	assert_ok(session_set_mountpoint(a, "/m", &err), err);
	at = session_mountpoint(b);
	assert_string_equal(at, "/m");
	free(at);
	assert_ok(session_set_mountpoint(a, NULL, &err), err);
	assert_null(session_mountpoint(b));
	assert_int_equal(session_set_mountpoint(b, "/m", &err), -ENOLCK);
	assert_ok(session_set_mountpoint(a, "/m", &err), err);
	session_close(a);
	assert_null(session_mountpoint(b));
	session_close(b);
}

/* The daemon has it by inheritance and loses it however it ends. */
static void test_lock_goes_over_to_a_child(void **state)
{
	struct session *a = create(), *b;
	struct err err = ERR_INIT;
	int pipefd[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(pipefd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		c = session_set_mountpoint(a, "/child", &err) ? 'x' : 'o';
		if (write(pipefd[1], &c, 1) == 1)
			pause();
		_exit(1);
	}
	session_close(a);
	assert_int_equal(read(pipefd[0], &c, 1), 1);
	assert_int_equal(c, 'o');
	b = reopen();
	assert_int_equal(session_is_mounted(b), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(session_is_mounted(b), 0);
	assert_ok(session_lock(b, &err), err);
	session_close(b);
	close(pipefd[0]);
	close(pipefd[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(test_lock_##name, \
						scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(excludes_another_handle),
		T(notes_the_mountpoint),
		T(goes_over_to_a_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
