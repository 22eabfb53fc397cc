/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_LAYER_H
#define SESSION_LAYER_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * The merged tree: the workspace (lower) with the session's changes (upper)
 * laid over it.
 *
 * This is the only place that decides what exists at a name:
 *
 *   1. if the session has an entry there, that is it: a node, or a whiteout;
 *   2. else, if the directory has a lower part, the policy does not hide the
 *      name (asked for the origin path and for the path in the view), and the
 *      workspace holds an object there that is not a hidden file's other name,
 *      that object is it;
 *   3. else nothing is there.
 *
 * and the only one that makes and removes names. Everything is by node, never by
 * path: a node keeps its origin however it is renamed. All functions may be
 * called from any thread, return 0 (or a count) or a negative errno, and follow
 * no symlink. No lock is held while the content of a file is copied.
 *
 * layer_open; any number of the others; layer_close. A node that was given out
 * in a struct entry carries one ref, to be given back with layer_forget.
 */
struct layer;
struct node;
struct session;
struct policy;

/* Who asks: for new files' owners and for the record of what was tried. */
struct who {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	mode_t umask;
};

struct entry {
	struct node *node;	/* NULL: nothing is there */
	struct stat st;		/* st_ino and all as the view has them */
	/* 1 where a change from below would be told of (the directory is
	 * watched) or cannot come (the session holds it): it may be cached long;
	 * -1: not at all, for a change follows that the kernel does not notice */
	int stable;
};

enum layer_open_flags {
	LAYER_READ = 0,		/* the session may be mounted */
	LAYER_WRITE = 1 << 0,	/* the session's lock is held */
};

int layer_open(struct layer **out, struct session *s, const struct policy *p,
	       int flags, struct err *err);
/* The workspace by itself, as l's policy shows it. */
int layer_open_bare(struct layer **out, struct layer *l, struct err *err);
void layer_close(struct layer *l);
/* Once, when it begins to be served. Where it is seen; NULL: at the workspace. */
void layer_serve(struct layer *l, const char *seen_at);
void layer_serve_end(struct layer *l);
void layer_allow_devices(struct layer *l);	/* root mounts with "dev" */

struct node *layer_root(struct layer *l);
uint64_t node_id(const struct node *n);
int node_is_dir(const struct node *n);
/* The node of a number from node_id, which must still have a ref. */
struct node *layer_node(struct layer *l, uint64_t id);
/* The same with a ref, for a number that may be gone by now: NULL then. */
struct node *layer_get(struct layer *l, uint64_t id);
/* Takes or gives back refs; a node without any may be freed. */
void layer_ref(struct layer *l, struct node *n);
void layer_forget(struct layer *l, struct node *n, uint64_t refs);

/* Finding nothing is not an error: out->node is then NULL. */
int layer_lookup(struct layer *l, const struct who *w, struct node *dir,
		 const char *name, struct entry *out);
/* By clean path from the root, for commands. Finding nothing as above. */
int layer_walk_path(struct layer *l, const char *path, struct entry *out);

/* stable may be NULL. -ESTALE where the object below is gone or another. */
int layer_getattr(struct layer *l, struct node *n, struct stat *st,
		  int *stable);

/* ---- names (make.c, rename.c) ---- */

struct make {
	mode_t mode;		/* with the type; devices: layer_allow_devices */
	const char *target;	/* of a symlink */
	dev_t rdev;		/* of a device */
};

/* -EEXIST, -ENAMETOOLONG, -EACCES in a read-only directory of the policy... */
int layer_make(struct layer *l, const struct who *w, struct node *dir,
	       const char *name, const struct make *what, struct entry *out);
/* A file without a name (O_TMPFILE); layer_link gives it one. */
int layer_make_tmpfile(struct layer *l, const struct who *w, struct node *dir,
		       mode_t mode, struct entry *out);
int layer_link(struct layer *l, const struct who *w, struct node *n,
	       struct node *dir, const char *name, struct entry *out);
/* A directory is empty if nothing visible is in it. */
int layer_remove(struct layer *l, const struct who *w, struct node *dir,
		 const char *name, int is_dir);
/* flags as renameat2(2): RENAME_NOREPLACE, RENAME_EXCHANGE; -EINVAL else. */
int layer_rename(struct layer *l, const struct who *w, struct node *dir,
		 const char *name, struct node *newdir, const char *newname,
		 unsigned flags);

/* ---- attributes (attr.c, xattr.c) ---- */

enum layer_set {
	SET_MODE = 1 << 0,
	SET_UID = 1 << 1,
	SET_GID = 1 << 2,
	SET_SIZE = 1 << 3,
	SET_ATIME = 1 << 4,
	SET_MTIME = 1 << 5,
	SET_ATIME_NOW = 1 << 6,
	SET_MTIME_NOW = 1 << 7,
	SET_CTIME = 1 << 8,
	SET_KILL_PRIV = 1 << 9,	/* clear set-id bits as write(2) does */
};
int layer_setattr(struct layer *l, const struct who *w, struct node *n,
		  const struct stat *attr, int set, struct entry *out);
int layer_readlink(struct layer *l, struct node *n, struct buf *out);

/* user.*, POSIX ACLs; -EOPNOTSUPP for the rest. flags as setxattr(2). */
int layer_setxattr(struct layer *l, const struct who *w, struct node *n,
		   const char *name, const void *value, size_t len, int flags);
int layer_getxattr(struct layer *l, struct node *n, const char *name,
		   struct buf *out);
/* Names, each ended by NUL. */
int layer_listxattr(struct layer *l, struct node *n, struct buf *out);
int layer_removexattr(struct layer *l, const struct who *w, struct node *n,
		      const char *name);
/* ---- as a whole ---- */

int layer_sync(struct layer *l);
int layer_statfs(struct layer *l, void *statvfs);
/* 1 where the session is only read (LAYER_READ, or a read-only mount). */
int layer_is_readonly(const struct layer *l);

#endif
