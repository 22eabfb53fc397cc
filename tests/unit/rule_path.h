/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_RULE_PATH_H
#define TESTS_RULE_PATH_H

#include <string.h>

#include "scan/ruleset.h"

/* Of a path-bound rule: a path that it is for. */
static inline void rule_path(const struct rule *r, char *out, size_t size)
{
	const char *glob = r->paths.n ? r->paths.at[0] : "a/file";
	size_t n = 0;

	if (!strncmp(glob, "**/", 3))
		glob += 3;
	for (; *glob && n + 2 < size; glob++)
		if (*glob == '*')
			out[n++] = 'x';
		else if (*glob != '\\')
			out[n++] = *glob;
	out[n] = '\0';
}

#endif
