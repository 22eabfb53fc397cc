/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fs/relook.h"
#include "fs/watch.h"
#include "session/below.h"
#include "session/gitguard.h"
#include "util/io.h"

/* What git does in one go comes as many files: the look waits for the rest. */
#define GATHER_MS 100
/* Between two looks it waits for so many times what the last one took. */
#define REST 4
#define REST_MAX_MS 20000

struct relook {
	struct fs *fs;
	int socket, wanted, stop;
	pthread_t thread;
};

static void want(void *payload)
{
	struct relook *r = payload;
	uint64_t one = 1;

	if (write(r->wanted, &one, sizeof(one)) != sizeof(one))
		return;	/* it is wanted as much as can be */
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* 1 when fd can be read, 0 after ms, -1 when it is to stop. fd may be -1. */
static int wait_for(const struct relook *r, int fd, int ms)
{
	struct pollfd p[2] = { { .fd = r->stop, .events = POLLIN },
			       { .fd = fd, .events = POLLIN } };
	int n;

	do {
		n = poll(p, 2, ms);
	} while (n < 0 && errno == EINTR);
	return n < 0 || p[0].revents ? -1 : n;
}

static void show_again(struct relook *r, const uint64_t *dirs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fuse_lowlevel_notify_inval_inode(r->fs->se, dirs[i], 0, 0);
}

/* text is taken over. */
static void take(struct relook *r, const struct gitguard_news *news, char *text)
{
	struct timespec since = { news->sec, news->nsec };
	uint64_t *dirs = NULL;
	size_t n = 0;

	if (news->code) {
		layer_git_refused(r->fs->layer, text);
		free(text);
		return;
	}
	if (!*text) {
		free(text);
		text = NULL;
	}
	if (layer_git_looked(r->fs->layer, &since, text, &dirs, &n))
		watch_tell_all(r->fs);
	show_again(r, dirs, n);
	free(dirs);
}

/* 0, or -1 where there is nobody to ask any more. */
static int ask(struct relook *r)
{
	struct gitguard_news news;
	char *text;

	if (send(r->socket, "", 1, MSG_NOSIGNAL) != 1 || wait_for(r, r->socket, -1) < 0 ||
	    io_read_full(r->socket, &news, sizeof(news)) != sizeof(news) ||
	    news.len > GITGUARD_OBJECTS_MAX)
		return -1;
	text = calloc(1, (size_t)news.len + 1);
	if (!text)
		return -1;
	if (io_read_full(r->socket, text, news.len) != (ssize_t)news.len) {
		free(text);
		return -1;
	}
	take(r, &news, text);
	return 0;
}

static void *run(void *payload)
{
	struct relook *r = payload;
	int64_t start, rest;
	uint64_t n;

	while (wait_for(r, r->wanted, -1) == 1 &&
	       wait_for(r, -1, GATHER_MS) == 0) {
		if (read(r->wanted, &n, sizeof(n)) != sizeof(n))
			continue;
		start = now_ms();
		if (ask(r))
			break;
		rest = (now_ms() - start) * REST;
		if (wait_for(r, -1, (int)(rest < REST_MAX_MS ? rest :
					  REST_MAX_MS)))
			break;
	}
	return NULL;
}

static void release(struct relook *r)
{
	io_close(&r->socket);
	io_close(&r->wanted);
	io_close(&r->stop);
	free(r);
}

struct relook *relook_start(struct fs *fs, int socket)
{
	struct relook *r;

	if (socket < 0)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r) {
		close(socket);
		return NULL;
	}
	r->fs = fs;
	r->socket = socket;
	r->wanted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->stop = eventfd(0, EFD_CLOEXEC);
	if (r->wanted < 0 || r->stop < 0 ||
	    pthread_create(&r->thread, NULL, run, r)) {
		release(r);
		return NULL;
	}
	layer_on_git(fs->layer, want, r);
	return r;
}

void relook_stop(struct relook *r)
{
	uint64_t one = 1;

	if (!r)
		return;
	layer_on_git(r->fs->layer, NULL, NULL);
	if (write(r->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(r->thread, NULL);
	release(r);
}
