/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_PATTERN_H
#define SCAN_PATTERN_H

#include <stddef.h>

#include "util/err.h"

/*
 * Regular expressions: the one user of PCRE2.
 *
 * Subjects are bytes, not UTF-8: '.' is one byte but newline, \w is ASCII, and
 * (?i) folds ASCII. '^' and '$' match at every line, "\r\n" ends a line too.
 * Every search is bounded (PATTERN_LIMIT steps), so that no subject can stall
 * one: a search that runs out of steps says -ETIME, never "no match".
 *
 * A pattern never changes once it is made and may be used from any thread; each
 * thread brings a scratch of its own. JIT code is made at the first search, but
not where SCRIM_NO_JIT is set in the environment: valgrind takes JIT code, which
reads ahead, for broken.
 */
struct pattern;
struct pattern_scratch;

enum pattern_flags {
	PATTERN_NOCASE = 1 << 0,
	/*
	 * Compile at the first search: for rules that are known to compile, as
	 * start-up is to be fast. A pattern that then turns out to be broken
	 * makes its searches fail with -EINVAL.
	 */
	PATTERN_LAZY = 1 << 1,
};

#define PATTERN_LIMIT 200000
#define PATTERN_GROUPS 16

/* Bytes start to end of a subject; start is PATTERN_UNSET for an unused group. */
struct pattern_span {
	size_t start, end;
};
#define PATTERN_UNSET ((size_t)-1)

/* -EINVAL with PCRE2's message and the offset in err; -ENOMEM. */
int pattern_new(struct pattern **out, const char *regex, int flags,
		struct err *err);
void pattern_free(struct pattern *p);

/* Compiles a lazy one now; as pattern_new fails. */
int pattern_ready(const struct pattern *p, struct err *err);

/* How many groups it has: 0 for none. It is compiled for it if need be. */
int pattern_group_count(const struct pattern *p);

int pattern_scratch_new(struct pattern_scratch **out);
void pattern_scratch_free(struct pattern_scratch *m);

/*
 * The first match in s, of len bytes, that begins at or after from. 1 with the
 * spans of the match and its first n - 1 groups (n from 1 to PATTERN_GROUPS) in
 * at[], 0 where there is none, -ETIME where the bound was reached, or another
 * negative errno.
 */
int pattern_find(const struct pattern *p, struct pattern_scratch *m,
		 const char *s, size_t len, size_t from,
		 struct pattern_span *at, size_t n);

#endif
