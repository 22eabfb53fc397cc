/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/snap.h"
#include "cli/use.h"
#include "session/checkpoint.h"
#include "session/restore.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/io.h"
#include "util/when.h"

static const char *at;

static const struct opt options[] = {
	OPT_STRING(0, "at", "TIME", &at,
		   "what it was then: the last snapshot until TIME"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_END,
};

/* What was there is kept, so that a restore can be taken back. */
static int restore_to(struct session *s, const char *name)
{
	struct err err = ERR_INIT;
	char before[CHECKPOINT_NAME];

	if (restore_is_pending(s->fd) && restore_finish(s->fd, &err))
		return out_err(&err);
	checkpoint_name(before, "before");
	if (snap_make(s, before, &err) || restore_begin(s, name, &err))
		return out_err(&err);
	printf("restored %s; what was there before is the snapshot %s\n", name,
	       before);
	return STATUS_DONE;
}

/* The name of the last snapshot that was made until then. */
static int find_at(const struct session *s, char **name, struct err *err)
{
	struct snapshot_list l = { NULL, 0 };
	char when[32];
	time_t then;
	int r = when_parse(at, time(NULL), &then, err);

	if (!r)
		r = snapshot_list(s, &l, err);
	for (size_t i = 0; i < l.n; i++) {
		if (l.at[i].when > then)
			break;
		free(*name);
		*name = strdup(l.at[i].name);
	}
	snapshot_list_release(&l);
	if (r || *name)
		return r;
	snap_time(then, when);
	return err_set(err, -ENOENT, "no snapshot is of %s or before; scrim log"
		       " shows those there are", when);
}

static int restore(int argc, char **argv)
{
	struct use u = { 0 };
	struct err err = ERR_INIT;
	char *name;
	int status, fd;

	if (!argc == !at)
		return out_usage("restore", "either NAME or --at TIME");
	name = argc ? strdup(argv[0]) : NULL;
	if (use_open(&u, USE_SESSION, &err) || session_lock(u.session, &err) ||
	    (at && find_at(u.session, &name, &err))) {
		status = out_err(&err);
	} else if (!name || snapshot_dir(u.session, name, &fd)) {
		status = out_fail("no snapshot %s; scrim snapshot --list shows"
				  " those there are", argv[0]);
	} else {
		io_close(&fd);
		status = restore_to(u.session, name);
	}
	free(name);
	use_close(&u);
	return status;
}

const struct command cmd_restore = {
	.name = "restore",
	.fn = restore,
	.args = "[NAME]",
	.summary = "make a session what it was at a snapshot",
	.about = "The session must not be mounted. Its present state is kept as"
		 " a snapshot of its own\nfirst.",
	.options = options,
	.group = GROUP_EACH,
	.min = 0,
	.max = 1,
};
