/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <stddef.h>

#include "util/err.h"

struct archive;
struct layer;

/*
 * Puts what an archive holds into a session, as if an agent had written it in
 * the view: what is equal to what the view shows is no change.
 *
 *   IMPORT_TREE   the archive is all there is: what the view shows and the
 *                 archive lacks was deleted. But for what scrim export leaves
 *                 out: files that cannot be read in the view, and sockets.
 *   IMPORT_LAYER  the archive is what changed, as overlayfs and OCI have it:
 *                 whiteouts (device 0:0, .wh.NAME, an xattr) and opaque
 *                 directories (an xattr, .wh..wh..opq) delete.
 *
 * An archive is not trusted: a name that leads out of it, a whiteout's name that
 * is none, or a redirect of overlayfs fails the whole; owners and devices are
 * not taken over. Modes are, but for set-id bits that were not there.
 */
enum import_as { IMPORT_TREE, IMPORT_LAYER };

struct import_result {
	size_t entries;		/* of the archive */
	size_t left_out;	/* devices and sockets */
	size_t refused;		/* of what the rules let nobody write */
};

/*
 * prefix: a is of archive_read_disk(3) and reads this directory, which is cut off
 * the names; NULL for any other archive.
 */
int import_archive(struct layer *l, struct archive *a, const char *prefix,
		   enum import_as as, struct import_result *result,
		   struct err *err);

/* ---- for import.c alone: one object at a time (import_put.c) ---- */

struct archive_entry;
struct import_put;

int import_put_new(struct import_put **out, struct layer *l, struct err *err);
void import_put_free(struct import_put *p);
/* Makes path, clean, what e says; content is read from a. -ENODEV for a kind
 * of object that is not taken over, -EACCES for what the rules let nobody write;
 * err is not set for either. */
int import_put_entry(struct import_put *p, struct archive *a,
		     struct archive_entry *e, const char *path,
		     struct err *err);
/* Removes path and all below it, if it is there. */
int import_put_remove(struct import_put *p, const char *path, struct err *err);
/*
 * Removes what is visible below the directory dir and not in seen, sorted by
 * bytes; what could not have been exported stays.
 */
struct strlist;
int import_put_prune(struct import_put *p, const char *dir,
		     const struct strlist *seen, struct err *err);

#endif
