/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_WHEN_H
#define UTIL_WHEN_H

#include <time.h>

#include "util/err.h"

/*
 * Times and durations as people type them. A duration is a whole number and one
 * of s, m, h, d and w; a number alone counts in unit seconds each.
 */
int when_duration(const char *text, long unit, long *seconds, struct err *err);

/*
 * "2026-01-31 23:59", the same with 'T' between or seconds behind, "23:59" (today,
 * or yesterday where that is still to come), "@SECONDS" since 1970, or a duration
 * with its letter, which is so long before now. Local time.
 */
int when_parse(const char *text, time_t now, time_t *out, struct err *err);

#endif
