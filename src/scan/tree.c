/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/ruleset.h"
#include "scan/tree_copies.h"
#include "util/io.h"
#include "util/quiet.h"
#include "util/walk.h"

#define THREADS_MAX 64
#define BATCH 16		/* files that a thread takes or gives at once */

/* One file on its way through the ring. */
struct job {
	struct tree_file f;
	char *path;
	int fd;		/* -1 where there is nothing to scan */
	int done;
	int failed;	/* negative errno that ends it all */
};

/*
 * The ring: the caller fills it at filled and tells from tail on; the threads take
 * what lies between next and head. Nobody is woken for each file: the threads are
 * only where they wait, and the caller, once the ring is full, when half of it is
 * done. Nor is the lock taken for each: whoever waits for it sleeps, and to be
 * woken costs as much as some files. So the caller lets head follow in steps, and
 * a thread takes some files at once, fewer when few are left.
 */
struct ring {
	const struct tree_scan *t;
	struct job job[TREE_AHEAD];
	unsigned long filled;	/* the caller's own */
	unsigned long head, next, tail;
	unsigned long finished;	/* jobs that are done */
	unsigned long wanted;	/* the caller waits for so many; or ULONG_MAX */
	int idle;		/* threads that wait for work */
	int stop;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	pthread_t thread[THREADS_MAX];
	int nthreads;
	struct tree_progress progress;
};

struct gather {
	struct job *job;
	size_t cap;
};

static int keep(void *payload, const struct finding *f)
{
	struct gather *g = payload;
	struct tree_file *to = &g->job->f;
	size_t len = f->len / (size_t)f->width;
	char *copy;

	if (to->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 8;
		struct finding *at = realloc(to->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		to->at = at;
		g->cap = cap;
	}
	copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, f->secret, len);
	copy[len] = '\0';
	to->at[to->n] = *f;
	to->at[to->n++].secret = copy;
	return 0;
}

static void ask_policy(const struct tree_scan *t, struct job *j)
{
	struct verdict v;
	int asks;

	if (!t->policy)
		return;
	policy_whole_path(t->policy, j->f.path, strlen(j->f.path), &v);
	asks = v.confirm;
	if (v.action >= ACTION_MASK && v.confirm && j->fd >= 0)
		policy_confirm(t->policy, &v, j->fd, j->f.path);
	if (v.action < ACTION_MASK || !v.rule)
		return;
	j->f.by_path = v.rule;
	/* Of a packed copy a rule that goes by content knows nothing. */
	if (!asks && v.rule->confirm.n && v.rule->confidence < CONFIDENCE_HIGH)
		j->f.only_by_name = 1;
}

/* 1 where a text of n bytes has nothing but comments, blanks and brackets. */
static int says_nothing(const char *text, size_t n)
{
	const char *end = text + n;

	for (const char *p = text; p < end; p++) {
		if (*p == '#' || *p == ';') {
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				return 1;
		} else if (!strchr(" \t\r\n{}[]", *p)) {
			return 0;
		}
	}
	return 1;
}

/* 1 where the text has values to look at, some name = value, or nothing at all. */
static int can_be_judged(int fd)
{
	char head[8192];
	ssize_t n = io_pread_full(fd, head, sizeof(head), 0);

	if (n <= 0)
		return 0;
	return memchr(head, '=', (size_t)n) || memmem(head, (size_t)n, ": ", 2) ||
	       memmem(head, (size_t)n, "\":", 2) ||
	       ((size_t)n < sizeof(head) && says_nothing(head, (size_t)n));
}

/* .env.example, master.key.sample: made to be filled in. */
static int is_sample(const char *path)
{
	static const char *const ends[] = { ".example", ".sample", ".template",
					    ".dist" };
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (len > strlen(ends[i]) &&
		    !strcasecmp(path + len - strlen(ends[i]), ends[i]))
			return 1;
	return 0;
}

/* Leaves out what is not sure enough; returns how many there were. */
static size_t drop_unsure(const struct tree_scan *t, struct tree_file *f)
{
	size_t all = f->n, kept = 0;

	for (size_t i = 0; i < all; i++)
		if (f->at[i].confidence >= t->what.least)
			f->at[kept++] = f->at[i];
		else
			free((char *)f->at[i].secret);
	f->n = kept;
	return all;
}

/*
 * What the name says and what the content says, together: a file that is called
 * a secret by its name alone, and whose values were all looked at and hold none,
 * is not much of a finding; and where the content tells of its secrets, the name
 * adds nothing.
 */
static void weigh(const struct tree_scan *t, struct job *j)
{
	size_t all = drop_unsure(t, &j->f);

	if (!j->f.by_path || j->f.res.state != SCAN_COMPLETE)
		return;
	if (j->f.n) {
		j->f.by_path = NULL;
		j->f.only_by_name = 0;
	} else if (!all && !j->f.res.binary &&
		   (is_sample(j->f.path) ||
		    (can_be_judged(j->fd) &&
		     (!j->f.by_path->confirm.n ||
		      j->f.by_path->action == ACTION_MASK)))) {
		j->f.only_by_name = 1;
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

/* A file that is secret by its name has no copies, but the things themselves. */
static void add_copies(const struct tree_scan *t, struct job *j,
		       struct gather *g)
{
	int r = tree_copies(t, &j->f, j->fd, keep, g);

	if (r == -EFBIG && j->f.res.state == SCAN_COMPLETE)
		j->f.res.state = SCAN_TIMED_OUT;
	else if (r && r != -EFBIG && r != -EINVAL)
		j->failed = r;
	if (j->f.n)
		qsort(j->f.at, j->f.n, sizeof(*j->f.at), by_offset);
}

static void scan_job(const struct tree_scan *t, struct scan *s, struct job *j)
{
	struct gather g = { j, 0 };
	struct scan_what what = t->what;
	int by_path;

	what.path = j->f.path;
	what.fn = keep;
	what.payload = &g;
	ask_policy(t, j);
	if (j->fd < 0) {
		/* A link: what it leads to is looked at where it is. */
		j->f.only_by_name = j->f.by_path != NULL;
		return;
	}
	if (j->f.by_path)
		what.least = CONFIDENCE_LOW;
	by_path = j->f.by_path != NULL;
	j->failed = scan_fd(s, &what, j->fd, &j->f.res);
	if (!j->failed)
		weigh(t, j);
	if (!j->failed && !by_path)
		add_copies(t, j, &g);
	if (!j->failed && t->cache && !j->f.n && !j->f.by_path &&
	    j->f.res.state == SCAN_COMPLETE)
		cache_put_clean(t->cache, &j->f.st, j->f.path);
}

static void release_job(struct job *j)
{
	for (size_t i = 0; i < j->f.n; i++) {
		explicit_bzero((char *)j->f.at[i].secret,
			       j->f.at[i].len / (size_t)j->f.at[i].width);
		free((char *)j->f.at[i].secret);
	}
	free(j->f.at);
	free(j->path);
	io_close(&j->fd);
	memset(j, 0, sizeof(*j));
	j->fd = -1;
}

static void work_on(struct ring *r, struct scan *s, struct job *j)
{
	if (!s)
		j->failed = -ENOMEM;
	else if (!j->f.error)
		scan_job(r->t, s, j);
	io_close(&j->fd);
}

/* How many a thread takes at once, so that each has some to the end. */
static unsigned long share(const struct ring *r)
{
	unsigned long n = (r->head - r->next) /
			  (2 * (unsigned long)r->nthreads) + 1;

	return n < BATCH ? n : BATCH;
}

/* Takes what it finds, does it and says so; the lock is held before and after. */
static void work_some(struct ring *r, struct scan *s)
{
	unsigned long from = r->next, to = from + share(r);

	r->next = to;
	pthread_mutex_unlock(&r->lock);
	for (unsigned long i = from; i < to; i++)
		work_on(r, s, &r->job[i % TREE_AHEAD]);
	pthread_mutex_lock(&r->lock);
	for (unsigned long i = from; i < to; i++)
		r->job[i % TREE_AHEAD].done = 1;
	r->finished += to - from;
	if (r->finished >= r->wanted)
		pthread_cond_signal(&r->done);
}

static void *work(void *payload)
{
	struct ring *r = payload;
	struct scan *s = scan_begin(r->t->scanner);

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (r->next == r->head && !r->stop) {
			r->idle++;
			pthread_cond_wait(&r->work, &r->lock);
			r->idle--;
		}
		if (r->next == r->head)
			break;
		work_some(r, s);
	}
	pthread_mutex_unlock(&r->lock);
	scan_end(r->t->scanner, s);
	return NULL;
}

/* Tells of the oldest job, which is done. */
static int tell(struct ring *r)
{
	struct job *j = &r->job[r->tail % TREE_AHEAD];
	const struct tree_file *f = &j->f;
	int ret = j->failed;

	r->progress.files++;
	r->progress.bytes += f->res.bytes;
	r->progress.findings += f->n;
	if (!ret && (f->n || f->by_path || f->error ||
		     f->res.state != SCAN_COMPLETE))
		ret = r->t->file(r->t->payload, f);
	if (r->t->progress)
		r->t->progress(r->t->payload, &r->progress);
	release_job(j);
	r->tail++;
	return ret;
}

/* Until the oldest job is done, and with it half of a ring if there is so much. */
static void wait_done(struct ring *r)
{
	unsigned long more = (r->head - r->tail) / 2;

	r->wanted = r->tail + (more ? more : 1);
	while (!r->job[r->tail % TREE_AHEAD].done) {
		if (r->wanted <= r->finished)
			r->wanted = r->finished + 1;
		pthread_cond_wait(&r->done, &r->lock);
	}
	r->wanted = ULONG_MAX;
}

/* Lets the threads have what was filled in; the lock is held. */
static void publish(struct ring *r)
{
	r->head = r->filled;
	if (r->idle > 1)
		pthread_cond_broadcast(&r->work);
	else if (r->idle)
		pthread_cond_signal(&r->work);
}

/* Tells of all that is done, at least of so many as leaves room for one. */
static int tell_done(struct ring *r, int all)
{
	int ret = 0;

	pthread_mutex_lock(&r->lock);
	publish(r);
	while (!ret && r->tail < r->head) {
		if (!r->job[r->tail % TREE_AHEAD].done) {
			if (!all && r->head - r->tail < TREE_AHEAD)
				break;
			wait_done(r);
		}
		pthread_mutex_unlock(&r->lock);
		ret = tell(r);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return ret;
}

static int push(struct ring *r, const struct walk_entry *e, int fd, int error)
{
	struct job *j = &r->job[r->filled % TREE_AHEAD];

	j->path = strdup(e->path);
	if (!j->path) {
		io_close(&fd);
		return -ENOMEM;
	}
	j->f.path = j->path;
	j->f.st = e->st;
	j->f.error = error;
	j->fd = fd;
	r->filled++;
	if (r->filled - r->tail == TREE_AHEAD)
		return tell_done(r, 0);
	if (r->filled % BATCH == 0) {
		pthread_mutex_lock(&r->lock);
		publish(r);
		pthread_mutex_unlock(&r->lock);
	}
	return 0;
}

static int is_cached(struct ring *r, const struct walk_entry *e)
{
	if (!r->t->cache || !cache_is_clean(r->t->cache, &e->st, e->path))
		return 0;
	r->progress.files++;
	r->progress.bytes += (unsigned long long)e->st.st_size;
	return 1;
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct ring *r = payload;
	int fd, ret;

	if (e->error)
		return push(r, e, -1, e->error);
	if (S_ISLNK(e->st.st_mode))
		return push(r, e, -1, 0);
	if (!S_ISREG(e->st.st_mode) || is_cached(r, e))
		return WALK_GO;
	ret = quiet_open(e->dirfd, e->name, O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
			 &fd);
	return ret == -ENOENT ? WALK_GO : push(r, e, fd, ret);
}

static void stop(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = 1;
	pthread_cond_broadcast(&r->work);
	pthread_mutex_unlock(&r->lock);
	for (int i = 0; i < r->nthreads; i++)
		pthread_join(r->thread[i], NULL);
	for (; r->tail < r->filled; r->tail++)
		release_job(&r->job[r->tail % TREE_AHEAD]);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->work);
	pthread_cond_destroy(&r->done);
}

static int start(struct ring *r, const struct tree_scan *t)
{
	int want = t->threads < 1 ? 1 : t->threads;

	r->t = t;
	r->wanted = ULONG_MAX;
	for (int i = 0; i < TREE_AHEAD; i++)
		r->job[i].fd = -1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	pthread_cond_init(&r->done, NULL);
	for (; r->nthreads < want && r->nthreads < THREADS_MAX; r->nthreads++)
		if (pthread_create(&r->thread[r->nthreads], NULL, work, r))
			break;
	return r->nthreads ? 0 : -EAGAIN;
}

int tree_scan(const struct tree_scan *t, int rootfd)
{
	struct ring *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return -ENOMEM;
	ret = start(r, t);
	/* Only the cache asks what a file looks like before it is opened. */
	if (!ret)
		ret = t->cache ? walk_tree(rootfd, visit, r) :
				 walk_types(rootfd, visit, r);
	if (!ret)
		ret = tell_done(r, 1);
	stop(r);
	free(r);
	return ret;
}

int tree_scan_one(const struct tree_scan *t, int fd, const char *path)
{
	struct job j = { .fd = fd };
	struct scan *s = scan_begin(t->scanner);
	int ret = s ? 0 : -ENOMEM;

	j.f.path = path;
	if (!ret && fstat(fd, &j.f.st))
		ret = -errno;
	if (!ret) {
		scan_job(t, s, &j);
		ret = j.failed;
	}
	if (!ret && (j.f.n || j.f.by_path || j.f.res.state != SCAN_COMPLETE))
		ret = t->file(t->payload, &j.f);
	j.fd = -1;
	release_job(&j);
	scan_end(t->scanner, s);
	return ret;
}
