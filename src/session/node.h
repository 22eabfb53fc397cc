/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_NODE_H
#define SESSION_NODE_H

#include <stdint.h>
#include <sys/stat.h>

#include "session/item.h"

/*
 * The tree in memory: nodes (objects) and entries (names of them), as the layer
 * and its parts keep it. Only src/session includes this; others see nodes as
 * opaque.
 *
 * A node is either untouched, a mere memory of what the workspace holds that the
 * kernel (refs) or a cached child still needs, or materialized: it has a struct
 * upper, a number in the log, and lives as long as the session names it. All
 * materialized nodes hang together up to the root, which is always there.
 *
 * An entry is cached (the workspace has it, nothing was changed), an override
 * (the session puts a node there) or a whiteout (override without a node).
 * Overrides are in the log; cached entries go when their node does.
 *
 * layer->lock guards all of it. A node that the caller holds a ref of stays
 * where it is; its fields still need the lock.
 */

struct handle;
struct view;

enum node_flags {
	/* of materialized nodes; kept in the log */
	NODE_META = 1 << 0,	/* own mode, owner, times and attributes */
	NODE_DATA = 1 << 1,	/* own content file in the store */
	NODE_LOWER = 1 << 2,	/* content, or entries, of the origin show */
	NODE_GRAFT = 1 << 3,	/* put there by us, not a change of the agent */
	NODE_MASKED = 1 << 4,	/* content was copied up with masks in it */
	/*
	 * Its content was applied while a process had it open: up->clean says
	 * which version is the workspace's, too.
	 */
	NODE_CLEAN = 1 << 5,
	/* of any node; in memory only */
	NODE_READONLY = 1 << 8,
	NODE_DENY = 1 << 9,
	NODE_MASK = 1 << 10,	/* the rule of its path asks for masks */
	NODE_FOREIGN = 1 << 11,	/* another mount is here: empty */
	NODE_WATCHED = 1 << 12,	/* fs watches this directory */
	NODE_BUSY = 1 << 13,	/* a copy-up of its content is under way */
	NODE_SYNCED = 1 << 14,	/* the name of its content file is on disk */
	NODE_PINNED = 1 << 15,	/* not to be freed: someone works on it */
	NODE_PROMISED = 1 << 20, /* its content was synced once */
	NODE_KEPT = 0xff,	/* mask of those in the log */
};

struct xattr {
	struct xattr *next;
	size_t len;
	char *value;
	char name[];
};

/* What only a materialized node has. */
struct upper {
	uint64_t nid;
	/*
	 * The layer's epoch in which the content file was seen to be this
	 * session's alone; in an earlier one a snapshot may share it.
	 */
	uint32_t epoch;
	_Atomic uint64_t charged;	/* bytes of content; quota.c */
	uint32_t mode, uid, gid, nlink;
	struct timespec atime, mtime, ctime, btime;
	struct timespec clean;	/* mtime of the content file; NODE_CLEAN */
	struct lower_id from;	/* origin as it was when materialized */
	uint64_t from_off, from_len;	/* its bytes, if copied; or BASE_NONE */
	char *origin;		/* clean path, NULL for none */
	char *target;		/* of a symlink */
	struct xattr *xattrs;
	struct node *nid_next;	/* chain in layer->by_nid */
};

struct dent {
	struct dent *hash_next;
	struct dent *sib_prev, *sib_next;	/* in parent->kids */
	struct dent *alias;			/* other names of node */
	struct node *parent;
	struct node *node;			/* NULL: a whiteout */
	struct base *base;	/* of an override: what it covers; or NULL */
	uint32_t hash;
	uint8_t is_override;
	uint8_t name_len;
	char name[];
};

/* What the workspace had at an entry when the session first changed it. */
struct base {
	struct lower_id id;
	uint64_t off, len;	/* its bytes in the store; off BASE_NONE: not */
	struct timespec when;	/* of that first change */
};

struct node {
	uint64_t id;		/* of this mount; never used twice */
	uint64_t ino;		/* st_ino in the view */
	uint64_t lower_ino;	/* of the workspace's object; 0: none */
	uint32_t refs;		/* the kernel's lookups, and borrowed ones */
	uint32_t n_kids;
	uint32_t flags;
	uint32_t type;		/* S_IFMT of its mode */
	struct dent *names;	/* of a directory: at most one */
	struct dent *kids;	/* of a directory */
	struct node *id_next;	/* chain in layer->by_id */
	struct node *ino_next;	/* chain in layer->by_lower, if chained there */
	struct upper *up;
	struct handle *handle;	/* descriptor cache; its own lock */
	struct view *view;	/* verdict on the content; layer->view_lock */
};

#endif
