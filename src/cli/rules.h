/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "scan/policy.h"
#include "util/json.h"

/*
 * What the subcommands of "scrim rules" share: the policy, and the workspace
 * that it is for.
 */
struct rules_use {
	struct policy *policy;
	char *workspace;	/* absolute, without symlinks */
	int fd;			/* of it */
	struct layer *layer;	/* with --session; else NULL */
	char *mountpoint;	/* of that session; NULL where it is not mounted */
	const char *output;	/* of import; NULL for standard output */
};

/*
 * What the content of a file that may be seen says: a line, or with to an
 * object in that array, for each mask that would be put over it. v then says
 * ACTION_MASK. A negative errno where a view could not judge it and so would
 * not open it.
 */
int rules_content(const struct rules_use *u, const char *path, int fd,
		  struct verdict *v, json_t *to);

/* "rules explain": prints why each path is shown or not. An enum status. */
int rules_explain(const struct rules_use *u, int argc, char **argv);

/*
 * "rules import": makes rules of ours from a configuration of gitleaks. Status 1
 * where something of it could not be said in ours.
 */
int rules_import(const struct rules_use *u, int argc, char **argv);

#endif
