/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_MNTWORDS_H
#define FS_MNTWORDS_H

#include "session/content.h"
#include "util/buf.h"

/*
 * What the words after -o mean to the daemon itself. The kernel leaves access
 * times to whoever serves a FUSE file system, so relatime, strictatime, diratime
 * and their opposites are done here, and not passed on: older versions of libfuse
 * and fusermount3 do not know them.
 *
 * libfuse wants the same max_read from the mount and from the answer to INIT, or
 * it ends; that is why it is read here, too.
 *
 * As everywhere, a later word overrides an earlier one. A read-only mount keeps
 * no access times.
 */
struct mntwords {
	int devices;			/* dev */
	enum layer_atime files, dirs;
	unsigned max_read;		/* max_read=, or 0 */
	struct buf fuse;		/* what is for libfuse */
};

#define MNTWORDS_INIT { 0, ATIME_RELATIVE, ATIME_RELATIVE, 0, BUF_INIT }

/* Separated by commas, which a backslash takes their meaning. Or -ENOMEM. */
int mntwords_read(struct mntwords *w, const char *options);
void mntwords_release(struct mntwords *w);

#endif
