/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DELTA_LINKS_H
#define SESSION_DELTA_LINKS_H

#include "session/delta_walk.h"

/*
 * Files of several names, among the changes. The list is sorted by path and its
 * renames are joined before; both keep it so.
 *
 * What was written to by one name of the workspace's is changed under each. The
 * names of which the session knows nothing are found by walking the workspace,
 * which is done only where such a file was changed.
 */
int delta_add_names(struct delta_walk *w);

/* Of all names of one file, one is the first; the others say which it is. */
int delta_join_links(struct layer *l, struct delta_list *list);

#endif
