/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_PLAN_CONTENT_H
#define REVIEW_PLAN_CONTENT_H

#include "review/plan.h"
#include "util/io.h"

/*
 * The parts of planning that only plan.c calls: the bytes to be written
 * (plan_content.c), what depends on what (plan_depend.c), and files of several
 * names (plan_links.c).
 */
#define PLAN_TEXT_MAX (64u << 20)	/* larger files are not held in memory */

struct plan_input {
	const struct source *s;
	const struct plan_opts *o;
	int ws;
	struct plan *plan;
	struct io_parent *last;	/* the directory that was last looked into */
};

/* Replaces verdict and reason; fmt NULL for no reason. 0 or -ENOMEM. */
int plan_set(struct plan_item *it, enum plan_verdict v, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* 1 where the workspace's object has the content of the agent's; else 0. */
int plan_same_content(const struct plan_input *in, const struct delta *d);

/*
 * Fills it->content where it is not the agent's own: chosen lines, masks undone,
 * merged. Turns the verdict into LEFT, CONFLICT or REFUSED where that fails.
 */
int plan_content(const struct plan_input *in, struct plan_item *it);

/*
 * Refuses a file with lines that the agent saw masked in another one, which it
 * has removed or replaced: their secrets would be lost; and a copy of one that it
 * left as it was.
 */
int plan_short(const struct plan_input *in, struct plan *p);

/* Joins the two ends of each rename. */
void plan_pair(struct plan *p);
/* Selects by paths, with the directories that the selected need. */
void plan_select(struct plan *p, const struct plan_opts *o);
/*
 * A file's names are selected together, wait for what is decided about its first
 * one (plan_links_check: whether all of them can follow), and then follow.
 */
void plan_links_select(struct plan *p);
int plan_links_check(const struct plan_input *in, struct plan *p);
int plan_links_follow(struct plan *p);
/* Leaves an item that is of a dangerous class. */
int plan_check_risk(const struct plan_opts *o, unsigned risk,
		    struct plan_item *it, const char *name);

/* Lets what cannot be done without something else share its fate. */
int plan_depend(const struct plan_input *in, struct plan *p);

#endif
