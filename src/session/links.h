/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LINKS_H
#define SESSION_LINKS_H

#include "session/internal.h"

/*
 * Other names of protected files: a hard link is protected like its first name,
 * and goes on to be when that name is gone: an editor that saves by rename leaves
 * the old secret to the other names alone.
 */

struct links *links_new(void);
void links_free(struct links *k);
/*
 * Begins to look for them in a thread of its own, so that those are known that
 * were there at the mount; without it they are looked for when the first file
 * with several names is met.
 */
void links_start(struct layer *l);
/*
 * 1 where the regular file is a protected one by another name. It is at name in
 * dirfd, or, with "", dirfd itself.
 */
int links_hidden(struct layer *l, const struct stat *st, int dirfd,
		 const char *name);

#endif
