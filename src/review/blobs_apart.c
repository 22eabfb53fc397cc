/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/blobs_apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "review/gitchild.h"
#include "util/buf.h"
#include "util/io.h"

#define PIPE_SIZE (1 << 20)
#define CPU_MAX (24 * 3600)
#define BADS (sizeof(((struct blobs_watch *)0)->bad) / sizeof(struct blobs_bad))

/* What the child says: of an object, or at the end. The texts follow it. */
struct frame {
	int end, error, message, has_path, has_commit;
	time_t date;
	size_t done, total, path, author, data;
	char id[41], commit[41];
};

struct sender {
	int fd;
	size_t skip;	/* that an earlier child has handed out */
};

struct reader {
	int fd;
	struct blobs_watch *w;
	unsigned long steps;	/* when it last got on */
	double since;
	struct buf path, author, data;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int blobs_about(struct blobs_watch *w, const uint8_t id[GITSET_ID])
{
	if (!w)
		return 0;
	memcpy(w->step->id, id, GITSET_ID);
	atomic_fetch_add(&w->step->steps, 1);
	for (size_t i = 0; i < w->nbad; i++)
		if (!memcmp(w->bad[i].id, id, GITSET_ID))
			return -EIO;
	return 0;
}

/* ========== the child ========== */

static int send_object(void *payload, const struct blobs_object *o)
{
	struct sender *s = payload;
	struct frame f = { .error = o->error, .message = o->message,
			   .has_path = o->path != NULL,
			   .has_commit = o->commit != NULL, .date = o->date,
			   .done = o->done, .total = o->total,
			   .path = o->path ? strlen(o->path) : 0,
			   .author = o->author ? strlen(o->author) : 0,
			   .data = o->data ? o->len : 0 };
	int r;

	if (s->skip) {
		s->skip--;
		return 0;
	}
	memcpy(f.id, o->id, sizeof(f.id));
	if (o->commit)
		memcpy(f.commit, o->commit, sizeof(f.commit));
	r = io_write_full(s->fd, &f, sizeof(f));
	if (!r)
		r = io_write_full(s->fd, o->path, f.path);
	if (!r)
		r = io_write_full(s->fd, o->author, f.author);
	return r ? r : io_write_full(s->fd, o->data, f.data);
}

static void __attribute__((noreturn)) child(blobs_job job, void *task,
					    struct blobs_watch *w,
					    struct sender *s, pid_t parent)
{
	static const struct gitchild_limits lim = { .seconds = CPU_MAX,
						    .write_fd = -1 };
	struct err err = ERR_INIT;
	struct frame f = { .end = 1 };

	gitchild_confine(&lim, parent);
	f.error = job(task, w, send_object, s, &err);
	f.path = f.error ? strlen(err.msg) : 0;
	if (!io_write_full(s->fd, &f, sizeof(f)))
		io_write_full(s->fd, err.msg, f.path);
	_exit(0);
}

/* ========== the parent ========== */

/* More to read, or -ETIMEDOUT where the child has not got on for too long. */
static int wait_for(struct reader *d)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	unsigned long steps;
	int n;

	d->since = now();
	while ((n = poll(&p, 1, 200)) <= 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		steps = atomic_load(&d->w->step->steps);
		if (steps != d->steps)
			d->since = now();
		d->steps = steps;
		if (now() - d->since > d->w->idle)
			return -ETIMEDOUT;
	}
	return 0;
}

static int read_full(struct reader *d, void *to, size_t len)
{
	char *p = to;

	while (len) {
		int r = wait_for(d);
		ssize_t n;

		if (r)
			return r;
		n = read(d->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPIPE;	/* it died */
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_text(struct reader *d, struct buf *to, size_t len)
{
	buf_clear(to);
	if (len > BLOBS_OBJECT_MAX || buf_grow(to, len + 1))
		return -ENOMEM;
	to->len = len;
	to->ptr[len] = '\0';
	return read_full(d, to->ptr, len);
}

/* 0 for an object, 1 at the end, with the job's result in f->error. */
static int read_frame(struct reader *d, struct frame *f)
{
	int r = read_full(d, f, sizeof(*f));

	if (!r)
		r = read_text(d, &d->path, f->path);
	if (r || f->end)
		return r ? r : 1;
	r = read_text(d, &d->author, f->author);
	return r ? r : read_text(d, &d->data, f->data);
}

/* All that one child hands out; *n counts it. */
static int receive(struct reader *d, blobs_fn fn, void *payload, size_t *n,
		   int *refused, struct err *err)
{
	struct frame f;
	int r;

	while (!(r = read_frame(d, &f))) {
		struct blobs_object o = {
			.path = f.has_path ? d->path.ptr : NULL,
			.commit = f.has_commit ? f.commit : NULL,
			.author = d->author.ptr, .date = f.date, .id = f.id,
			.message = f.message, .error = f.error,
			.data = f.error ? NULL : d->data.ptr, .len = f.data,
			.done = f.done, .total = f.total
		};

		++*n;
		r = fn(payload, &o);
		*refused = r < 0;
		if (r < 0)
			return r;
	}
	if (r != 1)
		return r;
	*refused = 1;
	return f.error ? err_set(err, f.error, "%s", d->path.ptr) : 0;
}

/* One child; *again where it hung or died, and another is to go on. */
static int run_child(blobs_job job, void *task, struct blobs_watch *w,
		     blobs_fn fn, void *payload, size_t *n, int *again,
		     struct err *err)
{
	struct sender s = { .skip = *n };
	struct reader d = { .w = w, .since = now() };
	int pipefd[2], refused = 0, r;
	pid_t parent = getpid(), pid;

	*again = 0;
	if (pipe2(pipefd, O_CLOEXEC))
		return err_errno(err, -errno, "git history");
	fcntl(pipefd[1], F_SETPIPE_SZ, PIPE_SIZE);
	pid = fork();
	if (!pid) {
		s.fd = pipefd[1];
		close(pipefd[0]);
		child(job, task, w, &s, parent);
	}
	close(pipefd[1]);
	d.fd = pipefd[0];
	r = pid < 0 ? err_errno(err, -errno, "git history") :
		receive(&d, fn, payload, n, &refused, err);
	close(pipefd[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		*again = !refused && (r == -ETIMEDOUT || r == -EPIPE);
	}
	buf_release(&d.path);
	buf_release(&d.author);
	buf_release(&d.data);
	return r;
}

int blobs_apart(blobs_job job, void *task, double idle, blobs_fn fn,
		void *payload, struct err *err)
{
	struct blobs_watch w = { .idle = idle };
	size_t n = 0;
	int again, r;

	w.step = mmap(NULL, sizeof(*w.step), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.step == MAP_FAILED)
		return err_errno(err, -errno, "git history");
	for (;;) {
		r = run_child(job, task, &w, fn, payload, &n, &again, err);
		if (!again || w.nbad == BADS)
			break;
		memcpy(w.bad[w.nbad++].id, w.step->id, GITSET_ID);
	}
	if (again)
		r = err_set(err, -ETIMEDOUT, "git's objects are too damaged to "
			    "be read; git fsck tells of them");
	munmap(w.step, sizeof(*w.step));
	return r;
}
