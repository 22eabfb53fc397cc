/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "review/gitchild.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

#include "util/io.h"
#include "util/sanitizer.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#ifdef HAVE_LINUX_LANDLOCK_H
#define LANDLOCK_CHANGES ( \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static int lock_files(int write_fd)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_CHANGES |
				     LANDLOCK_ACCESS_FS_EXECUTE
	};
	struct landlock_path_beneath_attr below = {
		.allowed_access = LANDLOCK_CHANGES, .parent_fd = write_fd
	};
	int fd, r = 0;

	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	if (write_fd >= 0 &&
	    syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH,
		    &below, 0))
		r = -errno;
	if (!r && syscall(SYS_landlock_restrict_self, fd, 0))
		r = -errno;
	close(fd);
	return r;
}
#else
static int lock_files(int write_fd)
{
	return 0;
}
#endif

static void limit(int what, uint64_t value)
{
	struct rlimit l = { (rlim_t)value, (rlim_t)value };

	setrlimit(what, &l);
}

void gitchild_confine(const struct gitchild_limits *lim, pid_t parent)
{
	static const int reset[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU };

	for (size_t i = 0; i < sizeof(reset) / sizeof(*reset); i++)
		signal(reset[i], SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EPERM);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, (uint64_t)lim->seconds + 1);
	if (lim->memory && !SANITIZED)
		limit(RLIMIT_AS, lim->memory);
	if (lock_files(lim->write_fd))
		_exit(EPERM);
}

void gitchild_beat(int out, time_t *last)
{
	time_t t = (time_t)now();

	if (t != *last)
		io_write_full(out, "", 1);
	*last = t;
}

/* Takes the beats out of what was read. */
static void drop_beats(struct buf *reply, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < reply->len; i++)
		if (reply->ptr[i])
			reply->ptr[to++] = reply->ptr[i];
	buf_cut(reply, to);
}

/* Waits for more; 0, or -ETIMEDOUT at the deadline. */
static int wait_input(int fd, double deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	double left;
	int n;

	do {
		left = deadline - now();
		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&p, 1, left > 60 ? 60000 : (int)(left * 1000) + 1);
		if (n < 0 && errno != EINTR)
			return -errno;
	} while (n <= 0);
	return 0;
}

/* 0 at the end of the reply, -ETIMEDOUT, or another negative errno. */
static int read_reply(int fd, const struct gitchild_limits *lim,
		      struct buf *reply)
{
	double end = now() + lim->seconds, idle;
	size_t start = reply->len, had;
	ssize_t n;
	int r;

	for (;;) {
		idle = now() + lim->idle;
		r = wait_input(fd, lim->idle > 0 && idle < end ? idle : end);
		if (r)
			return r;
		if (buf_grow(reply, 65536))
			return -ENOMEM;
		had = reply->len;
		n = read(fd, reply->ptr + had, 65536);
		if (n <= 0)
			return n ? -errno : 0;
		reply->len += (size_t)n;
		reply->ptr[reply->len] = '\0';
		drop_beats(reply, had);
		if (reply->len - start > GITCHILD_REPLY)
			return -EFBIG;
	}
}

/* The status of the exit is the errno. */
static int take_result(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return -ETIMEDOUT;
	if (!WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

static void child(const struct gitchild_limits *lim, pid_t parent,
		  gitchild_fn fn, void *payload, int out)
{
	int r;

	gitchild_confine(lim, parent);
	r = -fn(payload, out);
	_exit(r >= 0 && r < 256 ? r : EIO);
}

int gitchild_run(const struct gitchild_limits *lim, gitchild_fn fn,
		 void *payload, struct buf *reply)
{
	pid_t parent = getpid(), pid;
	int pipefd[2], status = 0, r;

	if (pipe2(pipefd, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		close(pipefd[0]);
		child(lim, parent, fn, payload, pipefd[1]);
	}
	close(pipefd[1]);
	if (pid < 0) {
		r = -errno;
		close(pipefd[0]);
		return r;
	}
	r = read_reply(pipefd[0], lim, reply);
	close(pipefd[0]);
	if (r)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return r ? r : take_result(status);
}
