/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_PROFILE_H
#define SANDBOX_PROFILE_H

#include "util/err.h"
#include "util/strlist.h"

/*
 * Profiles: what a kind of program needs inside a sandbox besides the workspace.
 *
 * A profile NAME is the file NAME.ini in the user's directory, else in the
 * shipped one; it may extend others, whose settings come first. Lists gather,
 * and of two networks the wider one holds. Formats: scrim-rules(5).
 *
 * Start with PROFILE_INIT, gather with profile_add once per name, end with
 * profile_release.
 */
enum profile_net {
	PROFILE_NET_NONE,	/* no interface but the loopback */
	PROFILE_NET_HOST,
};

struct profile {
	char *description;	/* of the one added last */
	enum profile_net net;
	int allow;		/* enum seccomp_allow */
	struct strlist names;	/* all that were added, extended ones too */
	/*
	 * Absolute paths: files and directories to show read-only; directories
	 * that live in the session, writable, from one run to the next (keep);
	 * and what these begin with: copies of from[i], if there is such a
	 * thing, as to[i], which lies in one of keep.
	 */
	struct strlist ro, keep, from, to;
	/* names of variables, with '*' at the end or not */
	struct strlist pass;	/* handed in unless a rule calls it a secret */
	struct strlist secret;	/* handed in though it is one: its own key */
	struct strlist set;	/* NAME=VALUE */
};

#define PROFILE_INIT { NULL, PROFILE_NET_NONE, 0, STRLIST_INIT, STRLIST_INIT, \
	STRLIST_INIT, STRLIST_INIT, STRLIST_INIT, STRLIST_INIT, STRLIST_INIT, \
	STRLIST_INIT }

struct profile_dirs {
	const char *user;	/* or NULL */
	const char *shipped;
	const char *home;	/* what "~/" in a profile stands for; or NULL */
};

/* -ENOENT with the names that there are; -EINVAL with file:line. */
int profile_add(struct profile *p, const struct profile_dirs *dirs,
		const char *name, struct err *err);
void profile_release(struct profile *p);

/*
 * The name of the profile that lists command (a base name) among its commands;
 * "generic" where none does. *name is a heap string.
 */
int profile_for_command(const struct profile_dirs *dirs, const char *command,
			char **name, struct err *err);

/* The names of all profiles, sorted. */
int profile_list(const struct profile_dirs *dirs, struct strlist *out);

#endif
