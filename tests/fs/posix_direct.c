/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Direct I/O that is not waited for, while others read through the cache. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "obs.h"

#define LEN (640u << 10)
#define MSEC 800

/* The system calls themselves: no library is needed for three of them. */
static long setup(unsigned n, aio_context_t *ctx)
{
	return syscall(SYS_io_setup, n, ctx);
}

/* One write of the whole file; what io_getevents has of it. */
static long long write_async(aio_context_t ctx, int fd, const char *buf)
{
	struct iocb cb, *list[1] = { &cb };
	struct io_event ev;

	memset(&cb, 0, sizeof(cb));
	cb.aio_lio_opcode = IOCB_CMD_PWRITE;
	cb.aio_fildes = (unsigned)fd;
	cb.aio_buf = (unsigned long)buf;
	cb.aio_nbytes = LEN;
	if (syscall(SYS_io_submit, ctx, 1, list) != 1 ||
	    syscall(SYS_io_getevents, ctx, 1, 1, &ev, NULL) != 1)
		return -errno;
	return ev.res;
}

static void read_for_ever(void)
{
	char *buf = malloc(LEN);
	int fd = open("big", O_RDONLY);

	while (buf && pread(fd, buf, LEN, 0) >= 0)
		;
}

static int is_all(const char *buf, int c)
{
	for (size_t i = 0; i < LEN; i++)
		if (buf[i] != c)
			return 0;
	return 1;
}

static long elapsed(const struct timespec *start)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec - start->tv_sec) * 1000 +
	       (t.tv_nsec - start->tv_nsec) / 1000000;
}

/* What was written is what is read, as soon as the write is reported. */
static void rounds(int direct, int plain, char *buf, char *seen)
{
	struct timespec start;
	aio_context_t ctx = 0;
	int stale = 0, bad = 0;

	TRY(setup(4, &ctx));
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; elapsed(&start) < MSEC; i++) {
		memset(buf, 'a' + i % 26, LEN);
		bad += write_async(ctx, direct, buf) != LEN;
		bad += pread(plain, seen, LEN, 0) != LEN;
		stale += !is_all(seen, 'a' + i % 26);
	}
	obs_note("%d calls that failed, %d stale reads", bad, stale);
	syscall(SYS_io_destroy, ctx);
}

static void direct_async(void)
{
	int direct = TRY(open("big", O_RDWR | O_DIRECT));
	int plain = open("big", O_RDONLY);
	char *seen = malloc(LEN), *buf = NULL;
	pid_t reader[2];

	if (direct < 0 || posix_memalign((void **)&buf, 4096, LEN) || !seen)
		return;
	TRY(truncate("big", LEN));
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		reader[i] = fork();
		if (!reader[i]) {
			read_for_ever();
			_exit(0);
		}
	}
	rounds(direct, plain, buf, seen);
	for (int i = 0; i < 2; i++) {
		kill(reader[i], SIGKILL);
		waitpid(reader[i], NULL, 0);
	}
	free(buf);
	free(seen);
}

const struct obs_case direct_cases[] = {
	{ "direct_async", 0, direct_async, NULL },
	{ NULL, 0, NULL, NULL },
};
