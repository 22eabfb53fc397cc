/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/retaint.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "scan/taint.h"
#include "session/internal.h"

/* All is looked at after so long, or after so many times what it took. */
#define ALL_SECONDS 5.0
#define ALL_COST 50.0

struct retaint {
	struct layer *layer;
	struct taint *taint;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t end;
	int stop;
	unsigned long epoch;	/* the last that was told of */
	double due;		/* when all is to be looked at */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 1 where it is over. */
static int wait_a_second(struct retaint *r)
{
	struct timespec until;
	int stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&r->lock);
	while (!r->stop && !pthread_cond_timedwait(&r->end, &r->lock, &until))
		;
	stop = r->stop;
	pthread_mutex_unlock(&r->lock);
	return stop;
}

static void look(struct retaint *r)
{
	double start = now(), cost;

	if (start < r->due) {
		taint_look_known(r->taint);
		return;
	}
	taint_look(r->taint, NULL);
	cost = (now() - start) * ALL_COST;
	r->due = now() + (cost > ALL_SECONDS ? cost : ALL_SECONDS);
}

static void *run(void *payload)
{
	struct retaint *r = payload;
	unsigned long epoch;

	while (!wait_a_second(r)) {
		look(r);
		epoch = taint_epoch(r->taint);
		if (epoch == r->epoch)
			continue;
		r->epoch = epoch;
		layer_tell_verdicts(r->layer);
	}
	return NULL;
}

struct retaint *retaint_start(struct layer *l)
{
	struct taint *t = l->policy ? policy_taint(l->policy) : NULL;
	struct retaint *r = t ? calloc(1, sizeof(*r)) : NULL;
	pthread_condattr_t attr;

	if (!r)
		return NULL;
	r->layer = l;
	r->taint = t;
	r->epoch = taint_epoch(t);
	r->due = now() + ALL_SECONDS;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->end, &attr);
	pthread_condattr_destroy(&attr);
	if (!pthread_create(&r->thread, NULL, run, r))
		return r;
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->end);
	free(r);
	return NULL;
}

void retaint_stop(struct retaint *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = 1;
	pthread_cond_signal(&r->end);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->end);
	free(r);
}
