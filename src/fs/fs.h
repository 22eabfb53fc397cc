/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_FS_H
#define FS_FS_H

/*
 * What the files of src/fs share. config.h comes first in each of them, since it
 * says which API of libfuse is asked for.
 *
 * A handler does: fetch the state, call the layer, reply by one reply_* as its
 * last statement. It decides nothing. OPEN, OPENDIR, CREATE and FLUSH are
 * answered with ENOSYS once and never come again (under strictatime, the opens
 * do): all I/O is by node. With FUSE over io_uring the arguments of a request are
 * gone once it was replied to.
 */
#include "config.h"

#include <fuse_lowlevel.h>
#include <stdatomic.h>

#include "fs/eager.h"
#include "session/layer.h"

struct watch;

struct fs {
	struct layer *layer;
	struct fuse_session *se;
	struct watch *watch;		/* NULL: nothing is watched */
	struct eager eager;
	atomic_int uring;		/* FUSE over io_uring is on */
	int confined;			/* enum confined that hold */
	unsigned checkpoint, keep;	/* seconds and how many, or 0 */
	atomic_ulong checkpoints, checkpoints_failed;
	int kill_priv;			/* the kernel tells when to clear ids */
	unsigned max_read;		/* of the mount; 0 for the kernel's */
	int strict;			/* strictatime: see op_open */
	/* requests by kind, for the tests of what the kernel asks */
	atomic_ulong forgets;		/* since memory was given back */
	atomic_ulong lookups, reads, opens, getattrs, readdirs, writes;
};

extern const struct fuse_lowlevel_ops fs_ops;

/* For which the kernel may keep what it was told without asking, in seconds. */
#define FS_LONG 86400.0
#define FS_SHORT 1.0

/* The state, at the start of each handler. */
struct fs *fs_of(fuse_req_t req);
struct who fs_who(fuse_req_t req);

/*
 * 1 where the kernel does not tell when to clear set-id bits, and forgets one: the
 * set-group-id bit of a file that its group may not execute, when it is written
 * or truncated by somebody who is not in that group. root has CAP_FSETID.
 */
int fs_must_kill_priv(const struct fs *fs, const struct who *w);
/* The node of a number from the kernel; never NULL for a live one. */
struct node *fs_node(struct fs *fs, fuse_ino_t ino);

/* ---- ops_*.c ---- */
void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup);
void op_forget_multi(fuse_req_t req, size_t count,
		     struct fuse_forget_data *forgets);
void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_statx(fuse_req_t req, fuse_ino_t ino, int flags, int mask,
	      struct fuse_file_info *fi);
void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi);
void op_readlink(fuse_req_t req, fuse_ino_t ino);
void op_statfs(fuse_req_t req, fuse_ino_t ino);
void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags);
void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 size_t size);
void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	      dev_t rdev);
void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode);
void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name);
void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	     const char *newname);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned flags);
void op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		struct fuse_file_info *fi);

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
	       mode_t mode, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi);
void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		  off_t len, struct fuse_file_info *fi);
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi);
void op_copy_file_range(fuse_req_t req, fuse_ino_t in, off_t in_off,
			struct fuse_file_info *fi_in, fuse_ino_t out,
			off_t out_off, struct fuse_file_info *fi_out,
			size_t len, int flags);

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi);

#endif
