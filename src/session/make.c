/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/acl.h"
#include "session/linktext.h"
#include "session/names.h"
#include "session/quota.h"
#include "session/refuse.h"
#include "session/touch.h"
#include "session/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "session/session.h"

/* What a new object inherits from its directory. */
struct inherit {
	mode_t mode;
	gid_t gid;
	struct buf access, dflt;	/* ACLs; empty: none */
};

static int inherit_acl(struct node *dir, uint32_t type, mode_t umask,
		       struct inherit *in)
{
	struct xattr *x = xattr_find(dir->up, ACL_DEFAULT);
	int minimal, r;

	if (type == S_IFLNK)
		return 0;
	if (!x) {
		in->mode &= ~umask;
		return 0;
	}
	buf_add(&in->access, x->value, x->len);
	if (type == S_IFDIR)
		buf_add(&in->dflt, x->value, x->len);
	if (buf_oom(&in->access) || buf_oom(&in->dflt))
		return -ENOMEM;
	r = acl_inherit(in->access.ptr, in->access.len, &in->mode, &minimal);
	if (!r && minimal)
		buf_clear(&in->access);
	return r;
}

static int inherit(struct node *dir, const struct who *w,
		   const struct make *what, struct inherit *in)
{
	uint32_t type = what->mode & S_IFMT;

	*in = (struct inherit){ what->mode & 07777, w->gid, BUF_INIT,
				BUF_INIT };
	if (type == S_IFLNK)
		in->mode = 0777;
	if (dir->up->mode & S_ISGID) {
		in->gid = dir->up->gid;
		if (type == S_IFDIR)
			in->mode |= S_ISGID;
	}
	return inherit_acl(dir, type, w->umask, in);
}

static void inherit_release(struct inherit *in)
{
	buf_release(&in->access);
	buf_release(&in->dflt);
}

static int check_make(const struct layer *l, const struct make *what)
{
	switch (what->mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFLNK:
		return what->target && *what->target ? 0 : -ENOENT;
	case S_IFCHR:
	case S_IFBLK:
		return l->devices ? 0 : -EPERM;
	default:
		return -EPERM;
	}
}

static char *kept_target(struct layer *l, const char *target)
{
	struct buf text = BUF_INIT;

	buf_addstr(&text, target);
	link_move(&text, l->seen_at, l->session->workspace);
	return buf_take(&text);
}

/* A new node, complete but without a name; NULL without memory. */
static struct node *make_node(struct layer *l, const struct who *w,
			      const struct make *what, struct inherit *in)
{
	struct node *n = node_new(&l->tree, what->mode);

	if (!n || node_materialize(&l->tree, n, 0))
		goto fail;
	node_keep_id(&l->tree, n);
	n->ino = INO_BASE + n->up->nid;
	n->flags = NODE_META;
	n->up->mode = in->mode;
	n->up->uid = w->uid;
	n->up->gid = in->gid;
	n->up->nlink = n->type == S_IFDIR ? 2 : 1;
	now(l, &n->up->mtime);
	n->up->atime = n->up->ctime = n->up->btime = n->up->mtime;
	if (n->type == S_IFLNK && !(n->up->target = kept_target(l, what->target)))
		goto fail;
	if ((n->type == S_IFCHR || n->type == S_IFBLK) &&
	    asprintf(&n->up->target, "%u:%u", major(what->rdev),
		     minor(what->rdev)) < 0)
		goto fail;
	if (in->access.len && xattr_put(n->up, ACL_ACCESS, in->access.ptr,
					in->access.len))
		goto fail;
	if (in->dflt.len && xattr_put(n->up, ACL_DEFAULT, in->dflt.ptr,
				      in->dflt.len))
		goto fail;
	return n;
fail:
	if (n)
		node_free(&l->tree, n);
	return NULL;
}

static void put_new_node(struct layer *l, struct node *n)
{
	put_node(l, n);
	for (struct xattr *x = n->up->xattrs; x; x = x->next)
		put_xattr(l, n, x->name);
}

static int give_name_locked(struct layer *l, struct node *n, struct node *dir,
			    const char *name)
{
	struct dent *d;
	int r;

	r = name_point_locked(l, dir, name, n, &d);
	if (r)
		return r;
	put_new_node(l, n);
	put_entry(l, d);
	dir_changed_locked(l, dir);
	return layer_commit(l);
}

static int make_locked(struct layer *l, const struct who *w, struct node *dir,
		       const char *name, const struct make *what,
		       struct node **out)
{
	struct inherit in;
	struct node *n = NULL;
	int r;

	r = inherit(dir, w, what, &in);
	if (!r)
		r = quota_name(l);
	if (!r)
		r = layer_begin(l);
	if (!r && !(n = make_node(l, w, what, &in)))
		r = -ENOMEM;
	if (!r && name) {
		if (n->type == S_IFDIR)
			dir->up->nlink++;
		r = give_name_locked(l, n, dir, name);
	}
	if (!r) {
		n->refs++;
		*out = n;
	}
	inherit_release(&in);
	return r;
}

int layer_make(struct layer *l, const struct who *w, struct node *dir,
	       const char *name, const struct make *what, struct entry *out)
{
	struct node *n = NULL;
	struct found f;
	int r;

	memset(out, 0, sizeof(*out));
	r = name_check(name);
	if (!r)
		r = check_make(l, what);
	if (!r)
		r = dir_check_writable(l, w, dir, "create");
	if (!r)
		r = touch_meta(l, dir);
	if (!r)
		r = resolve_and_lock(l, NULL, dir, name, &f);
	if (r)
		return r;
	r = f.node ? -EEXIST : make_locked(l, w, dir, name, what, &n);
	pthread_mutex_unlock(&l->lock);
	found_release(l, &f);
	return r ? r : entry_fill(l, n, dir, out);
}

int layer_make_tmpfile(struct layer *l, const struct who *w, struct node *dir,
		       mode_t mode, struct entry *out)
{
	struct make what = { .mode = S_IFREG | (mode & 07777) };
	struct node *n = NULL;
	int r;

	memset(out, 0, sizeof(*out));
	r = dir_check_writable(l, w, dir, "create");
	if (!r)
		r = touch_meta(l, dir);
	if (r)
		return r;
	pthread_mutex_lock(&l->lock);
	r = make_locked(l, w, dir, NULL, &what, &n);
	if (!r)
		n->up->nlink = 0;
	pthread_mutex_unlock(&l->lock);
	return r ? r : entry_fill(l, n, dir, out);
}

int layer_link(struct layer *l, const struct who *w, struct node *n,
	       struct node *dir, const char *name, struct entry *out)
{
	struct found f;
	int r;

	memset(out, 0, sizeof(*out));
	r = name_check(name);
	if (!r && n->type == S_IFDIR)
		r = -EPERM;
	if (!r)
		r = refuse_write(l, w, n, "link");
	if (!r)
		r = dir_check_writable(l, w, dir, "link");
	if (!r)
		r = touch_meta(l, dir);
	if (!r)
		r = touch_meta(l, n);
	if (!r)
		r = resolve_and_lock(l, NULL, dir, name, &f);
	if (r)
		return r;
	r = f.node ? -EEXIST : n->up->nlink >= 65000 ? -EMLINK :
	    quota_name(l);
	if (!r)
		r = layer_begin(l);
	if (!r) {
		n->up->nlink++;
		now(l, &n->up->ctime);
		r = give_name_locked(l, n, dir, name);
	}
	if (!r)
		n->refs++;
	pthread_mutex_unlock(&l->lock);
	found_release(l, &f);
	return r ? r : entry_fill(l, n, dir, out);
}
