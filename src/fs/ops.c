/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <pthread.h>

static void op_init(void *userdata, struct fuse_conn_info *conn);

/* The rings' threads are cancelled on unmount; never within a handler. */
static void no_cancel(void)
{
	static _Thread_local int done;

	if (done)
		return;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	done = 1;
}

struct fs *fs_of(fuse_req_t req)
{
	no_cancel();
	return fuse_req_userdata(req);
}

struct who fs_who(fuse_req_t req)
{
	const struct fuse_ctx *c = fuse_req_ctx(req);

	return (struct who){ c->uid, c->gid, c->pid, c->umask };
}

struct node *fs_node(struct fs *fs, fuse_ino_t ino)
{
	if (ino == FUSE_ROOT_ID)
		return layer_root(fs->layer);
	return layer_node(fs->layer, ino);
}

static int offers(const struct fuse_conn_info *conn, uint64_t cap)
{
#ifdef HAVE_FUSE_WANT_EXT
	return !!(conn->capable_ext & cap);
#else
	return !!(conn->capable & cap);
#endif
}

static void want(struct fuse_conn_info *conn, uint64_t cap, int on)
{
	if (on && !offers(conn, cap))
		return;
#ifdef HAVE_FUSE_WANT_EXT
	if (on)
		fuse_set_feature_flag(conn, cap);
	else
		fuse_unset_feature_flag(conn, cap);
#else
	if (on)
		conn->want |= (unsigned)cap;
	else
		conn->want &= ~(unsigned)cap;
#endif
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fs *fs = userdata;

	/* OPEN is never seen, so neither is its O_TRUNC */
	want(conn, FUSE_CAP_ATOMIC_O_TRUNC, 0);
	/* what changes below is told by fs/watch.c */
	want(conn, FUSE_CAP_AUTO_INVAL_DATA, 0);
	want(conn, FUSE_CAP_EXPLICIT_INVAL_DATA, 1);
	want(conn, FUSE_CAP_NO_OPEN_SUPPORT, 1);
	want(conn, FUSE_CAP_NO_OPENDIR_SUPPORT, 1);
	want(conn, FUSE_CAP_DONT_MASK, 1);
	want(conn, FUSE_CAP_POSIX_ACL, 1);
	want(conn, FUSE_CAP_CACHE_SYMLINKS, 1);
	want(conn, FUSE_CAP_PARALLEL_DIROPS, 1);
	want(conn, FUSE_CAP_READDIRPLUS, 1);
	want(conn, FUSE_CAP_READDIRPLUS_AUTO, 0);
	want(conn, FUSE_CAP_WRITEBACK_CACHE, 0);
	want(conn, FUSE_CAP_EXPORT_SUPPORT, 1);
	/* of such a write the kernel does not drop what it has cached */
	want(conn, FUSE_CAP_ASYNC_DIO, 0);
	want(conn, FUSE_CAP_HANDLE_KILLPRIV, 0);
#ifdef HAVE_FUSE_KILLPRIV_V2
	want(conn, FUSE_CAP_HANDLE_KILLPRIV_V2, 1);
	fs->kill_priv = offers(conn, FUSE_CAP_HANDLE_KILLPRIV_V2);
#else
	fs->kill_priv = 0;
#endif
#ifdef HAVE_FUSE_URING
	fs->uring = fs->uring && offers(conn, FUSE_CAP_OVER_IO_URING);
#endif
	conn->max_read = fs->max_read;
	conn->time_gran = 1;
}

const struct fuse_lowlevel_ops fs_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
#ifdef HAVE_FUSE_STATX_OP
	.statx = op_statx,
#endif
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_release,
	.fsyncdir = op_fsync,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.create = op_create,
	.fallocate = op_fallocate,
	.copy_file_range = op_copy_file_range,
	.lseek = op_lseek,
#ifdef HAVE_FUSE_TMPFILE_OP
	.tmpfile = op_tmpfile,
#endif
};
