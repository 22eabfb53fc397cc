/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_INTERNAL_H
#define SESSION_INTERNAL_H

#include <pthread.h>

#include "scan/cache.h"
#include "scan/mask.h"
#include "session/audit.h"
#include "session/below.h"
#include "session/change.h"
#include "session/handle.h"
#include "session/layer.h"
#include "session/store.h"
#include "session/tree.h"

/*
 * What the files that make up the layer share; nobody else includes it.
 *
 * Order of locks: layer->gate, layer->lock, then layer->view_lock, then the handles' own.
 * Names ending in _locked are called with layer->lock held. Changes are made so:
 *
 *	layer_begin(l)		room in the log, or a clean -ENOSPC
 *	... change nodes and entries in memory, and for each that changed:
 *	put_node(l, n), put_entry(l, d), put_unentry(l, dir, name)
 *	layer_commit(l)		one record
 *
 * After layer_begin nothing may fail but for want of memory, so memory and log
 * cannot part. Where a file system cannot keep the room that it promised, or never
 * promised any, the caller of layer_commit is told, and the record waits: later
 * ones would not make sense without it.
 */
/* Directories, by number, from which objects of git were left out. */
struct gitnews {
	uint64_t *dirs;
	size_t n;
	int lost;	/* there were more */
};

struct layer {
	pthread_mutex_t lock;
	pthread_cond_t copied;		/* a NODE_BUSY was cleared */
	pthread_rwlock_t gate;		/* read: writes; write: a snapshot */
	uint32_t epoch;			/* of the snapshots; see node.h */
	struct tree tree;
	struct store store;
	struct handles handles;
	struct session *session;	/* borrowed */
	const struct policy *policy;	/* borrowed */
	struct cache *verdicts;		/* on content, on disk; or NULL */
	struct audit *audit;		/* NULL without LAYER_WRITE */
	struct shown *shown;		/* likewise */
	int rootfd;			/* of the workspace */
	int clockfd;			/* see now() of touch.h; or -1 */
	struct timespec stamp;		/* what now() says meanwhile; or 0 */
	atomic_int standinfd;		/* see view_confirm_absent; or -1 */
	uint64_t dev;			/* its file system */
	int readonly;
	char *seen_at;			/* where links lead; NULL: workspace */
	int devices;			/* may be made */
	int atime, dir_atime;		/* enum layer_atime */
	uint64_t max_bytes, max_files;	/* quota.h; 0: no limit */
	atomic_ulong written;		/* times content was opened to be written */
	uint64_t first_nid;		/* of those made since it was opened */
	uint64_t checked;		/* checkpoint.c: what the last one had */
	_Atomic uint64_t content;	/* bytes of content, if limited */
	int moved;			/* some directory is not at its origin */
	struct buf items;		/* of the record being made */
	/*
	 * Of records that memory has and that the log had no room for: they go
	 * there before anything else does. lost: nobody can write them any more.
	 */
	struct buf unsaved;
	int lost;
	layer_name_fn name_changed;	/* see change.h */
	void *name_payload;
	layer_unwatch_fn unwatch;	/* see below.h */
	void *unwatch_payload;
	layer_git_fn git_new;		/* see below.h */
	void *git_payload;
	struct gitnews git_left_out;
	layer_verdicts_fn verdicts_changed;	/* see below.h */
	void *verdicts_payload;
	struct retaint *retaint;	/* or NULL */
	struct dirtimes *dirtimes;	/* while served; or NULL */
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

/* ---- attr.c ---- */
/* 1 where the caller is in the group, as far as /proc tells, or root. */
int who_in_group(const struct who *w, uint32_t gid);
/*
 * The set-id bits that a change by w takes off a regular file (inode(7)):
 * set-group-ID without group execution stays for members of the group only.
 */
uint32_t set_ids_lost(const struct who *w, const struct upper *up);

/* ---- data.c ---- */
/* The flags of a node that others may be changing. */
uint32_t layer_flags_of(struct layer *l, const struct node *n);

/* ---- state.c: memory to log and back ---- */
int layer_begin(struct layer *l);
/* For the removal of one name: with the last of the room, too. */
int layer_begin_removal(struct layer *l);
int layer_commit(struct layer *l);
/* What waits goes to the log, if it can. */
int layer_save_locked(struct layer *l);
void put_node(struct layer *l, const struct node *n);
void put_entry(struct layer *l, const struct dent *d);
void put_unentry(struct layer *l, const struct node *dir, const char *name);
void put_xattr(struct layer *l, const struct node *n, const char *name);
void put_free(struct layer *l, uint64_t nid);

/* ---- list.c ---- */
void list_forget(struct layer *l, struct node *dir);

#endif
