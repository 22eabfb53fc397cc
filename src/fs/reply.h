/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FS_REPLY_H
#define FS_REPLY_H

#include "fs/fs.h"

/*
 * The one place that answers the kernel. r is what the layer returned: a negative
 * errno is sent as the error, whatever else was passed. An entry's ref becomes
 * the kernel's with the reply; where that fails it is given back.
 */
void reply_err(fuse_req_t req, int r);
/* FORGET has no answer; this ends the request. */
void reply_none(fuse_req_t req);
/* ENOSYS: told once, the kernel does without the operation and never asks again. */
void reply_never(fuse_req_t req);
/*
 * To OPEN and OPENDIR: reply_never, as all I/O is by node; but under strictatime
 * each open drops the cache, so that its reads come here.
 */
void reply_open(fuse_req_t req, const struct fs *fs, struct fuse_file_info *fi);
void reply_entry(fuse_req_t req, struct fs *fs, int r, struct entry *e);
/* A file without a name, as for create. */
void reply_tmpfile(fuse_req_t req, struct fs *fs, int r, struct entry *e,
		   struct fuse_file_info *fi);
void reply_attr(fuse_req_t req, int r, const struct stat *st, int stable);
#ifdef HAVE_FUSE_STATX_OP
/* The same with the time of birth, if it is not zero. */
void reply_statx(fuse_req_t req, int r, const struct stat *st,
		 const struct timespec *birth, int stable);
#endif
/* Sends len bytes; for xattrs size 0 asks for the length (getxattr(2)). */
void reply_bytes(fuse_req_t req, int r, const void *data, size_t len);
void reply_xattr(fuse_req_t req, int r, const struct buf *value, size_t size);
void reply_text(fuse_req_t req, int r, const char *text);
void reply_count(fuse_req_t req, ssize_t r);
void reply_offset(fuse_req_t req, off_t r);
void reply_statfs(fuse_req_t req, int r, const struct statvfs *st);

/* An entry as the kernel wants it. */
void reply_fill(const struct entry *e, struct fuse_entry_param *out);

#endif
