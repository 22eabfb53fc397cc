/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_GITNEWS_H
#define SESSION_GITNEWS_H

#include "session/internal.h"

/*
 * Git's objects that came after the repositories were looked through
 * (session/gitguard.h): they are left out of the view, and somebody is told, who
 * has them looked at (layer_on_git and layer_git_looked in session/below.h).
 */

/* 1 where st, at origin in dir, is new. Called without the layer's lock. */
int gitnews_is_new(struct layer *l, struct node *dir, const char *origin,
		   const struct stat *st);
/* Something of git's objects was left out of dir. */
void gitnews_left_out_locked(struct layer *l, const struct node *dir);

#endif
