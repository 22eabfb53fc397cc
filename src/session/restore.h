/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_RESTORE_H
#define SESSION_RESTORE_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "util/err.h"

/*
 * What can be done with snapshots (session/snapshot.h) of a session that is not
 * mounted: list them, go back to one, go on from one in another session.
 */
struct session;

struct snapshot {
	char *name;
	time_t when;
	off_t bytes;		/* of content, shared or not */
	size_t files;
};

struct snapshot_list {
	struct snapshot *at;	/* oldest first */
	size_t n;
};

int snapshot_list(const struct session *s, struct snapshot_list *out,
		  struct err *err);
void snapshot_list_release(struct snapshot_list *l);

/*
 * Makes the session what it was at the snapshot. The lock must be held and no
 * layer be open. The file "restoring" says that one is under way: a crash in the
 * middle is finished by restore_finish, which layer_open calls.
 */
int restore_begin(const struct session *s, const char *name, struct err *err);
/* 0 where there is nothing to finish. */
int restore_finish(int session_fd, struct err *err);
/* 1 where a restore was cut short: the session cannot be read as it is. */
int restore_is_pending(int session_fd);

/*
 * A new session of the same workspace, in the state of a snapshot of s; with its
 * lock held. name may be NULL. Content files are shared until one side writes.
 */
int session_fork(struct session **out, const struct session *s,
		 const char *snapshot, const char *state_dir, const char *name,
		 struct err *err);

#endif
