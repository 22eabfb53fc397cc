/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include "fs/reply.h"

static void make(fuse_req_t req, fuse_ino_t parent, const char *name,
		 const struct make *what)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct entry e;
	int r;

	r = layer_make(fs->layer, &w, fs_node(fs, parent), name, what, &e);
	reply_entry(req, fs, r, &e);
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	      dev_t rdev)
{
	struct make what = { .mode = mode, .rdev = rdev };

	make(req, parent, name, &what);
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct make what = { .mode = S_IFDIR | (mode & 07777) };

	make(req, parent, name, &what);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name)
{
	struct make what = { .mode = S_IFLNK | 0777, .target = target };

	make(req, parent, name, &what);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	     const char *newname)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct entry e;
	int r;

	r = layer_link(fs->layer, &w, fs_node(fs, ino),
		       fs_node(fs, newparent), newname, &e);
	reply_entry(req, fs, r, &e);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);

	reply_err(req, layer_remove(fs->layer, &w, fs_node(fs, parent), name,
				    0));
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);

	reply_err(req, layer_remove(fs->layer, &w, fs_node(fs, parent), name,
				    1));
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned flags)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);

	reply_err(req, layer_rename(fs->layer, &w, fs_node(fs, parent), name,
				    fs_node(fs, newparent), newname, flags));
}

void op_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct entry e;
	int r;

	r = layer_make_tmpfile(fs->layer, &w, fs_node(fs, parent), mode, &e);
	reply_tmpfile(req, fs, r, &e, fi);
}
