/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include "session/delta.h"
#include "util/err.h"

/*
 * Changing a session whose view is mounted: the daemon holds it, so what is
 * looked at is a snapshot that the daemon makes (sealed: the agent cannot change
 * what is being looked at), and what is settled or dropped is told to the daemon,
 * which keeps whatever the agent wrote since as a new change.
 *
 * live_open; layer_open on live->sealed; live_settle and live_drop; live_close,
 * which removes the snapshot.
 */
struct session;

struct live {
	struct session *session;	/* borrowed; NULL: not in use */
	struct session *sealed;		/* the snapshot */
	char name[64];			/* of the snapshot */
};

/*
 * -EBUSY where another command is at it: one changes a session at a time. The
 * lock is on s->fd and goes with it.
 */
int live_open(struct live *v, struct session *s, struct err *err);
void live_close(struct live *v);
/* Other commands may work on the session; the snapshot stays until live_close. */
int live_let_go(struct live *v, struct err *err);

/*
 * list is the one the paths come from: what was seen is told with them. NULL:
 * what was applied is a part, and the rest stays.
 */
int live_settle(struct live *v, const struct delta_list *list,
		const char *const *paths, size_t n, struct err *err);
/* The file at path, which was seen as d has it, gets the content text. */
struct buf;
int live_rewrite(struct live *v, const struct delta *d, const struct buf *text,
		 struct err *err);
int live_drop(struct live *v, const char *const *paths, size_t n,
	      struct err *err);

#endif
