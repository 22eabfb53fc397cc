/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/change.h"
#include "session/internal.h"
#include "session/names.h"
#include "session/touch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"
#include "util/walk.h"

struct graft {
	struct layer *l;
	struct node *parent;	/* that the root of the graft goes into */
	const char *name;
	struct node *root;
	struct stat owner;
};

static int copy_content(struct layer *l, struct node *n,
			const struct walk_entry *e)
{
	int from = -1, to = -1, r = 0;

	from = openat(e->dirfd, e->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (from < 0)
		r = -errno;
	if (!r)
		r = store_data_open(&l->store, n->up->nid,
				    O_WRONLY | O_CREAT | O_TRUNC, &to);
	if (!r)
		r = io_copy(from, to);
	if (!r && fsync(to))
		r = -errno;
	io_close(&from);
	io_close(&to);
	return r;
}

static int name_node_locked(struct layer *l, struct node *n, struct node *dir,
			    const char *name)
{
	struct dent *d = dent_find(&l->tree, dir, name, strlen(name));
	int r;

	if (d && d->node && d->node->up)
		return -EEXIST;
	r = name_point_locked(l, dir, name, n, &d);
	if (r)
		return r;
	put_node(l, n);
	put_entry(l, d);
	return 0;
}

static struct node *new_node_locked(const struct graft *g,
				    const struct stat *st)
{
	struct node *n = node_new(&g->l->tree, st->st_mode);

	if (!n)
		return NULL;
	if (node_materialize(&g->l->tree, n, 0)) {
		node_free(&g->l->tree, n);
		return NULL;
	}
	n->ino = INO_BASE + n->up->nid;
	n->flags = NODE_META | NODE_GRAFT;
	if (n->type == S_IFREG)
		n->flags |= NODE_DATA;
	n->up->mode = st->st_mode & 0777;
	n->up->uid = g->owner.st_uid;
	n->up->gid = g->owner.st_gid;
	n->up->nlink = n->type == S_IFDIR ? 2 : 1;
	now(g->l, &n->up->mtime);
	n->up->atime = n->up->ctime = n->up->btime = n->up->mtime;
	return n;
}

static int add_locked(struct graft *g, struct node *dir, const char *name,
		      const struct walk_entry *e, struct node **out)
{
	struct node *n = new_node_locked(g, &e->st);
	int r = 0;

	if (!n)
		return -ENOMEM;
	if (n->type == S_IFREG)
		r = copy_content(g->l, n, e);
	if (!r)
		r = name_node_locked(g->l, n, dir, name);
	if (r) {
		node_free(&g->l->tree, n);
		return r;
	}
	if (n->type == S_IFDIR && (dir->flags & NODE_GRAFT)) {
		dir->up->nlink++;
		put_node(g->l, dir);
	}
	*out = n;
	return 0;
}

/* The node made for a directory of the tree, by its path. */
static struct node *made_dir(struct graft *g, const char *path, size_t len)
{
	struct node *dir = g->root;

	while (dir && len) {
		size_t n = strcspn(path, "/");
		struct dent *d = dent_find(&g->l->tree, dir, path, n);

		dir = d ? d->node : NULL;
		if (n >= len)
			break;
		path += n + 1;
		len -= n + 1;
	}
	return dir;
}

static int visit_locked(void *payload, const struct walk_entry *e)
{
	struct graft *g = payload;
	struct node *dir, *n;

	if (e->error)
		return e->error;
	if (!S_ISDIR(e->st.st_mode) && !S_ISREG(e->st.st_mode))
		return -EINVAL;
	dir = made_dir(g, e->path, path_parent_len(e->path));
	return dir ? add_locked(g, dir, e->name, e, &n) : -ENOENT;
}

static int graft_locked(struct graft *g, int dirfd)
{
	struct walk_entry top = { .path = "", .name = "", .dirfd = dirfd };
	int r;

	r = layer_begin(g->l);
	if (!r && (fstat(dirfd, &top.st) || fstat(g->l->rootfd, &g->owner)))
		r = -errno;
	if (!r)
		r = add_locked(g, g->parent, g->name, &top, &g->root);
	if (!r)
		r = walk_tree(dirfd, visit_locked, g);
	return r ? r : layer_commit(g->l);
}

int layer_graft(struct layer *l, const char *path, int dirfd, struct err *err)
{
	struct graft g = { .l = l, .name = path_base(path) };
	char *dir = strndup(path, path_parent_len(path));
	struct entry e = { 0 };
	int r;

	r = !dir ? -ENOMEM : *g.name ? name_check(g.name) : -EINVAL;
	if (!r)
		r = layer_walk_path(l, dir, &e);
	if (!r && (!e.node || !node_is_dir(e.node)))
		r = -ENOTDIR;
	if (!r)
		r = touch(l, e.node);
	if (!r) {
		g.parent = e.node;
		pthread_mutex_lock(&l->lock);
		r = graft_locked(&g, dirfd);
		pthread_mutex_unlock(&l->lock);
	}
	if (!r)
		r = layer_sync(l);
	if (e.node)
		layer_forget(l, e.node, 1);
	free(dir);
	return r ? err_errno(err, r, "putting %s into the view", path) : 0;
}
