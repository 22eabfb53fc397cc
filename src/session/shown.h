/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_SHOWN_H
#define SESSION_SHOWN_H

#include "scan/mask.h"
#include "util/buf.h"
#include "util/strlist.h"

/*
 * Which of the workspace's files the agent was shown with short masks. Those do
 * not tell by themselves whose they are, so a copy of such a file is known by
 * comparing. Paths alone are kept, in a file of the session's directory, once
 * each; what is beyond SHOWN_MAX is not.
 */
struct layer;
struct shown;
#define SHOWN_FILE "short-masks"
#define SHOWN_MAX 4096

/* NULL where there is no memory. */
struct shown *shown_new(int session_fd);
void shown_free(struct shown *s);

/* From any thread; s may be NULL. Failures are not told: a note is lost. */
void shown_note(struct shown *s, const char *path);

/* What was noted of the layer's session; none where nothing was. */
int shown_list(const struct layer *l, struct strlist *out);

/*
 * The workspace's file at path as it is shown now, in text, and its masks, to be
 * released. -ENODATA where no short mask is in it (any more).
 */
int shown_read(struct layer *l, const char *path, size_t limit,
	       struct buf *text, struct mask_list *masks);

#endif
