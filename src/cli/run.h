/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/mountopt.h"
#include "cli/run_view.h"
#include "sandbox/limits.h"
#include "sandbox/profile.h"
#include "sandbox/sandbox.h"
#include "sandbox/scratch.h"
#include "util/err.h"

/*
 * One run: views, a sandbox on them, and the command in it. cmd_run.c fills in
 * what the user says (the first part), then:
 *
 *	run_prepare	looks at all of it; nothing is made yet
 *	run_print	(--print) and no more, or
 *	run_start	mounts, runs, unmounts; *status is the command's
 *	run_release
 */
struct run {
	/* what was said */
	struct mountopt mount;
	struct run_view *views;
	size_t n_views;
	const char *const *profiles;	/* ended by NULL; or NULL */
	const char *const *env;		/* the same */
	const char *net;		/* of --net, or NULL */
	struct limits limits;
	int ephemeral, quiet;
	unsigned long long session_size;	/* of an ephemeral one */
	struct sandbox_options sandbox;	/* also_ro, ca, tmp_size, allow */
	char **command;
	/* what follows from it */
	struct profile profile;
	struct strlist prefix, init_options;
	struct sandbox_view *shown;
	struct scratch scratch;
	char *home, *user, *chdir, *init, *proxy, *state_dir, *keep_dir;
	char *limits_how;		/* or NULL */
};

int run_prepare(struct run *r, struct err *err);
int run_print(struct run *r, struct err *err);
int run_start(struct run *r, int *status, struct err *err);
void run_release(struct run *r);

/* The workspaces of the session, where it is of several; *found how many. */
int run_add_parts(struct run *r, const char *session, size_t *found,
		  struct err *err);
/* "DIR", "DIR:ro", "DIR:rw": appends one view. */
int run_add_workspace(struct run *r, const char *word, const char *at,
		      struct err *err);

#endif
