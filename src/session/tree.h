/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_TREE_H
#define SESSION_TREE_H

#include <stdint.h>
#include <sys/stat.h>

#include "session/node.h"

/*
 * The tables of nodes and entries, and how they come and go. Everything here is
 * called with layer->lock held.
 */
struct node_table {
	struct node **at;
	size_t mask, n;
};

struct dent_table {
	struct dent **at;
	size_t mask, n;
};

struct tree {
	struct node *root;
	struct node_table by_id, by_nid, by_lower;
	struct dent_table dents;
	uint64_t next_id, next_nid;
	size_t n_upper;		/* materialized nodes */
	size_t n_names;		/* overrides */
	/* called before a node's memory goes; may be NULL */
	void (*freed)(void *payload, struct node *n);
	void *payload;
};

int tree_init(struct tree *t);
void tree_release(struct tree *t);

/* A new node that nothing names yet; NULL without memory. */
struct node *node_new(struct tree *t, uint32_t type);
/* Frees an unnamed node without kids, and all that is its. */
void node_free(struct tree *t, struct node *n);
struct node *node_by_id(struct tree *t, uint64_t id);
struct node *node_by_nid(struct tree *t, uint64_t nid);
/* A node of the workspace's inode with several names; NULL for none. */
struct node *node_by_lower(struct tree *t, uint64_t lower_ino);
void node_add_lower(struct tree *t, struct node *n);
/* Before lower_ino changes; may be called for one that is not there. */
void node_drop_lower(struct tree *t, struct node *n);
/* How many names the session gives it: those that are overrides. */
size_t node_own_names(const struct node *n);
/* Gives n its struct upper, with the number nid (0: the next one). */
int node_materialize(struct tree *t, struct node *n, uint64_t nid);
/*
 * Makes the id of a materialized node that nobody knows yet one that it has at
 * each mount. Numbers in the log are not used twice, so neither are these.
 */
void node_keep_id(struct tree *t, struct node *n);

/*
 * Frees n, and then its parents, as long as nothing needs them: no refs, no
 * kids, and not named by an override. 1 where n itself went.
 */
int node_unneeded(struct tree *t, struct node *n);

struct dent *dent_find(struct tree *t, const struct node *dir,
		       const char *name, size_t len);
/* Adds a name; node NULL is a whiteout. NULL without memory. */
struct dent *dent_add(struct tree *t, struct node *dir, const char *name,
		      size_t len, struct node *node, int is_override);
/* Makes a cached entry an override. */
void dent_override(struct tree *t, struct dent *d);
/* Points an entry at another node (or NULL). */
void dent_point(struct dent *d, struct node *node);
void dent_drop(struct tree *t, struct dent *d);

/* ---- xattr.c ---- */
struct xattr *xattr_find(struct upper *up, const char *name);
/* value NULL removes. 0, -ENODATA (nothing to remove) or -ENOMEM. */
int xattr_put(struct upper *up, const char *name, const void *value,
	      size_t len);

/* Path of a node in the view, or "" for the root; -ENOENT if it has no name. */
int node_path(const struct node *n, struct buf *out);
/* Path of n below from, which must be one of the directories above it, or n. */
int node_path_below(const struct node *n, const struct node *from,
		    struct buf *out);
/* Path in the workspace that n's lower part is at; -ENOENT where none. */
int node_origin(const struct node *n, struct buf *out);

#endif
