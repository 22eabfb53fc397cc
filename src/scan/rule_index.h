/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_RULE_INDEX_H
#define SCAN_RULE_INDEX_H

#include <stddef.h>

#include "scan/fold.h"
#include "scan/ruleset.h"

/*
 * Which path rules match a path, without asking all of them.
 *
 * A glob is filed under what each name that it matches must have: the whole
 * name, its extension, its first or its last bytes. For a path, only the globs
 * filed under its name are tried, and for the directories above it those that
 * protect all below. Never changes once made; used from any thread.
 */
struct rule_index;

/* One glob that matches. */
struct rule_match {
	const struct rule *rule;
	const char *glob;	/* as written */
	const char *except;	/* the exception that acquits it; or NULL */
	size_t number;		/* of the rule, in the ruleset */
	size_t depth;		/* so many components of the path match */
	/*
	 * Set where it is not the path's name that matches but the one that it
	 * is a by-product of (scan/byproduct.h); folded, not NUL-ended.
	 */
	const char *taken_for;
	size_t taken_len;
	int opaque;
};

typedef void (*rule_match_fn)(void *payload, const struct rule_match *m);

/* Of all rules of that kind that are not disabled. rules must outlive it. */
int rule_index_new(struct rule_index **out, const struct ruleset *rules,
		   enum rule_kind kind, struct err *err);
void rule_index_free(struct rule_index *ix);

/*
 * Calls fn for each glob that matches the first n components of f; one rule may
 * come several times. 0 or -ENOMEM.
 */
int rule_index_find(const struct rule_index *ix, const struct folded *f,
		    size_t n, rule_match_fn fn, void *payload);

/*
 * The same for all of them, one after the other: the first component, the first
 * two and so on to the whole path. In one pass, so that a deep path costs no
 * more than its length.
 */
int rule_index_walk(const struct rule_index *ix, const struct folded *f,
		    rule_match_fn fn, void *payload);

#endif
