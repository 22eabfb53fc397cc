/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LINKS_H
#define SESSION_LINKS_H

#include "session/internal.h"

/*
 * Other names of protected files: a hard link is protected like its first name,
 * and goes on to be when that name is gone: an editor that saves by rename leaves
 * the old secret to the other names alone. A file that had a protected name when
 * the workspace was last walked is protected under every later one too.
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
 * The strictest verdict on any name of the regular file that asks for masks or
 * more, and the workspace's path that it is of, appended to origin (may be NULL);
 * ACTION_SHOW where none does. The file is at name in dirfd, or, with "", dirfd
 * itself. 0, or a negative errno (-ESTALE: the file changed meanwhile) where its other
 * names could not be told: then the verdict is to hide it, and is not to be kept.
 */
int links_verdict(struct layer *l, const struct stat *st, int dirfd,
		  const char *name, struct verdict *out, struct buf *origin);
/* 0 where no file of that number is known to be protected. */
int links_may_be(struct layer *l, uint64_t ino);

#endif
