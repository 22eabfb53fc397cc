/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fs/confine.h"
#include "fs/server.h"
#include "fs/watch.h"
#include "session/below.h"
#include "session/change.h"
#include "session/checkpoint.h"
#include "session/control.h"
#include "session/snapshot.h"
#include "util/io.h"

/* A name that the kernel is to forget. */
struct told {
	struct told *next;
	uint64_t dir_id;
	char name[];
};

struct server {
	struct fs *fs;
	int fd, stop_fd, session_fd;
	pthread_t thread;
	time_t due;		/* of the next checkpoint */
	struct told *told;	/* of the thread alone */
};

/* Called with the layer's lock held: noted here, told later. */
static void note_name(void *payload, uint64_t dir_id, const char *name)
{
	struct server *s = payload;
	struct told *t = calloc(1, sizeof(*t) + strlen(name) + 1);

	if (!t)
		return;
	t->dir_id = dir_id;
	memcpy(t->name, name, strlen(name));
	t->next = s->told;
	s->told = t;
}

static void tell_kernel(struct server *s)
{
	struct fuse_session *se = s->fs->se;

	while (s->told) {
		struct told *t = s->told;

		s->told = t->next;
		fuse_lowlevel_notify_inval_entry(se, t->dir_id, t->name,
						 strlen(t->name));
		fuse_lowlevel_notify_inval_inode(se, t->dir_id, 0, 0);
		free(t);
	}
}

typedef int (*answer_fn)(struct server *s, const struct control_request *req,
			 struct buf *out, struct err *err);

static int answer_drop(struct server *s, const struct control_request *req,
		       struct buf *out, struct err *err)
{
	return layer_drop(s->fs->layer, req->args, req->n, err);
}

static int answer_settle(struct server *s, const struct control_request *req,
			 struct buf *out, struct err *err)
{
	size_t n = req->n / 2;
	struct stat *seen = calloc(n ? n : 1, sizeof(*seen));
	const char **paths = calloc(n ? n : 1, sizeof(*paths));
	int r = seen && paths ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !r; i++) {
		paths[i] = req->args[2 * i];
		r = control_get_seen(req->args[2 * i + 1], &seen[i]);
	}
	if (r || req->n % 2)
		r = err_set(err, -EBADMSG, "the daemon is of another version");
	else
		r = layer_settle(s->fs->layer, paths, seen, n, err);
	free(paths);
	free(seen);
	return r;
}

static int answer_snapshot(struct server *s, const struct control_request *req,
			   struct buf *out, struct err *err)
{
	if (req->n != 1)
		return err_set(err, -EBADMSG, "a snapshot wants a name");
	layer_flush_attempts(s->fs->layer);
	return layer_snapshot(s->fs->layer, req->args[0], err);
}

static int answer_rewrite(struct server *s, const struct control_request *req,
			  struct buf *out, struct err *err)
{
	struct stat seen;
	uint64_t id;
	int from = -1, r;

	if (req->n != 3 || control_get_seen(req->args[1], &seen))
		return err_set(err, -EBADMSG, "the daemon is of another version");
	r = io_open_beneath(s->session_fd, req->args[2], O_RDONLY | O_NOFOLLOW,
			    0, &from);
	if (r)
		return err_errno(err, r, "the new content");
	r = layer_rewrite(s->fs->layer, req->args[0], &seen, from, &id, err);
	close(from);
	if (!r)
		fuse_lowlevel_notify_inval_inode(s->fs->se, id, 0, 0);
	return r;
}

static int checkpoint(struct fs *fs, unsigned keep, char name[CHECKPOINT_NAME],
		      struct err *err)
{
	int r = checkpoint_make(fs->layer, keep, name, err);

	if (r)
		fs->checkpoints_failed++;
	else
		fs->checkpoints += name[0] != '\0';
	return r;
}

static int answer_checkpoint(struct server *s,
			     const struct control_request *req, struct buf *out,
			     struct err *err)
{
	char name[CHECKPOINT_NAME];
	unsigned keep = req->n ? (unsigned)strtoul(req->args[0], NULL, 10) : 0;
	int r = checkpoint(s->fs, keep ? keep : s->fs->keep, name, err);

	buf_addstr(out, name);
	return r ? r : buf_oom(out) ? -ENOMEM : 0;
}

/* Which of what confines the daemon holds: one member of an object. */
static void add_confined(int confined, struct buf *out)
{
	static const struct {
		const char *name;
		int bit;
	} held[] = {
		{ "landlock", CONFINED_LANDLOCK },
		{ "no_new_privs", CONFINED_NO_NEW_PRIVS },
		{ "not_dumpable", CONFINED_DUMPABLE },
		{ "no_core_file", CONFINED_CORE },
	};

	buf_addstr(out, ",\"confined\":{");
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		buf_addf(out, "%s\"%s\":%s", i ? "," : "", held[i].name,
			 confined & held[i].bit ? "true" : "false");
	buf_addch(out, '}');
}

static int answer_counters(struct server *s, const struct control_request *req,
			   struct buf *out, struct err *err)
{
	struct fs *fs = s->fs;
	int full = 0;
	unsigned watches = watch_count(fs->watch, &full);
	size_t nodes, materialized;

	layer_flush_attempts(fs->layer);
	layer_count(fs->layer, &nodes, &materialized);
	buf_addf(out, "{\"checkpoints\":%lu,\"checkpoints_failed\":%lu,",
		 fs->checkpoints, fs->checkpoints_failed);
	buf_addf(out, "\"lookups\":%lu,\"reads\":%lu,\"opens\":%lu,"
		      "\"getattrs\":%lu,\"readdirs\":%lu,\"writes\":%lu,"
		      "\"watches\":%u,\"watches_full\":%s,\"uring\":%s,"
		      "\"nodes\":%zu,\"materialized\":%zu",
		 fs->lookups, fs->reads, fs->opens, fs->getattrs, fs->readdirs,
		 fs->writes, watches, full ? "true" : "false",
		 fs->uring ? "true" : "false", nodes, materialized);
	add_confined(fs->confined, out);
	buf_addch(out, '}');
	return buf_oom(out) ? -ENOMEM : 0;
}

static const answer_fn answers[] = {
	[CONTROL_DROP] = answer_drop,
	[CONTROL_SETTLE] = answer_settle,
	[CONTROL_SNAPSHOT] = answer_snapshot,
	[CONTROL_REWRITE] = answer_rewrite,
	[CONTROL_COUNTERS] = answer_counters,
	[CONTROL_CHECKPOINT] = answer_checkpoint,
};

static void serve_one(struct server *s)
{
	struct control_request req;
	struct err err = ERR_INIT;
	struct buf out = BUF_INIT;
	int conn, r;

	if (control_accept(s->fd, &conn, &req))
		return;
	if ((size_t)req.op >= sizeof(answers) / sizeof(answers[0]) ||
	    !answers[req.op])
		r = err_set(&err, -EOPNOTSUPP,
			    "the daemon is of another version");
	else
		r = answers[req.op](s, &req, &out, &err);
	tell_kernel(s);
	if (r)
		control_reply(conn, r, err.msg, strlen(err.msg));
	else
		control_reply(conn, 0, out.ptr, out.len);
	control_request_release(&req);
	buf_release(&out);
}

static time_t clock_now(void)
{
	struct timespec ts;

	/* goes on while the machine sleeps, and is never set */
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

/* Makes the checkpoint that is due; milliseconds to the next, -1 for none. */
static int keep_time(struct server *s)
{
	time_t left, every = s->fs->checkpoint;
	char name[CHECKPOINT_NAME];

	if (!every)
		return -1;
	left = s->due - clock_now();
	if (left <= 0) {
		checkpoint(s->fs, s->fs->keep, name, NULL);
		s->due = clock_now() + every;
		left = every;
	}
	/* a clock that stood still while the machine slept is looked at again */
	return left > 60 ? 60000 : (int)left * 1000;
}

static void *run(void *arg)
{
	struct server *s = arg;
	struct pollfd fds[2] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = s->stop_fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, keep_time(s)) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		if (fds[0].revents)
			serve_one(s);
	}
	return NULL;
}

struct server *server_start(struct fs *fs, int session_fd)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fs = fs;
	s->session_fd = session_fd;
	s->due = clock_now() + (time_t)fs->checkpoint;
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (s->stop_fd < 0 || control_listen(session_fd, &s->fd) ||
	    pthread_create(&s->thread, NULL, run, s)) {
		io_close(&s->stop_fd);
		io_close(&s->fd);
		free(s);
		return NULL;
	}
	layer_on_name(fs->layer, note_name, s);
	return s;
}

void server_stop(struct server *s)
{
	uint64_t one = 1;

	if (!s)
		return;
	if (write(s->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(s->thread, NULL);
	layer_on_name(s->fs->layer, NULL, NULL);
	control_unlink(s->session_fd);
	io_close(&s->fd);
	io_close(&s->stop_fd);
	while (s->told) {
		struct told *t = s->told;

		s->told = t->next;
		free(t);
	}
	free(s);
}
