/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LINKS_H
#define SESSION_LINKS_H

#include "session/internal.h"

/*
 * Other names of protected files: a hard link is protected like its first name.
 */

struct links *links_new(void);
void links_free(struct links *k);
/* 1 where the inode with several names is a protected file's. */
int links_hidden(struct layer *l, const struct stat *st);

#endif
