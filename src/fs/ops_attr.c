/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fs/reply.h"
#include "fs/watch.h"
#include "session/below.h"
#include "session/birth.h"
#include "session/byhandle.h"
#include "session/content.h"
#include "util/sanitizer.h"

/* For a file handle the kernel asks for "." or ".." in a node by its number. */
static void lookup_handle(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct fs *fs = fs_of(req);
	struct entry e;
	int r;

	r = layer_lookup_id(fs->layer, ino, !strcmp(name, ".."), &e);
	reply_entry(req, fs, r, &e);
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct node *dir;
	struct entry e;
	int r;

	fs->lookups++;
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		lookup_handle(req, parent, name);
		return;
	}
	dir = fs_node(fs, parent);
	watch_dir(fs->watch, dir);
	r = layer_lookup(fs->layer, &w, dir, name, &e);
	if (!r && e.node && S_ISREG(e.st.st_mode))
		eager_lookup(&fs->eager, parent);
	reply_entry(req, fs, r, &e);
}

#define TRIM_AFTER 1024
#define FEW_FORGETS 64
#define FORGET_PAUSE_US 1000

/*
 * Freed nodes lie scattered: the C library keeps their pages unless asked, and
 * goes through all that are left each time.
 */
static void trim(struct fs *fs, unsigned long n)
{
	size_t nodes, materialized;

	if (atomic_fetch_add(&fs->forgets, n) + n < TRIM_AFTER)
		return;
	layer_count(fs->layer, &nodes, &materialized);
	if (fs->forgets < nodes / 8)
		return;
	atomic_store(&fs->forgets, 0);
	malloc_trim(0);
}

/*
 * With the rings nothing else comes this way, and a deletion of many files wakes
 * this thread for each: after a pause they come by the hundred.
 */
static void forgot(struct fs *fs, unsigned long n)
{
	trim(fs, n);
	if (fs->uring && n < FEW_FORGETS)
		usleep(FORGET_PAUSE_US);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fs *fs = fs_of(req);
	struct node *n = fs_node(fs, ino);

	sanitizer_after(fs);
	if (n)
		layer_forget(fs->layer, n, nlookup);
	reply_none(req);
	forgot(fs, 1);
}

void op_forget_multi(fuse_req_t req, size_t count,
		     struct fuse_forget_data *forgets)
{
	struct fs *fs = fs_of(req);

	sanitizer_after(fs);
	for (size_t i = 0; i < count; i++) {
		struct node *n = fs_node(fs, forgets[i].ino);

		if (n)
			layer_forget(fs->layer, n, forgets[i].nlookup);
	}
	reply_none(req);
	forgot(fs, count);
}

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct stat st;
	int stable, r;

	fs->getattrs++;
	r = layer_getattr(fs->layer, fs_node(fs, ino), &st, &stable);
	reply_attr(req, r, &st, stable);
}

#ifdef HAVE_FUSE_STATX_OP
/* The kernel asks so who wants to know the time of birth, and never else. */
void op_statx(fuse_req_t req, fuse_ino_t ino, int flags, int mask,
	      struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct node *n = fs_node(fs, ino);
	struct timespec birth;
	struct stat st;
	int stable, r;

	fs->getattrs++;
	r = layer_getattr(fs->layer, n, &st, &stable);
	if (!r)
		r = layer_birth(fs->layer, n, &birth);
	reply_statx(req, r, &st, &birth, stable);
}
#endif

static int set_of(int to_set)
{
	static const struct {
		int fuse, layer;
	} map[] = {
		{ FUSE_SET_ATTR_MODE, SET_MODE },
		{ FUSE_SET_ATTR_UID, SET_UID },
		{ FUSE_SET_ATTR_GID, SET_GID },
		{ FUSE_SET_ATTR_SIZE, SET_SIZE },
		{ FUSE_SET_ATTR_ATIME, SET_ATIME },
		{ FUSE_SET_ATTR_MTIME, SET_MTIME },
		{ FUSE_SET_ATTR_ATIME_NOW, SET_ATIME_NOW },
		{ FUSE_SET_ATTR_MTIME_NOW, SET_MTIME_NOW },
		{ FUSE_SET_ATTR_CTIME, SET_CTIME },
#ifdef HAVE_FUSE_KILLPRIV_V2
		{ FUSE_SET_ATTR_KILL_SUID, SET_KILL_PRIV },
		{ FUSE_SET_ATTR_KILL_SGID, SET_KILL_PRIV },
		{ FUSE_SET_ATTR_KILL_PRIV, SET_KILL_PRIV },
#endif
	};
	int set = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (to_set & map[i].fuse)
			set |= map[i].layer;
	/*
	 * chown(2) clears set-id bits, whoever calls it; the kernel leaves it.
	 * One that changes neither owner comes with nothing set.
	 */
	if (!set || (set & (SET_UID | SET_GID) && !(set & SET_MODE)))
		set |= SET_KILL_PRIV;
	if (set & SET_ATIME_NOW)
		set &= ~SET_ATIME;
	if (set & SET_MTIME_NOW)
		set &= ~SET_MTIME;
	return set;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	int set = set_of(to_set), r;
	struct entry e;

	if (set & SET_SIZE && fs_must_kill_priv(fs, &w))
		set |= SET_KILL_PRIV;
	r = layer_setattr(fs->layer, &w, fs_node(fs, ino), attr, set, &e);
	reply_attr(req, r, &e.st, e.stable);
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = fs_of(req);
	struct buf target = BUF_INIT;
	int r;

	r = layer_readlink(fs->layer, fs_node(fs, ino), &target);
	if (!r)
		layer_accessed(fs->layer, fs_node(fs, ino));
	reply_text(req, r, target.ptr);
	buf_release(&target);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;
	int r = layer_statfs(fs_of(req)->layer, &st);

	reply_statfs(req, r, &st);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);

	reply_err(req, layer_setxattr(fs->layer, &w, fs_node(fs, ino), name,
				      value, size, flags));
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct fs *fs = fs_of(req);
	struct buf value = BUF_INIT;
	int r;

	r = layer_getxattr(fs->layer, fs_node(fs, ino), name, &value);
	reply_xattr(req, r, &value, size);
	buf_release(&value);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct fs *fs = fs_of(req);
	struct buf names = BUF_INIT;
	int r;

	r = layer_listxattr(fs->layer, fs_node(fs, ino), &names);
	reply_xattr(req, r, &names, size);
	buf_release(&names);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);

	reply_err(req, layer_removexattr(fs->layer, &w, fs_node(fs, ino),
					 name));
}
