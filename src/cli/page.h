/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdio.h>

#include "cli/changes.h"

/* The page of scrim diff --html: some changes, and what the agent was refused. */
struct page {
	const struct changes *c;
	const size_t *which;	/* of the deltas, in the order of the page */
	size_t n;
	long added, removed;	/* lines */
};

int page_write(const struct page *p, FILE *to, struct err *err);

#endif
