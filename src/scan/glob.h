/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_GLOB_H
#define SCAN_GLOB_H

#include <stddef.h>

#include "scan/fold.h"
#include "util/err.h"

/*
 * Globs of paths, as in a .gitignore:
 *
 *	*	any characters within a component
 *	?	one character of a component
 *	[a-z]	one of these; [!a-z] or [^a-z]: none of these
 *	\x	the character x itself
 *	**	as a whole component: any number of components, none too
 *	/	a glob with a slash before its end begins at the root of the
 *		workspace; one without is looked for at every depth
 *	/ at the end, with or without two stars after it: the entry itself and
 *		all that lies below it
 *
 * Unlike git's there is no "!". Both glob and path are folded (scan/fold.h), so
 * that case does not count. Matching takes at most the product of both lengths,
 * whatever the glob: there is nothing to stall.
 */
struct glob;

/* -EINVAL with what is wrong in err, -ENOMEM. */
int glob_new(struct glob **out, const char *glob, struct err *err);
void glob_free(struct glob *g);

/*
 * 1 where the first n components of f match; for a glob that ends in a slash (or
 * slash and two stars), also where they lie below what matches.
 */
int glob_match(const struct glob *g, const struct folded *f, size_t n);
/* The same, but 0 where they only lie below what matches. */
int glob_match_whole(const struct glob *g, const struct folded *f, size_t n);

/*
 * For many n of one path: a glob with two stars in the middle has a tail after
 * the last of them, of glob_split components (0 for all other globs). It matches
 * n components whole where the tail matches at their end, and the head matches
 * some m, of at most n - glob_split.
 */
size_t glob_split(const struct glob *g);
int glob_match_tail(const struct glob *g, const struct folded *f, size_t n);
int glob_match_head(const struct glob *g, const struct folded *f, size_t m);

/* 1 where the glob ends in a slash, or in slash and two stars. */
int glob_is_below(const struct glob *g);

/*
 * What each matching name (last component of the glob) must begin and end
 * with, folded; the whole name where it has no wildcard. Borrowed.
 */
struct glob_hint {
	const char *prefix, *suffix;
	size_t prefix_len, suffix_len;
	int whole;	/* prefix is the whole name */
};
void glob_hint(const struct glob *g, struct glob_hint *out);

/* The same matching for a single name, such as an environment variable's. */
int glob_match_name(const struct glob *g, const char *name);

#endif
