/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_RUN_VIEW_H
#define CLI_RUN_VIEW_H

#include <sys/types.h>

#include "cli/begin.h"
#include "util/err.h"

/*
 * A view that lives as long as a run: a session, and its daemon on a mount point
 * of its own, in a directory that nobody else may enter.
 *
 *	run_view_prepare for each workspace
 *	run_keeper_start for all of them
 *	run_view_mount for each
 *	... the sandbox runs ...
 *	run_view_unmount for each, run_keeper_stop
 *
 * The keeper is a small process that unmounts the views where scrim itself was
 * killed: what was written is in the session, and the session free again. So it is
 * there before the first view is, and while one is on its way to be mounted, that
 * daemon-to-be counts as scrim.
 */
struct run_view {
	char *workspace;	/* real path */
	char *dest;		/* where the command sees it */
	int ro;
	char *session;		/* to go on with; NULL for m->session */
	struct begin begin;
	char *parent;		/* a directory of mode 0700 */
	char *mountpoint;	/* parent "/view" */
	int keeper;		/* the keeper's pipe, borrowed; or -1 */
	int mounted;
};

#define RUN_VIEW_INIT { .begin = BEGIN_INIT, .keeper = -1 }

/* workspace and dest are set; session and mount point are made. */
int run_view_prepare(struct run_view *v, const struct mountopt *m,
		     struct err *err);
int run_view_mount(struct run_view *v, struct err *err);

int run_view_unmount(struct run_view *v, struct err *err);
/*
 * Takes the session away again, if it was made for this and nothing ran, and the
 * mount point of what is not mounted.
 */
void run_view_undo(struct run_view *v);
void run_view_release(struct run_view *v);

struct run_keeper {
	pid_t pid;		/* -1: none */
	int pipe;
};

#define RUN_KEEPER_INIT { -1, -1 }

int run_keeper_start(struct run_keeper *k, struct run_view *views, size_t n,
		     struct err *err);
void run_keeper_stop(struct run_keeper *k);

#endif
