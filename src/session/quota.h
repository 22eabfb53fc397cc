/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_QUOTA_H
#define SESSION_QUOTA_H

#include <stdint.h>
#include <sys/types.h>

/*
 * How large a session may grow. What would make it larger fails with -EDQUOT;
 * all else (reading, overwriting, deleting, apply, discard) goes on, whatever the
 * limits are. Snapshots do not count.
 *
 * Bytes are those that the disk gives to content files, and the log and the base;
 * they are counted after each write, so a session may end one write beyond its
 * limit for each writer. Files are the names that the session holds: one for each
 * file, directory or link that was made, changed, renamed or deleted.
 */
struct layer;
struct node;

struct quota_use {
	uint64_t bytes, files;
	uint64_t max_bytes, max_files;	/* 0: no limit */
};

/* Once, before it is served. 0 for no limit. */
int layer_limit(struct layer *l, uint64_t max_bytes, uint64_t max_files);
/* Of any layer; looks at each content file. */
void layer_use(struct layer *l, struct quota_use *out);

/* Before a write of len bytes at off of n's content, and after it. */
int layer_room(struct layer *l, int fd, off_t off, off_t len);
void layer_wrote(struct layer *l, struct node *n, int fd);

/* ---- for the layer's own parts ---- */

/* Room for one more name. With the lock. */
int quota_name(struct layer *l);
/* Room for len more bytes. With or without the lock. */
int quota_bytes(struct layer *l, uint64_t len);
/* The node's content is gone. */
void quota_freed(struct layer *l, const struct node *n);

struct statvfs;
/* What df(1) is to say. Without the lock. */
void quota_statfs(struct layer *l, struct statvfs *st);

#endif
