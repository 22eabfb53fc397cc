/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_GROUP_H
#define CLI_GROUP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cmd.h"

/*
 * Commands on a session of several workspaces (session/group.h). main calls
 * group_command in place of the command's function; where the session is of one
 * workspace, or the operands lie in one, that is all it does. Else it calls the
 * function for each workspace, with opt_common.session the part's id and
 * opt_common.part what follows, and puts JSON's objects into one array, null
 * where there is none since the command failed.
 *
 * A command of GROUP_TOGETHER is called twice for each workspace. At
 * PART_REHEARSE it changes nothing: it prints its plan, asks what is to be asked
 * of a part, fills n, ask and allow, and fails where it would. Where all can,
 * one question is asked for all; at PART_DO it acts, without another, sets done,
 * and job where there is one to take back. Where none may be done after all, and
 * JSON was asked for, it is called with PART_REFUSED to print that.
 */
enum part_step { PART_PLAIN, PART_REHEARSE, PART_REFUSED, PART_DO };

struct part {
	const char *workspace;
	enum part_step step;
	size_t n;		/* changes that would be made */
	int ask;		/* and whether to ask for them */
	unsigned allow;		/* classes of danger that were allowed */
	uint64_t together;	/* for struct where */
	int json;		/* an object was printed; the command sets it */
	int done;
	uint32_t job;		/* or 0 */
};

int group_command(const struct command *c, int argc, char **argv);

/* "# WORKSPACE", before what a command prints of a part; nothing else. */
void group_heading(FILE *f);

#endif
