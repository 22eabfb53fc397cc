/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_BEGIN_H
#define CLI_BEGIN_H

#include "cli/mountopt.h"
#include "util/err.h"

struct policy;
struct session;

/*
 * The way to a view, for scrim mount, scrim run and mount.scrim:
 *
 *	begin_open	the workspace, the rules, and with session= the session
 *	...		the caller's own checks (preflight.h)
 *	begin_commit	makes the session, or notes the options in the old one
 *	...		mount_serve
 *	begin_close	always
 *
 * Until begin_commit nothing is changed on disk, so every refusal comes before.
 * A caller whose mount fails after it calls begin_undo.
 */
struct begin {
	struct mountopt opt;	/* all that holds: the session's, then the caller's */
	char *workspace;	/* real path */
	struct session *session;/* with the lock held; NULL for a new one till
				   begin_commit */
	struct policy *policy;
	/*
	 * Of a session of several workspaces (session/group.h), set by the
	 * caller: the id of its first part, or "" in that one itself.
	 */
	const char *group;
	int ro;			/* noted in a new session: not to be written */
	int is_new;		/* the session was made by begin_commit */
	struct buf git;		/* what begin_commit settled of git; a line */
};

#define BEGIN_INIT { .opt = MOUNTOPT_INIT, .git = BUF_INIT }

enum begin_flags {
	/* A session= that there is not is made, with that name (for fstab). */
	BEGIN_MAKE_SESSION = 1 << 0,
};

/*
 * workspace may be NULL with m->session; given with it, it must be the
 * session's. m stays the caller's.
 */
int begin_open(struct begin *b, const struct mountopt *m, const char *workspace,
	       int flags, struct err *err);
int begin_commit(struct begin *b, struct err *err);
/* Takes a session away that begin_commit made and nothing was done with. */
void begin_undo(struct begin *b);
void begin_close(struct begin *b);

#endif
