/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_ENVIRON_H
#define SANDBOX_ENVIRON_H

#include "util/strlist.h"

struct policy;
struct profile;

/*
 * The environment of a command in a sandbox.
 *
 * It is made from nothing: of the caller's variables come in the ones of a fixed
 * list and those that the profile passes, unless they lead to a socket, a
 * session or a loader of the caller's (another fixed list), or a rule calls them
 * a secret. The own keys of an agent, which its profile names, come in, but with
 * keys_outside only as a placeholder: then a proxy puts the key in. Then follow
 * what the sandbox sets itself, what the profile sets, and --env last.
 */
struct environ_options {
	const char *const *host;	/* NAME=VALUE, ended by NULL */
	const struct policy *policy;	/* NULL: no rule calls anything secret */
	const struct profile *profile;
	const char *const *extra;	/* --env NAME or NAME=VALUE; or NULL */
	const struct strlist *fixed;	/* NAME=VALUE of the sandbox itself */
	int keys_outside;
};

#define ENVIRON_PLACEHOLDER "injected-outside-by-the-proxy"

/*
 * Fills out with NAME=VALUE, one per name; kept_out (may be NULL) with the names
 * that were in the caller's environment and are not passed on. 0 or -ENOMEM.
 */
int environ_build(const struct environ_options *o, struct strlist *out,
		  struct strlist *kept_out);

/* 1 where name matches pattern, which may begin or end with '*'. */
int environ_matches(const char *pattern, const char *name, size_t len);

#endif
