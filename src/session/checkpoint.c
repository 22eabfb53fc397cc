/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/checkpoint.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "session/internal.h"
#include "session/restore.h"
#include "session/snapshot.h"

void checkpoint_name(char out[CHECKPOINT_NAME], const char *prefix)
{
	struct timespec ts;
	char when[32];
	struct tm tm;
	unsigned ms;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	ms = (unsigned)(ts.tv_nsec / 1000000) % 1000;
	snprintf(out, CHECKPOINT_NAME, "%.16s-%s-%03u", prefix, when, ms);
}

int checkpoint_is(const char *name)
{
	return !strncmp(name, CHECKPOINT_PREFIX, strlen(CHECKPOINT_PREFIX));
}

int checkpoint_prune(const struct session *s, unsigned keep, struct err *err)
{
	struct snapshot_list all;
	size_t n = 0;
	int r = snapshot_list(s, &all, err);

	if (r)
		return r;
	for (size_t i = all.n; i-- > 0 && !r;)
		if (checkpoint_is(all.at[i].name) &&
		    ++n > (keep ? keep : CHECKPOINT_KEEP))
			r = snapshot_remove(s, all.at[i].name, err);
	snapshot_list_release(&all);
	return r;
}

/* Counts with each change of names, attributes or content. */
static uint64_t changes_so_far(struct layer *l)
{
	return atomic_load(&l->store.appended) + atomic_load(&l->written);
}

int checkpoint_make(struct layer *l, unsigned keep, char name[CHECKPOINT_NAME],
		    struct err *err)
{
	uint64_t now = changes_so_far(l);
	int r;

	name[0] = '\0';
	if (l->checked == now)
		return 0;
	checkpoint_name(name, "auto");
	r = layer_snapshot(l, name, err);
	if (r)
		return r;
	l->checked = now;
	return checkpoint_prune(l->session, keep, err);
}
