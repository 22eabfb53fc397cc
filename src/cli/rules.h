/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "scan/policy.h"

/*
 * What the subcommands of "scrim rules" share: the policy, and the workspace
 * that it is for.
 */
struct rules_use {
	struct policy *policy;
	char *workspace;	/* absolute, without symlinks */
	int fd;			/* of it */
};

/* "rules explain": prints why each path is shown or not. An enum status. */
int rules_explain(const struct rules_use *u, int argc, char **argv);

#endif
