/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/snap.h"

#include <errno.h>
#include <stdio.h>

#include "session/checkpoint.h"
#include "session/control.h"
#include "session/layer.h"
#include "session/session.h"
#include "session/snapshot.h"

/* The layer is only copied: what may be seen of it does not matter. */
static int make_unmounted(struct session *s, const char *name, struct err *err)
{
	struct layer *l;
	int r;

	r = session_lock(s, err);
	if (!r)
		r = layer_open(&l, s, NULL, LAYER_WRITE, err);
	if (r)
		return r;
	r = layer_snapshot(l, name, err);
	layer_close(l);
	return r;
}

int snap_checkpoint(struct session *s, unsigned keep, struct buf *name,
		    struct err *err)
{
	char own[CHECKPOINT_NAME], number[24];
	const char *args[] = { number };
	int r;

	if (session_is_mounted(s)) {
		snprintf(number, sizeof(number), "%u", keep);
		return control_call(s, CONTROL_CHECKPOINT, args, 1, name, err);
	}
	checkpoint_name(own, "auto");
	r = make_unmounted(s, own, err);
	if (!r)
		buf_addstr(name, own);
	return r ? r : checkpoint_prune(s, keep, err);
}

int snap_make(struct session *s, const char *name, struct err *err)
{
	const char *args[] = { name };

	if (!session_is_mounted(s))
		return make_unmounted(s, name, err);
	return control_call(s, CONTROL_SNAPSHOT, args, 1, NULL, err);
}

void snap_time(time_t when, char out[32])
{
	struct tm tm;

	localtime_r(&when, &tm);
	strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm);
}
