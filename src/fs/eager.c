/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/eager.h"

/* Beyond this, old observations count half. */
#define WINDOW 512

#define RELAXED memory_order_relaxed

static _Atomic uint64_t *slot(struct eager *e, uint64_t dir)
{
	return &e->dirs[dir % EAGER_DIRS];
}

int eager_begin(struct eager *e)
{
	unsigned bare = atomic_load_explicit(&e->bare, RELAXED);
	unsigned asked = atomic_load_explicit(&e->asked, RELAXED);

	if (asked <= bare / 2)
		return 0;
	return atomic_fetch_add_explicit(&e->turn, 1, RELAXED) % EAGER_PROBE !=
	       EAGER_PROBE - 1;
}

void eager_end(struct eager *e, uint64_t dir, unsigned bare)
{
	unsigned sum;

	if (!bare)
		return;
	atomic_store_explicit(slot(e, dir), dir, RELAXED);
	sum = atomic_fetch_add_explicit(&e->bare, bare, RELAXED) + bare;
	if (sum < WINDOW)
		return;
	/* stores, so that threads that meet here cannot go below zero */
	atomic_store_explicit(&e->bare, sum / 2, RELAXED);
	sum = atomic_load_explicit(&e->asked, RELAXED);
	atomic_store_explicit(&e->asked, sum / 2, RELAXED);
}

void eager_lookup(struct eager *e, uint64_t dir)
{
	if (atomic_load_explicit(slot(e, dir), RELAXED) == dir)
		atomic_fetch_add_explicit(&e->asked, 1, RELAXED);
}
