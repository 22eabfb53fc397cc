/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/reply.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "util/sanitizer.h"

/*
 * The request, about to be answered: only then may the kernel forget the nodes
 * that were worked on (op_forget).
 */
static fuse_req_t last(fuse_req_t req)
{
	sanitizer_before(fuse_req_userdata(req));
	return req;
}

void reply_err(fuse_req_t req, int r)
{
	/* ENOSYS would turn the operation off for good */
	fuse_reply_err(last(req), r == -ENOSYS ? EOPNOTSUPP : r < 0 ? -r : 0);
}

void reply_none(fuse_req_t req)
{
	fuse_reply_none(last(req));
}

void reply_never(fuse_req_t req)
{
	fuse_reply_err(last(req), ENOSYS);
}

void reply_open(fuse_req_t req, const struct fs *fs, struct fuse_file_info *fi)
{
	if (fs->strict)
		fuse_reply_open(last(req), fi);
	else
		reply_never(req);
}

static double timeout_of(int stable)
{
	return stable > 0 ? FS_LONG : stable ? 0.0 : FS_SHORT;
}

void reply_fill(const struct entry *e, struct fuse_entry_param *out)
{
	double timeout = timeout_of(e->stable);

	memset(out, 0, sizeof(*out));
	out->entry_timeout = timeout;
	if (!e->node)
		return;
	out->ino = node_id(e->node);
	out->generation = 1;
	out->attr = e->st;
	out->attr_timeout = timeout;
}

void reply_entry(fuse_req_t req, struct fs *fs, int r, struct entry *e)
{
	struct fuse_entry_param p;

	if (r) {
		reply_err(req, r);
		return;
	}
	reply_fill(e, &p);
	if (fuse_reply_entry(last(req), &p) && e->node)
		layer_forget(fs->layer, e->node, 1);
}

void reply_tmpfile(fuse_req_t req, struct fs *fs, int r, struct entry *e,
		   struct fuse_file_info *fi)
{
	struct fuse_entry_param p;

	if (r) {
		reply_err(req, r);
		return;
	}
	reply_fill(e, &p);
	fi->keep_cache = 1;
	if (fuse_reply_create(last(req), &p, fi) && e->node)
		layer_forget(fs->layer, e->node, 1);
}

void reply_attr(fuse_req_t req, int r, const struct stat *st, int stable)
{
	if (r)
		reply_err(req, r);
	else
		fuse_reply_attr(last(req), st, timeout_of(stable));
}

#ifdef HAVE_FUSE_STATX_OP
static struct statx_timestamp stamp_of(const struct timespec *ts)
{
	return (struct statx_timestamp){ .tv_sec = ts->tv_sec,
					 .tv_nsec = (uint32_t)ts->tv_nsec };
}

void reply_statx(fuse_req_t req, int r, const struct stat *st,
		 const struct timespec *birth, int stable)
{
	struct statx sx = { .stx_mask = STATX_BASIC_STATS };

	if (r) {
		reply_err(req, r);
		return;
	}
	sx.stx_blksize = (uint32_t)st->st_blksize;
	sx.stx_nlink = (uint32_t)st->st_nlink;
	sx.stx_uid = st->st_uid;
	sx.stx_gid = st->st_gid;
	sx.stx_mode = (uint16_t)st->st_mode;
	sx.stx_ino = st->st_ino;
	sx.stx_size = (uint64_t)st->st_size;
	sx.stx_blocks = (uint64_t)st->st_blocks;
	sx.stx_rdev_major = major(st->st_rdev);
	sx.stx_rdev_minor = minor(st->st_rdev);
	sx.stx_atime = stamp_of(&st->st_atim);
	sx.stx_mtime = stamp_of(&st->st_mtim);
	sx.stx_ctime = stamp_of(&st->st_ctim);
	if (birth->tv_sec || birth->tv_nsec) {
		sx.stx_mask |= STATX_BTIME;
		sx.stx_btime = stamp_of(birth);
	}
	fuse_reply_statx(last(req), 0, &sx, timeout_of(stable));
}
#endif

void reply_bytes(fuse_req_t req, int r, const void *data, size_t len)
{
	if (r)
		reply_err(req, r);
	else
		fuse_reply_buf(last(req), data, len);
}

void reply_xattr(fuse_req_t req, int r, const struct buf *value, size_t size)
{
	if (r)
		reply_err(req, r);
	else if (!size)
		fuse_reply_xattr(last(req), value->len);
	else if (value->len > size)
		reply_err(req, -ERANGE);
	else
		fuse_reply_buf(last(req), value->ptr, value->len);
}

void reply_text(fuse_req_t req, int r, const char *text)
{
	if (r)
		reply_err(req, r);
	else
		fuse_reply_readlink(last(req), text);
}

void reply_count(fuse_req_t req, ssize_t r)
{
	if (r < 0)
		reply_err(req, (int)r);
	else
		fuse_reply_write(last(req), (size_t)r);
}

void reply_offset(fuse_req_t req, off_t r)
{
	if (r < 0)
		reply_err(req, (int)r);
	else
		fuse_reply_lseek(last(req), r);
}

void reply_statfs(fuse_req_t req, int r, const struct statvfs *st)
{
	if (r)
		reply_err(req, r);
	else
		fuse_reply_statfs(last(req), st);
}
