/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_VIEW_H
#define SESSION_VIEW_H

#include "session/internal.h"

/*
 * The verdict on one version of a file's content: all of it, with masks, or not
 * at all. It is asked at each read and kept until the version changes.
 */

/*
 * Verdicts of earlier mounts are used from here on: a file that did not change,
 * and in which nothing was to be masked, is not scanned again (scan/cache.h).
 */
void view_open_cache(struct layer *l);
/*
 * May the version st of n's lower content, open at fd, be shown, and with which
 * masks? 0 with *out (NULL: all of it as it is), to be given back with view_put;
 * -EACCES where it may not, -ESTALE where the file is not at any place that n is
 * known to have in the workspace; called without the lock.
 */
int view_get(struct layer *l, const struct who *w, struct node *n, int fd,
	     const struct stat *st, struct view **out);
const struct mask_list *view_masks(const struct view *v);
/*
 * 0, or -ESTALE where the file at fd, which is n's, was moved in the workspace to
 * where n is not known to be.
 */
int view_check_place(struct layer *l, struct node *n, int fd);
void view_put(struct layer *l, struct view *v);
void view_drop(struct layer *l, struct node *n);
/* 1 where no secret is found in an attribute's value; there are no masks for it. */
int view_shows_value(struct layer *l, const struct buf *value);
/*
 * Where nothing is at a name whose verdict needs the content's word: takes the
 * time that a small file would, so that it does not tell of one that is hidden.
 */
void view_confirm_absent(struct layer *l, const struct who *w,
			 const struct verdict *v, const char *origin);

#endif
