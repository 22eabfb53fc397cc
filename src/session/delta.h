/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_DELTA_H
#define SESSION_DELTA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/err.h"

/*
 * The difference between a session's view and its workspace, as a flat list of
 * changes of single objects, in the order of their paths' bytes. What review
 * shows and what apply plans is made from this list and from nothing else.
 *
 *   - A change is about one path. A deleted or renamed directory comes with one
 *     change for each visible entry below it; hidden entries are on no list.
 *   - What was renamed comes twice: as R at its new path, and at its origin as D
 *     (or as what is there now: M, T).
 *   - Only what the session did is listed: an entry that the user changed in
 *     the workspace and the agent never touched is not a change.
 *   - Content is read through delta_open_new and delta_open_base only.
 *
 * Calling order: delta_list, any number of the others, delta_list_release. The
 * layer must stay open meanwhile (its nodes in the list stay until it closes); a
 * mounted session goes on changing, so review lists a sealed copy.
 */
struct layer;
struct mask_list;
struct node;

enum delta_kind {
	DELTA_ADD = 'A',	/* nothing visible was at path */
	DELTA_DELETE = 'D',
	DELTA_MODIFY = 'M',	/* same type: content, mode, link target... */
	DELTA_TYPE = 'T',	/* another type of object */
	DELTA_RENAME = 'R',	/* as ADD, and origin says where it was */
};

enum delta_flags {
	DELTA_CONTENT = 1 << 0,	/* content or link target may differ */
	DELTA_MODE = 1 << 1,	/* permission bits differ */
	DELTA_OWNER = 1 << 2,	/* uid or gid differ */
	DELTA_XATTR = 1 << 3,	/* user.* attributes were set or removed */
	DELTA_TIMES = 1 << 4,	/* only times were set */
	/*
	 * The workspace's object is not the one the agent changed: at that time
	 * base held, now holds now. Apply must merge or refuse.
	 */
	DELTA_BASE_MOVED = 1 << 5,
	DELTA_MASKED = 1 << 6,	/* the agent saw the base with masks */
	DELTA_SHADOW = 1 << 7,	/* a protected entry of the workspace is here */
	DELTA_KEEPS = 1 << 8,	/* D of a directory with protected entries in it */
	DELTA_HARDLINK = 1 << 9,/* link_to is another name of this file */
	DELTA_LINK_BELOW = 1 << 10,/* and that of an unchanged workspace's file */
	DELTA_REPLACED = 1 << 11,/* another object was put in the base's place */
	/*
	 * The agent changed the file by another name, link_to: this one is not
	 * shown by itself, and goes where that goes.
	 */
	DELTA_ALSO = 1 << 12,
	DELTA_GUARDED = 1 << 13,/* of an ALSO: a rule makes this name read-only */
};

struct delta {
	enum delta_kind kind;
	unsigned flags;
	char *path;		/* in the view; of a D, in the workspace */
	char *origin;		/* of an R: its path in the workspace; else NULL */
	char *link_to;		/* of a DELTA_HARDLINK: the first path, or the
				   workspace's */
	char **also;		/* of the first: paths of its DELTA_ALSO */
	size_t n_also;
	char *symlink;		/* new target of a symlink; else NULL */
	struct stat st;		/* the agent's object; zero for a D */
	/*
	 * The workspace's object as it was when the agent first changed it, and
	 * as it is now; st_mode 0 means that there was or is none. Of an R: at
	 * its origin. Identity is st_dev, st_ino, st_size, st_mtim, st_ctim and st_mode.
	 */
	struct stat base, now;
	/* private to the session layer */
	struct node *node;
	uint64_t base_off, base_len;
	struct mask_list *masks;
};

struct delta_list {
	struct delta *at;
	size_t n;
};

int delta_list(struct layer *l, struct delta_list *out, struct err *err);
/* 1 where the change is of path or of what is below, by any name it is told by. */
int delta_is_below(const struct delta *d, const char *path);
void delta_list_release(struct delta_list *list);

/*
 * The agent's content of a regular file, as it was written (so with masks in
 * it). *fd is read-only and positioned at 0, the caller closes it.
 */
int delta_open_new(struct layer *l, const struct delta *d, int *fd);

/*
 * The base's real bytes, for a three-way merge and for conflict checks: never
 * to be shown. Of a symlink, its target. -ENODATA where they were not kept (a
 * large file).
 */
int delta_open_base(struct layer *l, const struct delta *d, int *fd);

/*
 * The base as the agent saw it (masked), for showing a diff. As above; -EACCES
 * where it was not to be seen at all.
 */
int delta_open_base_view(struct layer *l, const struct delta *d, int *fd);

/*
 * Of an R of a regular file that is to be moved as it is in the workspace: 0,
 * -EACCES where something that is kept from the agent at its old name would be
 * seen at the new one, or another errno where that cannot be told.
 */
int delta_check_move(struct layer *l, const struct delta *d);

/*
 * The masked spans of the base, whose text maps back to the secret at the same
 * offsets of delta_open_base. Borrowed from the layer; NULL where none.
 */
int delta_masks(struct layer *l, const struct delta *d,
		const struct mask_list **out);

#endif
