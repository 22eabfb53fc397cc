/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitchild.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"

/* A sanitizer's shadow memory does not fit any limit of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define CAN_LIMIT_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAN_LIMIT_MEMORY 0
#endif
#endif
#ifndef CAN_LIMIT_MEMORY
#define CAN_LIMIT_MEMORY 1
#endif

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void limit(int what, uint64_t value)
{
	struct rlimit l = { (rlim_t)value, (rlim_t)value };

	setrlimit(what, &l);
}

static void confine(const struct gitchild_limits *lim, pid_t parent)
{
	static const int reset[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU };

	for (size_t i = 0; i < sizeof(reset) / sizeof(*reset); i++)
		signal(reset[i], SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, (uint64_t)lim->seconds + 1);
	if (lim->memory && CAN_LIMIT_MEMORY)
		limit(RLIMIT_AS, lim->memory);
}

/* 0 at the end of the reply, -ETIMEDOUT, or another negative errno. */
static int read_reply(int fd, double deadline, struct buf *reply)
{
	size_t start = reply->len;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double left = deadline - now();
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&p, 1, left > 60 ? 60000 : (int)(left * 1000) + 1);
		if (n <= 0) {
			if (n < 0 && errno != EINTR)
				return -errno;
			continue;
		}
		if (buf_grow(reply, 65536))
			return -ENOMEM;
		n = read(fd, reply->ptr + reply->len, 65536);
		if (n <= 0)
			return n ? -errno : 0;
		reply->len += (size_t)n;
		reply->ptr[reply->len] = '\0';
		if (reply->len - start > GITCHILD_REPLY)
			return -EFBIG;
	}
}

/* The last four bytes of a whole reply are what fn returned. */
static int take_result(struct buf *reply, size_t start, int status)
{
	int32_t result;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return -ETIMEDOUT;
	if (!WIFEXITED(status) || WEXITSTATUS(status) ||
	    reply->len - start < sizeof(result))
		return -EIO;
	memcpy(&result, reply->ptr + reply->len - sizeof(result),
	       sizeof(result));
	buf_cut(reply, reply->len - sizeof(result));
	return result > 0 ? -EIO : result;
}

static void child(const struct gitchild_limits *lim, pid_t parent,
		  gitchild_fn fn, void *payload, int out)
{
	int32_t result;

	confine(lim, parent);
	result = fn(payload, out);
	_exit(io_write_full(out, &result, sizeof(result)) ? 1 : 0);
}

int gitchild_run(const struct gitchild_limits *lim, gitchild_fn fn,
		 void *payload, struct buf *reply)
{
	double deadline = now() + lim->seconds;
	pid_t parent = getpid(), pid;
	size_t start = reply->len;
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
	r = read_reply(pipefd[0], deadline, reply);
	close(pipefd[0]);
	if (r)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return r ? r : take_result(reply, start, status);
}
