/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITLINKS_H
#define REVIEW_GITLINKS_H

#include "scan/policy.h"

/*
 * Tracked files that are hard links of protected ones: the view does not show them
 * (session/links.h), and so git may not, whatever their names say.
 *
 * The workspace is walked when the first tracked file with several names is met,
 * and never in most. Where that fails no such file is shown.
 */
struct gitlinks;

/* workspace is borrowed. NULL where there is no memory. */
struct gitlinks *gitlinks_new(int workspace, const struct policy *p);
void gitlinks_free(struct gitlinks *k);

/* Turns v, the verdict on path, into one that hides it where it is such a link. */
void gitlinks_ask(struct gitlinks *k, const char *path, struct verdict *v);

#endif
