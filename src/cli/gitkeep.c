/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gitkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fs/confine.h"
#include "review/gitlinks.h"
#include "review/gitview.h"
#include "session/gitguard.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

struct keep {
	struct gitview_rules rules;
	struct gitrules_policy source;
	const struct gitguard *guard;
	char *cache;
	int workspace, socket;
};

/* Which of those that are shown is not to be any more, and why; or the list. */
static int settle(const struct keep *k, const struct gitview *v,
		  struct buf *objects, struct buf *why)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct gitview_repo *r = &v->at[i];

		if (!gitguard_has(k->guard->seen, r->path))
			continue;
		if (r->choice != GITVIEW_FULL) {
			buf_addf(why, "%s: %s", r->path, r->why);
			return -EPERM;
		}
		if (r->hide)
			buf_addstr(objects, r->hide);
	}
	return buf_oom(objects) || buf_oom(why) ? -ENOMEM : 0;
}

static int look(const struct keep *k, struct buf *objects, struct buf *why)
{
	struct gitview v = GITVIEW_INIT;
	int r;

	r = gitview_find(&v, k->workspace, &k->rules, k->cache, NULL);
	if (r)
		return r;
	r = gitview_decide(&v, GITVIEW_AUTO, &k->rules, GITVIEW_SECONDS, NULL);
	if (!r)
		r = settle(k, &v, objects, why);
	gitview_release(&v);
	return r;
}

static int answer(struct keep *k)
{
	struct buf objects = BUF_INIT, why = BUF_INIT;
	struct gitguard_news news = { .code = 0 };
	struct timespec since;
	int r;

	clock_gettime(CLOCK_REALTIME_COARSE, &since);
	k->source.links = gitlinks_new(k->workspace, k->source.policy);
	r = k->source.links ? look(k, &objects, &why) : -ENOMEM;
	gitlinks_free(k->source.links);
	if (r && !why.len)
		buf_addstr(&why, strerror(-r));
	news.code = r;
	news.sec = since.tv_sec;
	news.nsec = since.tv_nsec;
	news.len = (uint32_t)(r ? why.len : objects.len);
	r = io_write_full(k->socket, &news, sizeof(news));
	if (!r)
		r = io_write_full(k->socket, news.code ? why.ptr : objects.ptr,
				  news.len);
	buf_release(&objects);
	buf_release(&why);
	return r;
}

/* Nothing of the caller's stays open: not the lock, nor a pipe that is read. */
static void let_go(const struct keep *k, const struct session *s)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	dup2(k->socket, 3);
	dup2(k->workspace, 4);
	close_range(5, ~0u, 0);
	confine_files(s->workspace, k->cache, NULL);
}

static void __attribute__((noreturn)) serve(struct keep *k,
					    const struct session *s)
{
	char c;

	setsid();
	if (chdir("/"))
		_exit(1);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	let_go(k, s);
	k->socket = 3;
	k->workspace = 4;
	while (read(k->socket, &c, 1) == 1 && !answer(k))
		;
	_exit(0);
}

static int start(struct keep *k, const struct session *s, int *fd)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	/* out of the way of the numbers that it gets in the child */
	k->socket = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
	close(pair[1]);
	pid = k->socket < 0 ? -1 : fork();
	if (!pid) {
		close(pair[0]);
		serve(k, s);
	}
	io_close(&k->socket);
	if (pid < 0) {
		close(pair[0]);
		return -errno;
	}
	*fd = pair[0];
	return 0;
}

int gitkeep_start(const struct session *s, const struct policy *p, int *fd,
		  struct err *err)
{
	struct keep k = { .source.policy = p, .guard = &s->gitguard,
			  .workspace = -1, .socket = -1 };
	int dir, r = 0;

	*fd = -1;
	if (!s->gitguard.since.tv_sec || !s->gitguard.seen ||
	    !*s->gitguard.seen)
		return 0;
	memcpy(k.source.key, s->key, sizeof(k.source.key));
	gitrules_init(&k.rules, &k.source);
	if (!path_user(PATH_CACHE, "git", &k.cache))
		r = io_mkdirs(k.cache, 0700);
	dir = open(s->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	k.workspace = dir < 0 ? -1 : fcntl(dir, F_DUPFD_CLOEXEC, 10);
	if (!r && k.workspace < 0)
		r = -errno;
	if (!r)
		r = start(&k, s, fd);
	io_close(&dir);
	io_close(&k.workspace);
	free(k.cache);
	explicit_bzero(k.source.key, sizeof(k.source.key));
	return r ? err_errno(err, r, "the process that looks through git") : 0;
}
