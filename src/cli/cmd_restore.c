/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/snap.h"
#include "cli/use.h"
#include "session/restore.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/io.h"

static const struct opt options[] = {
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_END,
};

/* What was there is kept, so that a restore can be taken back. */
static int restore_to(struct session *s, const char *name)
{
	struct err err = ERR_INIT;
	char before[64];

	if (restore_is_pending(s->fd) && restore_finish(s->fd, &err))
		return out_err(&err);
	snap_name(before, sizeof(before), "before");
	if (snap_make(s, before, &err) || restore_begin(s, name, &err))
		return out_err(&err);
	printf("restored; what was there before is the snapshot %s\n", before);
	return STATUS_DONE;
}

static int restore(int argc, char **argv)
{
	struct use u = { 0 };
	struct err err = ERR_INIT;
	int status, fd;

	if (use_open(&u, USE_SESSION, &err) || session_lock(u.session, &err)) {
		status = out_err(&err);
	} else if (snapshot_dir(u.session, argv[0], &fd)) {
		status = out_fail("no snapshot %s; scrim snapshot --list shows"
				  " those there are", argv[0]);
	} else {
		io_close(&fd);
		status = restore_to(u.session, argv[0]);
	}
	use_close(&u);
	return status;
}

const struct command cmd_restore = {
	.name = "restore",
	.fn = restore,
	.args = "NAME",
	.summary = "make a session what it was at a snapshot",
	.about = "The session must not be mounted. Its present state is kept as"
		 " a snapshot of its own\nfirst.",
	.options = options,
	.group = GROUP_EACH,
	.min = 1,
	.max = 1,
};
