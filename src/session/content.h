/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_CONTENT_H
#define SESSION_CONTENT_H

#include "session/layer.h"

/*
 * The content of regular files in the merged tree, by node and never by handle:
 * descriptors are cached below. Reading the workspace's bytes gives what the
 * policy lets be seen; writing copies up first.
 */

/* What the agent may see of it, masks put in. Bytes read, 0 at the end. */
ssize_t layer_read(struct layer *l, const struct who *w, struct node *n,
		   void *buf, size_t len, off_t off);
/*
 * A descriptor that can be read without a mask, for passing bytes on without
 * copying: only of content that the session holds. -EOPNOTSUPP for other.
 * layer_done gives the handle back.
 */
struct handle;
int layer_open_data(struct layer *l, struct node *n, struct handle **out,
		    int *fd);
void layer_done(struct layer *l, struct handle *h);
void layer_done_write(struct layer *l, struct handle *h);
/*
 * For writing: copies up first, and takes the content apart from a snapshot that
 * shares it. layer_done_write gives it back; until then no snapshot is made.
 */
int layer_open_write(struct layer *l, const struct who *w, struct node *n,
		     int kill_priv, struct handle **out, int *fd);
int layer_fallocate(struct layer *l, const struct who *w, struct node *n,
		    int mode, off_t off, off_t len);
/* SEEK_DATA and SEEK_HOLE; the new offset. */
off_t layer_seek(struct layer *l, struct node *n, off_t off, int whence);
int layer_fsync(struct layer *l, struct node *n, int datasync);

enum layer_atime { ATIME_NONE, ATIME_RELATIVE, ATIME_STRICT };
/*
 * Whether reading sets st_atime, as mount(8) has it for noatime, relatime and
 * strictatime. ATIME_NONE until this is called.
 */
void layer_keep_atime(struct layer *l, enum layer_atime files,
		      enum layer_atime dirs);
/*
 * To be called after each read, listing or readlink that sets st_atime. Only of
 * what the session has attributes of its own for: to read is no change, and the
 * workspace's objects keep their times.
 */
void layer_accessed(struct layer *l, struct node *n);

#endif
