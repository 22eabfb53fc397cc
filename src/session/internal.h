/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_INTERNAL_H
#define SESSION_INTERNAL_H

#include <pthread.h>

#include "session/audit.h"
#include "session/handle.h"
#include "session/layer.h"
#include "session/store.h"
#include "session/tree.h"

/*
 * What the files that make up the layer share; nobody else includes it.
 *
 * Order of locks: layer->lock, then layer->view_lock, then the handles' own.
 * Names ending in _locked are called with layer->lock held. Changes are made so:
 *
 *	layer_begin(l)		room in the log, or a clean -ENOSPC
 *	... change nodes and entries in memory, and for each that changed:
 *	put_node(l, n), put_entry(l, d), put_unentry(l, dir, name)
 *	layer_commit(l)		one record
 *
 * After layer_begin nothing may fail but for want of memory, so memory and log
 * cannot part.
 */
struct layer {
	pthread_mutex_t lock;
	pthread_cond_t copied;		/* a NODE_BUSY was cleared */
	struct tree tree;
	struct store store;
	struct handles handles;
	struct session *session;	/* borrowed */
	const struct policy *policy;	/* borrowed */
	struct audit *audit;		/* NULL without LAYER_WRITE */
	int rootfd;			/* of the workspace */
	uint64_t dev;			/* its file system */
	int readonly;
	int moved;			/* some directory is not at its origin */
	struct buf items;		/* of the record being made */
	pthread_mutex_t view_lock;
	pthread_cond_t viewed;
	struct links *links;		/* hidden files' other names; links.c */
	pthread_mutex_t list_lock;
	struct listing *lists;		/* most recent first; list.c */
	unsigned n_lists;
	uint64_t list_key;		/* order of listings, secret */
};

/* New nodes' st_ino: above any of a file system, exact in a double. */
#define INO_BASE (1ull << 52)

/* ---- state.c: memory to log and back ---- */
int layer_begin(struct layer *l);
int layer_commit(struct layer *l);
void put_node(struct layer *l, const struct node *n);
void put_entry(struct layer *l, const struct dent *d);
void put_unentry(struct layer *l, const struct node *dir, const char *name);
void put_xattr(struct layer *l, const struct node *n, const char *name);
void put_free(struct layer *l, uint64_t nid);
int state_load(struct layer *l, struct err *err);
/* Rewrites the log where it has grown far beyond what it says. */
int state_compact_locked(struct layer *l, int force);

/*
 * ---- lower.c: the workspace, read-only ----
 * Called without the lock, which they take. -ESTALE: what n was is not there.
 */
/* A directory's descriptor; borrowed, to be given back with handle_put. */
int lower_dir(struct layer *l, struct node *dir, struct handle **out);
/* lstat of the object that n has below. */
int lower_stat(struct layer *l, struct node *n, struct stat *st);
/* Opens it for reading; regular files and directories only. */
int lower_open(struct layer *l, struct node *n, int *fd);
int lower_file(struct layer *l, struct node *n, struct handle **out);
int lower_readlink(struct layer *l, struct node *n, struct buf *out);
/* The policy's word on name in dir (origin and path in the view). */
void lower_policy_locked(struct layer *l, struct node *dir, const char *name,
			 struct verdict *v, struct buf *origin);

/* ---- resolve.c ---- */
struct found {
	struct node *node;	/* with a ref; NULL: nothing is there */
	struct stat lower;	/* of an untouched node; st_mode 0 else */
	int hidden;		/* a rule hides what may be there */
	/* the question, to see whether the answer still holds */
	struct node *dir;
	const char *name;
};
/* Called without the lock; does I/O. found_release gives the ref back. */
int resolve(struct layer *l, const struct who *w, struct node *dir,
	    const char *name, struct found *out);
void found_release(struct layer *l, struct found *f);
/* 1 if the answer is what it would be now. */
int found_holds_locked(struct layer *l, const struct found *f);
/*
 * resolve, and then takes the lock with the answer still true. The lock is held
 * on return unless that is negative.
 */
int resolve_and_lock(struct layer *l, const struct who *w, struct node *dir,
		     const char *name, struct found *out);
/* Fills what the view shows of a materialized node but content's fields. */
void upper_stat(const struct node *n, struct stat *st);
int entry_fill(struct layer *l, struct node *n, struct node *dir,
	       struct entry *out);

/* ---- touch.c: from untouched to materialized; called without the lock ---- */
/* n and all above it get a number and overrides in the log. */
int touch(struct layer *l, struct node *n);
/* The same with attributes of its own (NODE_META). */
int touch_meta(struct layer *l, struct node *n);
/* Sets what an override covers, once. */
int base_set(struct dent *d, const struct stat *lower);
void now(struct timespec *ts);
/* mtime and ctime of a directory whose entries change. */
void dir_changed_locked(struct layer *l, struct node *dir);

/* ---- copyup.c; called without the lock ---- */
/*
 * Makes n have a content file, with the first keep bytes of what it had (or
 * all: -1); waits for one that is under way.
 */
int copyup(struct layer *l, const struct who *w, struct node *n, off_t keep);
/* Keeps the workspace's bytes of a small untouched file, for merges. */
void base_keep(struct layer *l, struct node *n, uint64_t *off, uint64_t *len);

/* ---- names.c ---- */
/* The override at name in dir, made if need be (then it covers lower). */
int name_override_locked(struct layer *l, struct node *dir, const char *name,
			 const struct stat *lower, struct dent **out);
/* Takes the name from its node: a whiteout is left where it covers something. */
void name_take_locked(struct layer *l, struct dent *d);
/* n lost a name: counts, and forgets it in the log with the last one. */
void node_lost_name_locked(struct layer *l, struct node *n);
/* Before an untouched n loses its name: it can be read on. */
int node_keep_locked(struct layer *l, struct node *n, const struct stat *lower);
/* Frees what nothing needs any more, with its content file. */
void layer_unneeded_locked(struct layer *l, struct node *n);
/* 0, -ENOTEMPTY, or an error; called without the lock. */
int dir_check_empty(struct layer *l, struct node *dir);
int name_check(const char *name);
/* -ENOENT for a directory that was removed, -EACCES where policy forbids. */
int dir_check_writable(struct layer *l, struct node *dir);

/* ---- acl.c: the value of system.posix_acl_*, as the kernel has it ---- */
#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"
/* Permission bits that an access ACL stands for; *minimal: it says no more. */
int acl_mode(const void *value, size_t len, mode_t *mode, int *minimal);
/* Puts permission bits into an access ACL (chmod). */
int acl_chmod(void *value, size_t len, mode_t mode);
/* A default ACL as the access ACL of a new object; mode is cut to it. */
int acl_inherit(void *value, size_t len, mode_t *mode, int *minimal);

/* ---- view.c ---- */
/*
 * May the version st of n's lower content, open at fd, be shown, and with which
 * masks? 0 with *out (NULL: all of it as it is), to be given back with view_put;
 * -EACCES where it may not; called without the lock.
 */
int view_get(struct layer *l, const struct who *w, struct node *n, int fd,
	     const struct stat *st, struct view **out);
const struct mask_list *view_masks(const struct view *v);
void view_put(struct layer *l, struct view *v);
void view_drop(struct layer *l, struct node *n);
/* Settles a verdict that needs the content's word. */
void view_confirm(struct layer *l, struct verdict *v, int dirfd,
		  const char *name, const char *origin);

/* ---- links.c ---- */
struct links *links_new(void);
void links_free(struct links *k);
/* 1 where the inode with several names is a protected file's. */
int links_hidden(struct layer *l, const struct stat *st);

/* ---- list.c ---- */
void list_forget(struct layer *l, struct node *dir);

#endif
