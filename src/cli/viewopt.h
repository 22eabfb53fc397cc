/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_VIEWOPT_H
#define CLI_VIEWOPT_H

#include "cli/mountopt.h"
#include "cli/opt.h"

/*
 * The options by which a command line says what a view shows, of all commands
 * that make one: OPT_VIEW in their option arrays, then viewopt_gather.
 */
struct viewopt {
	const char *name, *git, *taint, *max_size, *max_files;
	const char *checkpoint, *keep;
	struct opt_list show, mask, hide;
};

extern struct viewopt viewopt;

#define OPT_VIEW_NAME OPT_STRING('n', "name", "NAME", &viewopt.name, \
	"name the new session")
#define OPT_VIEW \
	OPT_LIST(0, "show", "GLOB", &viewopt.show, \
		 "show what a rule would keep back"), \
	OPT_LIST(0, "mask", "GLOB", &viewopt.mask, \
		 "show it with its secrets masked"), \
	OPT_LIST(0, "hide", "GLOB", &viewopt.hide, "hide it"), \
	OPT_CHOICE(0, "git", "auto|full|sanitized|none", &viewopt.git, \
		   "what to show of git's repository"), \
	OPT_CHOICE(0, "taint", "yes|no", &viewopt.taint, \
		   "mask copies of what is secret elsewhere")
/* Of those that make a session for an agent. */
#define OPT_KEEPING \
	OPT_STRING(0, "max-size", "SIZE", &viewopt.max_size, \
		   "how large the session may grow (0: no limit)"), \
	OPT_STRING(0, "max-files", "N", &viewopt.max_files, \
		   "how many names it may hold (0: no limit)"), \
	OPT_STRING(0, "checkpoint", "MINUTES", &viewopt.checkpoint, \
		   "make a snapshot so often, if something changed"), \
	OPT_STRING(0, "keep", "N", &viewopt.keep, \
		   "how many of those to keep (10)")

/* Adds them, --session, --state-dir and --rules to m. */
int viewopt_gather(struct mountopt *m, struct err *err);

#endif
