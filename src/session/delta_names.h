/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DELTA_NAMES_H
#define SESSION_DELTA_NAMES_H

#include <stddef.h>

/*
 * A set of names that a walk over two directories has to look at: gathered,
 * sorted by their bytes, each there once. {0} is an empty one.
 */
struct layer;
struct node;

struct names {
	char **at;
	size_t n, cap;
};

/* All visible entries of dir but "." and "..". */
int names_add_listing(struct names *names, struct layer *l, struct node *dir);
/* Those that the session has entries for, whiteouts too. */
int names_add_overrides(struct names *names, const struct node *dir);
void names_sort(struct names *names);
void names_release(struct names *names);

#endif
