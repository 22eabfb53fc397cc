/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/reply.h"
#include "fs/watch.h"
#include "session/content.h"
#include "session/list.h"

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);

	fs->opens++;
	reply_open(req, fs, fi);
}

/* What is being put together for one READDIR or READDIRPLUS. */
struct fill {
	struct fs *fs;
	fuse_req_t req;
	struct node *dir;
	struct listing *list;
	char *buf;
	size_t size, used;
	int eager;		/* attributes for files too */
	unsigned bare;		/* files given without */
};

static int is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* 1 if it went in, 0 if there is no room. */
static int add_plain(struct fill *f, const struct list_entry *e)
{
	struct stat st = { .st_ino = e->ino, .st_mode = e->type };
	size_t n = fuse_add_direntry(f->req, f->buf + f->used,
				     f->size - f->used, e->name, &st,
				     (off_t)e->cookie);

	if (n > f->size - f->used)
		return 0;
	f->used += n;
	return 1;
}

static int add_plus(struct fill *f, const struct list_entry *e)
{
	struct who w = fs_who(f->req);
	struct fuse_entry_param p;
	struct entry found;
	size_t n;
	int bare, r;

	memset(&p, 0, sizeof(p));
	p.attr.st_ino = e->ino;
	p.attr.st_mode = e->type;
	found.node = NULL;
	bare = !f->eager && !e->check && e->type == S_IFREG;
	if (!is_dot(e->name) && !bare) {
		r = layer_lookup(f->fs->layer, &w, f->dir, e->name, &found);
		if (e->check)
			list_judged(f->list, e->cookie, !r && found.node);
		if (r || !found.node)
			return 1;	/* gone meanwhile, or hidden after all */
		reply_fill(&found, &p);
	}
	n = fuse_add_direntry_plus(f->req, f->buf + f->used, f->size - f->used,
				   e->name, &p, (off_t)e->cookie);
	if (n > f->size - f->used) {
		if (found.node)
			layer_forget(f->fs->layer, found.node, 1);
		return 0;
	}
	f->bare += (unsigned)bare;
	f->used += n;
	return 1;
}

/* A name that the content decides on is listed only if a lookup finds it. */
static int add_checked(struct fill *f, const struct list_entry *e)
{
	struct who w = fs_who(f->req);
	struct entry found;
	int r;

	if (e->check) {
		r = layer_lookup(f->fs->layer, &w, f->dir, e->name, &found);
		list_judged(f->list, e->cookie, !r && found.node);
		if (r || !found.node)
			return 1;
		layer_forget(f->fs->layer, found.node, 1);
	}
	return add_plain(f, e);
}

static void read_dir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     int (*add)(struct fill *f, const struct list_entry *e))
{
	struct fs *fs = fs_of(req);
	struct who w = fs_who(req);
	struct fill f = { fs, req, fs_node(fs, ino), NULL, malloc(size), size,
			  0, 1, 0 };
	uint64_t at = (uint64_t)off;
	struct list_entry e;
	int more = 1, r = f.buf ? 0 : -ENOMEM;

	fs->readdirs++;
	watch_dir(fs->watch, f.dir);
	if (add == add_plus)
		f.eager = eager_begin(&fs->eager);
	if (!r)
		r = list_get(fs->layer, &w, f.dir, at, &f.list);
	if (!r) {
		while ((more = list_next(f.list, &at, &e)) && add(&f, &e))
			;
		if (!more)
			list_ended(fs->layer, f.list);
		list_put(fs->layer, f.list);
	}
	if (!r && !off)
		layer_accessed(fs->layer, f.dir);
	if (f.bare)
		eager_end(&fs->eager, node_id(f.dir), f.bare);
	reply_bytes(req, r, f.buf, f.used);
	free(f.buf);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	read_dir(req, ino, size, off, add_checked);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	read_dir(req, ino, size, off, add_plus);
}
