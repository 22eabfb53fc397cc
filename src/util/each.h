/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_EACH_H
#define UTIL_EACH_H

#include <stddef.h>

#include "util/err.h"

/*
 * The same work on many things that do not depend on each other, by several
 * threads where there are enough of them for it to pay.
 *
 * Things are taken in pieces of EACH_PIECE, in rising order, so what belongs
 * together should lie together. After a failure no further piece is begun; the
 * failure told is that of the first thing among those that failed. What else was
 * done by then is not told: whoever cares must be able to see it.
 */
#define EACH_PIECE 32

typedef int (*each_fn)(void *payload, size_t i, struct err *err);

/*
 * Calls fn for 0 to n - 1. threads is how many at most, this one included; 0: as
 * many as there are processors, and only this one for fewer than 512 things.
 * err, which may be NULL, is that of the failed call; *failed, too, is its i.
 */
int each_of(size_t n, int threads, each_fn fn, void *payload, size_t *failed,
	    struct err *err);

/* How many threads 0 stands for with that many things. */
int each_threads(size_t n);

#endif
