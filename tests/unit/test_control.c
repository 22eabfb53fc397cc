/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "session/control.h"
#include "session/session.h"
#include "util/io.h"

/* Answers one request with what it was asked, or an error for "fail". */
static void *answer_one(void *arg)
{
	struct control_request req;
	struct buf text = BUF_INIT;
	int conn;

	if (control_accept(*(int *)arg, &conn, &req))
		return NULL;
	buf_addf(&text, "%d", (int)req.op);
	for (size_t i = 0; i < req.n; i++)
		buf_addf(&text, " [%s]", req.args[i]);
	if (req.n && !strcmp(req.args[0], "fail"))
		control_reply(conn, -EBUSY, "no", 2);
	else
		control_reply(conn, 0, text.ptr, text.len);
	control_request_release(&req);
	buf_release(&text);
	return NULL;
}

static void test_control_round_trip(void **state)
{
	const char *args[] = { "a b", "", "\xff\n" }, *fail[] = { "fail" };
	char dir[] = "/tmp/scrim-control-XXXXXX";
	struct session s = { .lock_fd = -1 };
	struct buf reply = BUF_INIT;
	struct err err = ERR_INIT;
	struct stat st;
	pthread_t t;
	int fd;

	assert_non_null(mkdtemp(dir));
	s.fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(control_call(&s, CONTROL_DROP, NULL, 0, NULL, &err),
			 -ENOTCONN);
	assert_int_equal(control_listen(s.fd, &fd), 0);
	assert_int_equal(fstatat(s.fd, CONTROL_SOCKET, &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	pthread_create(&t, NULL, answer_one, &fd);
	assert_int_equal(control_call(&s, CONTROL_DROP, args, 3, &reply, &err),
			 0);
	pthread_join(t, NULL);
	assert_string_equal(reply.ptr, "1 [a b] [] [\xff\n]");
	pthread_create(&t, NULL, answer_one, &fd);
	assert_int_equal(control_call(&s, CONTROL_SNAPSHOT, fail, 1, NULL,
				      &err), -EBUSY);
	pthread_join(t, NULL);
	assert_string_equal(err.msg, "no");
	close(fd);
	close(s.fd);
	buf_release(&reply);
	io_remove_tree(AT_FDCWD, dir);
}

static void test_control_seen(void **state)
{
	struct stat st = { .st_mode = S_IFREG | 0644, .st_ino = 1ull << 60,
			   .st_size = 5 }, back;
	struct buf b = BUF_INIT;

	st.st_mtim = (struct timespec){ -3, 7 };
	control_put_seen(&b, &st);
	assert_int_equal(control_get_seen(b.ptr, &back), 0);
	assert_int_equal(back.st_mode, st.st_mode);
	assert_true(back.st_ino == st.st_ino);
	assert_true(back.st_mtim.tv_sec == -3 && back.st_mtim.tv_nsec == 7);
	assert_int_equal(control_get_seen("x", &back), -EINVAL);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control_round_trip),
		cmocka_unit_test(test_control_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
