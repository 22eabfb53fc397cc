/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCAN_VALIDATE_H
#define SCAN_VALIDATE_H

#include <stddef.h>

/*
 * Checks that a pattern cannot make: checksums, structure of a key. Rules name
 * them (validate = ..., and confirm = @NAME in a path rule).
 */
struct validator {
	const char *name;
	/* 1 where the len bytes at s are what the name says, else 0. */
	int (*ok)(const char *s, size_t len);
	/*
	 * Where the validator can be asked about a whole file's first bytes,
	 * as confirm does; else it is about one secret.
	 */
	int whole;
};

/* NULL where there is none of that name. The table is static. */
const struct validator *validator_find(const char *name);

#endif
