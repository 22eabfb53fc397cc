/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LINKTEXT_H
#define SESSION_LINKTEXT_H

#include <stddef.h>

#include "util/buf.h"

/*
 * Symlinks by absolute path into the workspace: through the view they would lead
 * out of it, to the very files that it keeps back. So the view shows them with
 * its own path, and one that the agent makes with the view's path is kept with
 * the workspace's, which is what apply needs.
 */

/*
 * The length of the part of target that names the directory dir, an absolute
 * clean path, or something above what follows; 0 where target leads elsewhere.
 * "/./" and "//" in target are passed over.
 */
size_t link_prefix(const char *target, const char *dir);
/* Puts dir `to` in the place of dir `from`; either may be NULL: nothing is done. */
void link_move(struct buf *target, const char *from, const char *to);

#endif
