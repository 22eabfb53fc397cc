/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_SCAN_RUN_H
#define CLI_SCAN_RUN_H

#include <time.h>

#include "cli/out.h"
#include "cli/scan_out.h"
#include "scan/baseline.h"
#include "scan/tree.h"

/*
 * What scrim scan does with what is found, wherever that came from: files,
 * standard input or git history.
 */
struct scan_run {
	/* what was asked for */
	const struct scan_format *format;
	enum severity severity;
	enum confidence confidence;
	int show_secrets, print_masks, trust_comments;
	int threads;
	const char *taint;		/* as struct policy_sources has it */

	/* made by scan_run_open */
	struct policy *policy;
	struct cache *cache;
	struct baseline *known, *made;	/* --baseline, --write-baseline */

	/* how far it is */
	const char *prefix;		/* of paths, as the operand says */
	const char *shown_as;		/* an operand that is a file; or NULL */
	size_t findings, incomplete;
	size_t only_by_name;		/* not shown, for their content is clean */
	struct buf one_by_name;		/* the first of them */
	struct buf why;			/* the first incomplete ones */
	struct timespec started, shown;
	int to_terminal;	/* progress can be shown */
	int bar;			/* a progress line is on the terminal */
};

struct scan_origin {
	const char *commit, *author, *date;
};

/* Loads the rules; workspace_fd is for .scrim.ini, or -1. */
int scan_run_open(struct scan_run *r, int workspace_fd, int use_cache,
		  struct err *err);
void scan_run_close(struct scan_run *r);

/* A finding in path (below the prefix), as the format shows it. */
void scan_run_item(struct scan_run *r, const char *path,
		   const struct finding *f, const struct scan_origin *from);
/* The same of a rule of paths. */
void scan_run_by_path(struct scan_run *r, const char *path,
		      const struct rule *rule, const struct scan_origin *from);
/*
 * The same where the content was looked at and holds no secret: a finding of
 * low confidence; where those are left out, the end of the run tells of them.
 */
void scan_run_only_by_name(struct scan_run *r, const char *path,
			   const struct rule *rule);
/* Something was not read or not judged whole. */
void scan_run_incomplete(struct scan_run *r, const char *path,
			 const char *what);

/* The template for tree_scan. */
void scan_run_tree(struct scan_run *r, struct tree_scan *t);

/*
 * A line on the terminal after the first second; at most ten times a second.
 * total is 0 where it is not known how much there is.
 */
void scan_run_progress(struct scan_run *r, unsigned long long done,
		       unsigned long long total, unsigned long long bytes,
		       const char *unit);

/* Ends the output; returns the status to leave with. */
int scan_run_end(struct scan_run *r);

#endif
