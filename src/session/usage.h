/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_USAGE_H
#define SESSION_USAGE_H

#include <stdint.h>
#include <time.h>

#include "util/err.h"

/*
 * What a session takes on the disk, with snapshots, undo and all: blocks, of
 * which a file with several names gives each its share, so that what two sessions
 * have in common counts once.
 */
struct session;

struct usage {
	uint64_t bytes;
	time_t last;		/* when something in it was last written */
};

int usage_of(const struct session *s, struct usage *out, struct err *err);

#endif
