/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/each.h"

#define FLUSH_EVERY 2000	/* files */

struct flusher {
	const struct where *w;
	pthread_t thread;
	sem_t work;
	unsigned long files;
	int end, r;
};

static void *flush(void *payload)
{
	struct flusher *f = payload;

	for (;;) {
		while (sem_wait(&f->work))
			;
		if (__atomic_load_n(&f->end, __ATOMIC_ACQUIRE))
			return NULL;
		/* an error is told once: it must not be lost here */
		if (syncfs(f->w->ws) && !f->r)
			f->r = -errno;
	}
}

struct flusher *engine_flusher(const struct where *w, size_t n)
{
	struct flusher *f;

	if (n < 2 * FLUSH_EVERY || each_threads(n) < 2)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->w = w;
	sem_init(&f->work, 0, 0);
	if (!pthread_create(&f->thread, NULL, flush, f))
		return f;
	sem_destroy(&f->work);
	free(f);
	return NULL;
}

void engine_flush_some(struct flusher *f)
{
	if (f && !(__atomic_add_fetch(&f->files, 1, __ATOMIC_RELAXED) %
		   FLUSH_EVERY))
		sem_post(&f->work);
}

int engine_flushed(struct flusher *f)
{
	int r;

	if (!f)
		return 0;
	__atomic_store_n(&f->end, 1, __ATOMIC_RELEASE);
	sem_post(&f->work);
	pthread_join(f->thread, NULL);
	r = f->r;
	sem_destroy(&f->work);
	free(f);
	return r;
}
