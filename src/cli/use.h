/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_USE_H
#define CLI_USE_H

#include "util/err.h"

struct layer;
struct mountopt;
struct policy;
struct session;

/*
 * The session that a command works on (--session, --state-dir, else the newest
 * of the workspace that holds the current directory), with the policy that it
 * was mounted with and its tree:
 *
 *	struct use u = { 0 };
 *
 *	if (use_open(&u, USE_LAYER, &err)) { status = out_err(&err); goto out; }
 *	...
 * out:
 *	use_close(&u);
 *
 * In a failed use_open nothing is left open but what use_close, which may be
 * called always, closes.
 */
struct use {
	struct session *session;
	struct policy *policy;	/* NULL without USE_POLICY or USE_LAYER */
	int own_rules;		/* the policy is not of the shipped rules */
	struct layer *layer;	/* NULL without USE_LAYER */
};

enum use_flags {
	USE_SESSION = 0,
	USE_POLICY = 1 << 0,
	USE_LAYER = 1 << 1,	/* to be read; the session may be mounted */
	USE_LOCK = 1 << 2,	/* with USE_LAYER: to be written too */
};

int use_open(struct use *u, int flags, struct err *err);
/* The same for the session of this id or name. */
int use_open_session(struct use *u, const char *session, int flags,
		     struct err *err);
/* The policy of the open session's last mount, into u. */
int use_policy_of(struct use *u, struct err *err);
void use_close(struct use *u);

/* The policy of a view of workspace (a directory) made with these options. */
int use_policy(const struct mountopt *m, const char *workspace,
	       struct policy **out, struct err *err);

#endif
