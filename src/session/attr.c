/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/quota.h"
#include "session/content.h"
#include "session/acl.h"
#include "session/copyup.h"
#include "session/linktext.h"
#include "session/refuse.h"
#include "session/touch.h"
#include "session/lower.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/session.h"
#include "util/io.h"

#define SET_OWN (SET_MODE | SET_UID | SET_GID | SET_KILL_PRIV)
#define SET_TIMES (SET_ATIME | SET_MTIME | SET_ATIME_NOW | SET_MTIME_NOW)

static void new_times(struct layer *l, const struct stat *attr, int set,
		      struct timespec ts[2])
{
	ts[0] = ts[1] = (struct timespec){ 0, UTIME_OMIT };
	if (set & SET_ATIME)
		ts[0] = attr->st_atim;
	if (set & SET_ATIME_NOW)
		now(l, &ts[0]);
	if (set & SET_MTIME)
		ts[1] = attr->st_mtim;
	if (set & SET_MTIME_NOW)
		now(l, &ts[1]);
}

static int set_size(struct layer *l, const struct who *w, struct node *n,
		    off_t size)
{
	struct handle *h;
	int fd, r;

	if (n->type != S_IFREG)
		return n->type == S_IFDIR ? -EISDIR : -EINVAL;
	r = copyup(l, w, n, size);
	if (!r)
		r = layer_open_write(l, w, n, 0, &h, &fd);
	if (r)
		return r;
	if (ftruncate(fd, size))
		r = -errno;
	layer_wrote(l, n, fd);
	layer_done_write(l, h);
	return r;
}

static int set_data_times(struct layer *l, const struct who *w, struct node *n,
			  const struct timespec ts[2])
{
	struct handle *h;
	int fd, r;

	r = layer_open_write(l, w, n, 0, &h, &fd);
	if (r)
		return r;
	if (futimens(fd, ts))
		r = -errno;
	layer_done_write(l, h);
	return r;
}

static int acl_follows_mode(struct layer *l, struct node *n)
{
	struct xattr *x = xattr_find(n->up, ACL_ACCESS);
	int r;

	if (!x)
		return 0;
	r = acl_chmod(x->value, x->len, n->up->mode);
	if (!r)
		put_xattr(l, n, ACL_ACCESS);
	return r;
}

int who_in_group(const struct who *w, uint32_t gid)
{
	char path[64], *p, *end;
	struct buf text = BUF_INIT;
	int fd, found = 0;

	if (!w->uid || w->gid == gid)
		return 1;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)w->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_all(fd, 65536, &text))
		goto out;
	p = strstr(text.ptr, "\nGroups:");
	for (p = p ? p + 8 : NULL; p && *p && *p != '\n' && !found; p = end) {
		found = strtoul(p, &end, 10) == gid && end != p;
		if (end == p)
			end++;
	}
out:
	io_close(&fd);
	buf_release(&text);
	return found;
}

uint32_t set_ids_lost(const struct who *w, const struct upper *up)
{
	uint32_t lost = up->mode & S_ISUID;

	if (up->mode & S_ISGID &&
	    (up->mode & S_IXGRP || !who_in_group(w, up->gid)))
		lost |= S_ISGID;
	return lost;
}

/*
 * The set-id bits alone come from chown(2) of neither owner, and before a write
 * by whoever may write, which then clears them itself: nothing is to be done for
 * those who could not chmod.
 */
static int is_idle(const struct who *w, const struct node *n, int set)
{
	return set == SET_KILL_PRIV && w && w->uid && w->uid != n->up->uid;
}

static int set_own_locked(struct layer *l, const struct who *w,
			  struct node *n, const struct stat *attr, int set,
			  const struct timespec ts[2])
{
	struct upper *up = n->up;
	int r = is_idle(w, n, set) ? 0 : layer_begin(l);

	if (r || is_idle(w, n, set))
		return r;
	if (set & SET_UID)
		up->uid = attr->st_uid;
	if (set & SET_GID)
		up->gid = attr->st_gid;
	if (set & SET_MODE) {
		up->mode = attr->st_mode & 07777;
		r = acl_follows_mode(l, n);
	}
	if (set & SET_KILL_PRIV && n->type != S_IFDIR)
		up->mode &= ~set_ids_lost(w, up);
	if (ts[0].tv_nsec != UTIME_OMIT)
		up->atime = ts[0];
	if (ts[1].tv_nsec != UTIME_OMIT)
		up->mtime = ts[1];
	now(l, &up->ctime);
	put_node(l, n);
	return r ? r : layer_commit(l);
}

int layer_setattr(struct layer *l, const struct who *w, struct node *n,
		  const struct stat *attr, int set, struct entry *out)
{
	struct timespec ts[2];
	int r = 0;

	if (l->readonly)
		return -EROFS;
	r = refuse_write(l, w, n, "setattr");
	new_times(l, attr, set, ts);
	if (!r && set & SET_SIZE)
		r = set_size(l, w, n, attr->st_size);
	if (!r && set & (SET_OWN | SET_TIMES | SET_SIZE))
		r = touch_meta(l, n);
	if (!r && set & SET_TIMES && n->flags & NODE_DATA)
		r = set_data_times(l, w, n, ts);
	if (!r && set & (SET_OWN | SET_TIMES | SET_SIZE)) {
		pthread_mutex_lock(&l->lock);
		r = set_own_locked(l, w, n, attr, set, ts);
		pthread_mutex_unlock(&l->lock);
	}
	if (r)
		return r;
	out->node = n;
	r = layer_getattr(l, n, &out->st, &out->stable);
	if (!r && is_idle(w, n, set))
		out->stable = -1;
	return r;
}

int layer_readlink(struct layer *l, struct node *n, struct buf *out)
{
	int own = 0, r;

	if (n->type != S_IFLNK)
		return -EINVAL;
	pthread_mutex_lock(&l->lock);
	if (n->up && n->up->target) {
		buf_addstr(out, n->up->target);
		own = 1;
	}
	pthread_mutex_unlock(&l->lock);
	r = own ? 0 : lower_readlink(l, n, out);
	if (!r)
		link_move(out, l->session->workspace, l->seen_at);
	return r ? r : buf_oom(out) ? -ENOMEM : 0;
}
