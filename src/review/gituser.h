/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REVIEW_GITUSER_H
#define REVIEW_GITUSER_H

#include "util/buf.h"

/*
 * A value of the user's own git configuration (system, XDG, global): never of a
 * repository, which an agent may have written to. -ENOENT where it is not set.
 */
int gituser_get(const char *key, struct buf *out);

#endif
