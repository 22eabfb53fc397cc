/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_ITEM_H
#define SESSION_ITEM_H

#include <stdint.h>
#include <sys/stat.h>

#include "util/buf.h"

/*
 * The items of a session's log: each states what now holds, not what was done,
 * so that replaying a record twice does no harm. One record of the log
 * (store.h) holds the items of one change of the view and is there whole or not
 * at all. Integers are little-endian; names and values are length-prefixed
 * bytes, so nothing an agent chooses can be taken for structure.
 */
enum item_kind {
	ITEM_NODE = 1,	/* all fields of one node */
	ITEM_ENTRY = 2,	/* a name in a directory: a node, or a whiteout */
	ITEM_UNENTRY = 3,/* the workspace shows through again at a name */
	ITEM_XATTR = 4,	/* one extended attribute set, or removed */
	ITEM_FREE = 5,	/* a node is gone, with all that was its */
};

/* A version of a workspace object: what makes it the same as before. */
struct lower_id {
	uint64_t dev, ino;	/* ino 0: there was none */
	uint64_t size;
	struct timespec mtime, ctime;
	uint32_t mode, uid, gid;
};

void lower_id_of(struct lower_id *id, const struct stat *st);
/* The fields of a struct stat that an id holds; the rest is zero. */
void lower_id_stat(const struct lower_id *id, struct stat *st);
/* 1 where both are the same version of the same object. */
int lower_id_same(const struct lower_id *a, const struct lower_id *b);
/* The same of what stat(2) said of both. */
int lower_stat_same(const struct stat *a, const struct stat *b);

/* Where the bytes of a base were kept: BASE_NONE, or in the base file. */
#define BASE_NONE UINT64_MAX

struct item_node {
	uint64_t nid, ino;
	uint32_t mode, uid, gid, nlink, flags;
	struct timespec atime, mtime, ctime, btime, clean;
	struct lower_id from;	/* the origin when it was taken; ino 0: none */
	uint64_t from_off, from_len;	/* its bytes in the base file */
	const char *origin;	/* NULL: none */
	uint32_t origin_len;
	const char *target;	/* of a symlink; of a device "MAJOR:MINOR" */
	uint32_t target_len;
};

struct item_entry {
	uint64_t parent;	/* node number of the directory */
	uint64_t nid;		/* 0: a whiteout */
	const char *name;
	uint32_t name_len;
	struct lower_id base;	/* what the workspace had here; ino 0: none */
	uint64_t base_off, base_len;
	struct timespec base_when;	/* when the session first covered it */
};

struct item_xattr {
	uint64_t nid;
	const char *name, *value;	/* value NULL: removed */
	uint32_t name_len, value_len;
};

struct item {
	enum item_kind kind;
	union {
		struct item_node node;
		struct item_entry entry;
		struct item_xattr xattr;
		uint64_t nid;
	};
};

void item_add(struct buf *out, const struct item *it);

/*
 * Reads the item at *p and moves *p behind it; strings point into the buffer
 * and are not NUL-terminated. 1, 0 at the end, -EBADMSG for anything that is
 * not an item: lengths, numbers and kinds are checked, for a session may come
 * from elsewhere.
 */
int item_next(const char **p, const char *end, struct item *out);

#endif
