/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/each.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#define THREADS_MAX 4
#define WORTH_IT 512

struct each {
	each_fn fn;
	void *payload;
	size_t n;
	pthread_mutex_t lock;
	/* with lock held */
	size_t next, failed;
	int r;
	struct err err;
};

int each_threads(size_t n)
{
	cpu_set_t set;
	int cpus;

	if (n < WORTH_IT || sched_getaffinity(0, sizeof(set), &set))
		return 1;
	cpus = CPU_COUNT(&set);
	return cpus > THREADS_MAX ? THREADS_MAX : cpus;
}

static int take(struct each *e, size_t *from, size_t *to)
{
	int more;

	pthread_mutex_lock(&e->lock);
	more = !e->r && e->next < e->n;
	*from = e->next;
	*to = e->n - e->next > EACH_PIECE ? e->next + EACH_PIECE : e->n;
	if (more)
		e->next = *to;
	pthread_mutex_unlock(&e->lock);
	return more;
}

static void fail(struct each *e, size_t i, int r, const struct err *err)
{
	pthread_mutex_lock(&e->lock);
	if (!e->r || i < e->failed) {
		e->r = r;
		e->failed = i;
		e->err = *err;
	}
	pthread_mutex_unlock(&e->lock);
}

static void *work(void *payload)
{
	struct each *e = payload;
	size_t i, to;

	while (take(e, &i, &to)) {
		struct err err = ERR_INIT;
		int r = 0;

		for (; !r && i < to; i++)
			r = e->fn(e->payload, i, &err);
		if (r)
			fail(e, i - 1, r, &err);
	}
	return NULL;
}

int each_of(size_t n, int threads, each_fn fn, void *payload, size_t *failed,
	    struct err *err)
{
	struct each e = { .fn = fn, .payload = payload, .n = n };
	pthread_t more[THREADS_MAX - 1];
	int started = 0;

	if (threads <= 0)
		threads = each_threads(n);
	pthread_mutex_init(&e.lock, NULL);
	while (started + 1 < threads && started < THREADS_MAX - 1 &&
	       !pthread_create(&more[started], NULL, work, &e))
		started++;
	work(&e);
	while (started)
		pthread_join(more[--started], NULL);
	pthread_mutex_destroy(&e.lock);
	if (e.r && err)
		*err = e.err;
	if (e.r && failed)
		*failed = e.failed;
	return e.r;
}
