/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_STORE_H
#define SESSION_STORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * The part of a session's directory that holds what the agent did:
 *
 *   log    records, each { u32 length, u32 CRC-32C, items } after a header
 *   data/  one file per node with content of its own, named by the node's
 *          number in 16 hex digits, in a directory named by the last of them;
 *          mode 0600, whatever the view's mode is (store_data.c)
 *   base   bytes of workspace files as they were when they were first changed
 *
 * A record is appended by one write(2) and so survives the death of the
 * process; store_sync makes it survive the loss of power. A torn record at the
 * end of the log (session/tail.h: a crash in the middle of an append, or a loss
 * of power) is cut off when the store is opened for writing; anything else that
 * does not check is an error, until store_cut.
 *
 * store_open, store_replay once, then the others; store_close.
 */
struct store {
	int dirfd, datafd, logfd, basefd;
	int writable;
	_Atomic uint64_t log_len;	/* of checked and appended records */
	uint64_t log_live;	/* log_len just after the last compaction */
	uint64_t reserved;	/* end of the space known to be there */
	_Atomic uint64_t base_len;
	uint64_t base_synced;
	uint64_t padded;	/* the log has zeroes up to here; or 0 */
	int broken;		/* behind log_len there may be part of a record */
	pthread_mutex_t base_lock;
	pthread_mutex_t sync_lock;	/* the log's descriptor, and synced */
	atomic_ulong appended;	/* records so far */
	unsigned long replayed;	/* records that store_replay handed on */
	unsigned long synced;	/* how many of them are on the disk */
	int named;		/* the names of log, base and data are, too */
};

/* Bytes of a record's items, at most. */
#define STORE_RECORD_MAX (64u << 20)

/* session_fd stays the caller's. A new session gets its files here. */
int store_open(struct store *s, int session_fd, int writable, struct err *err);
void store_close(struct store *s);

/* Called for the items of each record, in order. Negative ends the replay. */
typedef int (*store_record_fn)(void *payload, const char *items, size_t len);
int store_replay(struct store *s, store_record_fn fn, void *payload,
		 struct err *err);
/*
 * For a session of which no store is open, and whose log is damaged at off: a
 * length that is wrong is put right, and the log goes on to where it is damaged
 * next, if it is; any other damage ends it. keep: what it was stays as
 * STORE_DAMAGED, until the next time.
 */
#define STORE_DAMAGED "log.damaged"
int store_cut(int session_fd, uint64_t off, int keep);

/*
 * Makes sure that len more bytes of records fit on the disk, by fallocate(2) or,
 * where the file system has none, by zeroes behind the log; -ENOSPC or -EDQUOT
 * with no record changed. One that copies on write may promise too much.
 */
int store_reserve(struct store *s, size_t len);

/*
 * Appends one record. The caller serialises. After -ENOSPC or another error the
 * log is as it was; where even that fails, the next call tries it again first.
 */
int store_append(struct store *s, const struct buf *items);

/*
 * Writes the log anew: fill adds the items of the whole state, one record each
 * time it calls store_append on the store it is given.
 */
typedef int (*store_fill_fn)(void *payload, struct store *to);
int store_compact(struct store *s, store_fill_fn fill, void *payload);

/* Log and base are on the disk afterwards, by name and content. */
int store_sync(struct store *s);

/* Part of store_open: opens data/. */
int store_data_start(struct store *s);
/* The content file of a node. O_CREAT makes it, mode 0600. */
int store_data_open(struct store *s, uint64_t nid, int flags, int *fd);
int store_data_stat(struct store *s, uint64_t nid, struct stat *st);
/* Gives another store the same content file (link(2)). */
int store_data_link(struct store *s, uint64_t nid, struct store *to);
/* Puts a copy of the open file from, with st's times, in place of it. */
int store_data_replace(struct store *s, uint64_t nid, int from,
		       const struct stat *st, int sync);
int store_data_remove(struct store *s, uint64_t nid);
/* Puts the name of a content file onto the disk. */
int store_data_sync(struct store *s, uint64_t nid);

/*
 * Removes content files of nodes for which keep() is 0, but of a store that is
 * read only asks. Temporary files are asked for as those of node 0.
 */
int store_data_sweep(struct store *s, int (*keep)(void *payload, uint64_t nid),
		     void *payload);

/* Appends bytes to the base file; *off is where they are. Synced with the log. */
int store_base_add(struct store *s, const void *data, size_t len,
		   uint64_t *off);
/* An anonymous file with these bytes, read-only use, positioned at 0. */
int store_base_open(struct store *s, uint64_t off, uint64_t len, int *fd);

#endif
