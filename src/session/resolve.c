/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/dirtime.h"
#include "session/gitnews.h"
#include "session/links.h"
#include "session/view.h"
#include "session/names.h"
#include "session/resolve.h"
#include "session/lower.h"
#include "session/session.h"
#include "session/refuse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "util/io.h"
#include "util/quiet.h"

#define DIR_SIZE 4096

int name_check(const char *name)
{
	size_t len = strlen(name);

	if (!len || strchr(name, '/'))
		return -EINVAL;
	return len > NAME_MAX ? -ENAMETOOLONG : 0;
}

static void take(struct found *out, struct node *n)
{
	out->node = n;
	if (n)
		n->refs++;
}

/* 1 where the session itself answers, or there is no lower part to ask. */
static int answer_from_session(struct layer *l, struct node *dir,
			       const char *name, struct found *out)
{
	struct dent *d = dent_find(&l->tree, dir, name, strlen(name));

	if (d && d->is_override) {
		take(out, d->node);
		return 1;
	}
	return !(dir->flags & NODE_LOWER) || (dir->flags & NODE_FOREIGN);
}

static uint32_t policy_flags(const struct verdict *v)
{
	switch (v->action) {
	case ACTION_READONLY:
		return NODE_READONLY;
	case ACTION_MASK:
		return NODE_MASK;
	case ACTION_DENY:
		return NODE_DENY;
	default:
		return 0;
	}
}

/* What a rule says of a directory holds for all in it. */
static void tighten_locked(struct node *n, const struct node *dir,
			   const struct verdict *v)
{
	n->flags |= policy_flags(v) |
		    (dir->flags & (NODE_READONLY | NODE_MASK | NODE_DENY));
}

static struct node *new_lower(struct layer *l, const struct stat *st)
{
	struct node *n = node_new(&l->tree, st->st_mode);

	if (!n)
		return NULL;
	n->ino = n->lower_ino = st->st_ino;
	n->flags = NODE_LOWER;
	if (st->st_dev != l->dev)
		n->flags |= NODE_FOREIGN;
	if (n->type == S_IFREG && st->st_nlink > 1)
		node_add_lower(&l->tree, n);
	return n;
}

/* The node of what the workspace holds at a name, known or new. */
static struct node *settle(struct layer *l, struct node *dir, const char *name,
			   const struct stat *st)
{
	size_t len = strlen(name);
	struct dent *d = dent_find(&l->tree, dir, name, len);
	struct node *n = d ? d->node : NULL;

	if (n && (n->lower_ino != st->st_ino ||
		  n->type != (st->st_mode & S_IFMT))) {
		dent_drop(&l->tree, d);
		node_unneeded(&l->tree, n);
		d = NULL;
	}
	if (d)
		return n;
	n = NULL;
	if (S_ISREG(st->st_mode) && st->st_nlink > 1)
		n = node_by_lower(&l->tree, st->st_ino);
	if (!n)
		n = new_lower(l, st);
	if (n && !dent_add(&l->tree, dir, name, len, n, 0)) {
		node_unneeded(&l->tree, n);
		return NULL;
	}
	return n;
}

/*
 * FAT and NTFS know a file by a short name too ("ENV~1"), which no listing
 * has and no rule knows: such a name is there only if it is listed.
 */
static int is_made_up(int dirfd, const char *name)
{
	const char *tilde = strchr(name, '~');
	struct dirent *de;
	int listed = 0;
	DIR *d;

	if (!tilde || tilde[1] < '0' || tilde[1] > '9')
		return 0;
	if (quiet_opendir(dirfd, ".", &d))
		return 1;
	while (!listed && (de = readdir(d)))
		listed = !strcmp(de->d_name, name);
	closedir(d);
	return !listed;
}

/*
 * What the workspace has at name, if it may be shown: 1 with out->lower filled,
 * 0 for nothing, or a negative errno.
 */
static int ask_lower(struct layer *l, const struct who *w, struct node *dir,
		     const char *name, struct verdict *v, const char *origin,
		     struct found *out)
{
	struct handle *h = NULL;
	struct verdict linked;
	struct stat st;
	int r;

	r = lower_dir(l, dir, &h);
	if (r == -EXDEV || (r == -ESTALE && dir->up))
		return 0;	/* another mount is here: it shows as empty */
	if (r)
		return r;
	if (fstatat(h->fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		r = errno == ENOENT ? 0 : -errno;
		if (!r && v->confirm)
			view_confirm_absent(l, w, v, origin);
		goto out;
	}
	r = 0;
	if ((st.st_dev != l->dev && !S_ISDIR(st.st_mode)) ||
	    is_made_up(h->fd, name))
		goto out;
	if (gitnews_is_new(l, dir, origin, &st) ||
	    (S_ISDIR(st.st_mode) &&
	     gitguard_is_unknown(&l->session->gitguard, origin, h->fd, name))) {
		out->fleeting = 1;
		goto out;
	}
	if (v->confirm && S_ISREG(st.st_mode))
		policy_confirm_at(l->policy, v, h->fd, name, origin);
	else if (v->confirm)
		*v = (struct verdict){ ACTION_SHOW, NULL, 0 };
	if (v->action != ACTION_HIDE && S_ISREG(st.st_mode)) {
		out->fleeting = !!links_verdict(l, &st, h->fd, name, &linked,
						NULL);
		if (linked.action > v->action)
			*v = linked;
	}
	if (v->action == ACTION_HIDE) {
		out->hidden = 1;
		goto out;
	}
	out->lower = st;
	r = 1;
out:
	handle_put(&l->handles, h);
	return r;
}

static void note_hidden(struct layer *l, const struct who *w,
			const struct verdict *v, const char *origin)
{
	/* what git's guard hides is no secret, and looked for everywhere */
	if (w && v->rule)
		audit_add(l->audit, w->pid, "lookup", origin,
			  rule_id(v->rule));
}

int resolve(struct layer *l, const struct who *w, struct node *dir,
	    const char *name, struct found *out)
{
	struct buf origin = BUF_INIT;
	struct verdict v;
	int r;

	memset(out, 0, sizeof(*out));
	out->dir = dir;
	out->name = name;
	r = name_check(name);
	if (!r)
		r = refuse_read(l, w, dir, "lookup");
	if (r)
		return r;
	pthread_mutex_lock(&l->lock);
	r = answer_from_session(l, dir, name, out);
	if (!r)
		lower_policy_locked(l, dir, name, &v, &origin);
	pthread_mutex_unlock(&l->lock);
	if (r)
		return 0;
	if (v.action == ACTION_HIDE && !v.confirm)
		out->hidden = 1;
	else
		r = ask_lower(l, w, dir, name, &v, origin.ptr, out);
	/* what git's guard hides may show once it was looked at */
	out->fleeting |= out->hidden && !v.rule;
	if (out->hidden)
		note_hidden(l, w, &v, origin.ptr);
	if (r > 0) {
		pthread_mutex_lock(&l->lock);
		if (answer_from_session(l, dir, name, out))
			memset(&out->lower, 0, sizeof(out->lower));
		else
			take(out, settle(l, dir, name, &out->lower));
		r = 0;
		if (out->node)
			tighten_locked(out->node, dir, &v);
		else if (out->lower.st_mode)
			r = -ENOMEM;
		pthread_mutex_unlock(&l->lock);
	}
	buf_release(&origin);
	return r;
}

void found_release(struct layer *l, struct found *f)
{
	if (f->node)
		layer_forget(l, f->node, 1);
	f->node = NULL;
}

int found_holds_locked(struct layer *l, const struct found *f)
{
	struct dent *d = dent_find(&l->tree, f->dir, f->name, strlen(f->name));

	if (d && d->is_override)
		return d->node == f->node;
	/* a cached entry may be of something that is there no more */
	return !f->node || (d && d->node == f->node);
}

int resolve_and_lock(struct layer *l, const struct who *w, struct node *dir,
		     const char *name, struct found *out)
{
	int r;

	for (;;) {
		r = resolve(l, w, dir, name, out);
		if (r)
			return r;
		pthread_mutex_lock(&l->lock);
		if (found_holds_locked(l, out))
			return 0;
		pthread_mutex_unlock(&l->lock);
		found_release(l, out);
	}
}

static dev_t device_number(const char *text)
{
	unsigned major = 0, minor = 0;

	return text && sscanf(text, "%u:%u", &major, &minor) == 2 ?
	       makedev(major, minor) : 0;
}

void upper_stat(const struct node *n, struct stat *st)
{
	const struct upper *up = n->up;

	memset(st, 0, sizeof(*st));
	st->st_ino = n->ino;
	st->st_mode = n->type | up->mode;
	st->st_nlink = up->nlink;
	st->st_uid = up->uid;
	st->st_gid = up->gid;
	st->st_atim = up->atime;
	st->st_mtim = up->mtime;
	st->st_ctim = up->ctime;
	st->st_blksize = 4096;
	if (n->type == S_IFLNK && up->target)
		st->st_size = (off_t)strlen(up->target);
	if (n->type == S_IFCHR || n->type == S_IFBLK)
		st->st_rdev = device_number(up->target);
}

/* What the policy and the merging change of what is below. */
static void dress(const struct node *n, uint32_t flags, struct stat *st)
{
	st->st_ino = n->ino;
	if (flags & NODE_READONLY)
		st->st_mode &= ~0222u;
	if (flags & NODE_DENY)
		st->st_mode &= ~0777u;
	if (n->type != S_IFDIR)
		return;
	st->st_size = DIR_SIZE;
	st->st_blocks = DIR_SIZE / 512;
	if ((flags & NODE_LOWER) && st->st_nlink)
		st->st_nlink = 1;
}

static void data_stat(struct layer *l, uint64_t nid, struct stat *st)
{
	struct stat data;

	if (store_data_stat(&l->store, nid, &data))
		return;
	st->st_size = data.st_size;
	st->st_blocks = data.st_blocks;
	st->st_mtim = data.st_mtim;
	if (io_time_cmp(&data.st_ctim, &st->st_ctim) > 0)
		st->st_ctim = data.st_ctim;
}

/* The size of a link is that of its text, which may be another in the view. */
static void link_stat(struct layer *l, struct node *n, struct stat *st)
{
	struct buf target = BUF_INIT;

	if (n->type != S_IFLNK || !l->seen_at ||
	    (size_t)st->st_size < strlen(l->session->workspace))
		return;
	if (!layer_readlink(l, n, &target))
		st->st_size = (off_t)target.len;
	buf_release(&target);
}

int layer_getattr(struct layer *l, struct node *n, struct stat *st,
		  int *stable)
{
	struct stat below;
	uint64_t nid = 0;
	uint32_t flags;
	nlink_t nlink;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	flags = n->flags;
	if (n->up) {
		nid = n->up->nid;
		upper_stat(n, st);
	}
	if (stable)
		*stable = (flags & (NODE_META | NODE_DATA)) ||
			  (n->names && (n->names->parent->flags &
					NODE_WATCHED)) ||
			  n == l->tree.root;
	pthread_mutex_unlock(&l->lock);
	if (!(flags & NODE_META)) {
		nlink = nid ? st->st_nlink : 1;
		r = lower_stat(l, n, &below, NULL);
		if (!r)
			dirtime_show(l, n, &below);
		if (!r)
			*st = below;
		else if (nid && r == -ESTALE)
			r = 0;
		if (!nlink)
			st->st_nlink = 0;
	} else if (flags & NODE_DATA) {
		data_stat(l, nid, st);
	} else if ((flags & NODE_LOWER) && n->type == S_IFREG) {
		if (!lower_stat(l, n, &below, NULL)) {
			st->st_size = below.st_size;
			st->st_blocks = below.st_blocks;
		}
		if (stable)
			*stable = 0;
	}
	dress(n, flags, st);
	if (!r)
		link_stat(l, n, st);
	return r;
}

int entry_fill(struct layer *l, struct node *n, struct node *dir,
	       struct entry *out)
{
	int attr_stable;

	out->node = n;
	out->stable = 1;
	if (n) {
		int r = layer_getattr(l, n, &out->st, &attr_stable);

		if (r)
			return r;
		out->stable = attr_stable;
	}
	pthread_mutex_lock(&l->lock);
	if (!(dir->flags & NODE_WATCHED) && (dir->flags & NODE_LOWER))
		out->stable = out->stable && n && n->up;
	pthread_mutex_unlock(&l->lock);
	return 0;
}

/* The attributes are at hand already where the workspace was asked. */
static int fill_found(struct layer *l, const struct found *f,
		      struct entry *out)
{
	if (!f->node || !f->lower.st_mode || f->node->up)
		return entry_fill(l, f->node, f->dir, out);
	out->node = f->node;
	out->st = f->lower;
	dirtime_show(l, f->node, &out->st);
	pthread_mutex_lock(&l->lock);
	dress(f->node, f->node->flags, &out->st);
	out->stable = !!(f->dir->flags & NODE_WATCHED);
	pthread_mutex_unlock(&l->lock);
	link_stat(l, f->node, &out->st);
	return 0;
}

int layer_lookup(struct layer *l, const struct who *w, struct node *dir,
		 const char *name, struct entry *out)
{
	struct found f;
	int r;

	memset(out, 0, sizeof(*out));
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	r = resolve(l, w, dir, name, &f);
	if (r)
		return r;
	r = fill_found(l, &f, out);
	out->stable &= !f.fleeting;
	if (r) {
		found_release(l, &f);
		out->node = NULL;
	}
	return r;
}

int layer_walk_path(struct layer *l, const char *path, struct entry *out)
{
	char name[NAME_MAX + 1];
	struct node *dir = layer_root(l);
	int r;

	memset(out, 0, sizeof(*out));
	layer_ref(l, dir);
	out->node = dir;
	r = layer_getattr(l, dir, &out->st, &out->stable);
	while (!r && *path && out->node) {
		size_t n = strcspn(path, "/");

		if (n > NAME_MAX) {
			layer_forget(l, out->node, 1);
			return -ENAMETOOLONG;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		path += n + (path[n] == '/');
		dir = out->node;
		if (!node_is_dir(dir)) {
			out->node = NULL;
			r = 0;
		} else {
			r = layer_lookup(l, NULL, dir, name, out);
		}
		layer_forget(l, dir, 1);
	}
	return r;
}
