/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scratch.h"

#include <errno.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "fs/confine.h"

/*
 * What a confined process can still do, tried in a child that confines itself as
 * the daemon does. A line of the table is what is tried and the errno that has to
 * come of it.
 */
static int make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? errno : close(fd);
}

static int open_to(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? errno : close(fd);
}

static int result(int r)
{
	return r ? errno : 0;
}

static int connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static void set_abstract(struct sockaddr_un *to, pid_t of)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(to->sun_path + 1, sizeof(to->sun_path) - 1, "scrim-test-%d",
		 (int)of);
}

static int connect_abstract(void)
{
	struct sockaddr_un to;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	set_abstract(&to, getppid());
	return result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static void listen_abstract(void)
{
	struct sockaddr_un at;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	set_abstract(&at, getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
}

static int execute(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int want(const char *what, int got, int wanted)
{
	if (got == wanted)
		return 0;
	fprintf(stderr, "%s: %s, not %s\n", what, strerror(got),
		strerror(wanted));
	return 1;
}

static int try_files(void)
{
	return want("read the workspace", open_to("ws/f", O_RDONLY), 0) +
	       want("list the workspace", open_to("ws", O_RDONLY), 0) +
	       want("write", open_to("ws/f", O_WRONLY), EACCES) +
	       want("append", open_to("ws/f", O_RDWR | O_APPEND), EACCES) +
	       want("create", make_file("ws/new"), EACCES) +
	       want("remove", result(unlink("ws/f")), EACCES) +
	       want("rename", result(rename("ws/f", "ws/g")), EACCES) +
	       want("link", result(link("ws/f", "session/f")), EXDEV) +
	       want("mkdir", result(mkdir("ws/d", 0700)), EACCES) +
	       want("symlink", result(symlink("x", "ws/l")), EACCES) +
	       want("write the session", make_file("session/new"), 0) +
	       want("write the cache", make_file("cache/new"), 0) +
	       want("anything else", open_to("other/f", O_RDONLY), EACCES) +
	       want("create elsewhere", make_file("other/new"), EACCES) +
	       want("the user's files", open_to("/etc/passwd", O_RDONLY),
		    EACCES) + want("run", execute(), EACCES);
}

static int try_version(long version)
{
	int bad = 0;

	if (version >= 3)
		bad += want("truncate", result(truncate("ws/f", 0)), EACCES);
	if (version >= 4)
		bad += want("TCP", connect_tcp(), EACCES);
	if (version >= 6)
		bad += want("a socket", connect_abstract(), EPERM) +
		       want("a signal", result(kill(getppid(), 0)), EPERM);
	return bad;
}

static int try_memory(int held)
{
	struct rlimit core = { 1, 1 };
	int bad = want("bits", held & ~CONFINED_LANDLOCK, CONFINED_DUMPABLE |
		       CONFINED_NO_NEW_PRIVS | CONFINED_CORE);

	bad += want("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	bad += want("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	getrlimit(RLIMIT_CORE, &core);
	return bad + want("core", (int)core.rlim_max, 0);
}

static void test_confine_holds(void **state)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	static const char *const dirs[] = { "ws", "session", "cache", "other" };
	int status = -1;
	pid_t pid;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		assert_int_equal(mkdir(dirs[i], 0700), 0);
	assert_int_equal(make_file("ws/f"), 0);
	assert_int_equal(make_file("other/f"), 0);
	listen_abstract();
	pid = fork();
	if (!pid) {
		int held = confine_files("ws", "session", "cache");
		int bad = try_memory(held);

		if (held & CONFINED_LANDLOCK)
			bad += try_version(version) + try_files();
		else
			bad += want("landlock", version > 0, 0);
		_exit(bad > 100 ? 100 : bad);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Without any of its directories it must not be said to hold. */
static void test_confine_says_what_fails(void **state)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(confine_files("absent", "session", NULL) &
		      CONFINED_LANDLOCK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_confine_holds,
						scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_confine_says_what_fails,
						scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
