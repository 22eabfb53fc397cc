/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/merge.h"
#include "util/io.h"
#include "util/quiet.h"

#define TEXT_MAX (64u << 20)

int undo_open_stored(const struct job *j, size_t i, int *fd)
{
	char name[JOB_NAME_MAX];

	job_store_name(i, name);
	*fd = openat(j->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		     O_CLOEXEC);
	if (*fd < 0 && errno == EACCES && !fchmodat(j->dir, name, 0600, 0))
		*fd = openat(j->dir, name, O_RDONLY | O_NOFOLLOW |
			     O_NONBLOCK | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	return errno == ENOENT ? -ENODATA : -errno;
}

static int open_stored(void *payload, const struct req *q, int *fd)
{
	const struct undo_item *it = payload;

	return undo_open_stored(it->job, it->op, fd);
}

static char *stored_target(const struct job *j, size_t i)
{
	char target[PATH_MAX], name[JOB_NAME_MAX];
	ssize_t n;

	job_store_name(i, name);
	n = readlinkat(j->dir, name, target, sizeof(target) - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	return strdup(target);
}

/* ========== As it was ========== */

static void like_ident(struct req *q, const struct ident *id)
{
	q->mode = id->mode;
	q->uid = id->uid;
	q->gid = id->gid;
	q->mtime = (struct timespec){ id->mtime_s, id->mtime_ns };
	q->flags |= REQ_TIMES;
	if (!geteuid() || id->uid != geteuid() || id->gid != getegid())
		q->flags |= REQ_OWNER;
}

/* That very file, while what has its other names was not changed. */
static void link_kept(struct undo *u, struct undo_item *it)
{
	const struct ident *was = &u->old.ops[it->op].was;
	struct ident now;
	struct stat st;

	job_linked_name(it->op, it->linked);
	if (fstatat(u->old.dir, it->linked, &st, AT_SYMLINK_NOFOLLOW))
		return;
	ident_of(&now, &st);
	if (!ident_same(&now, was))
		return;
	it->req.kept_name = it->linked;
	it->req.kept_dir = u->old.dir;
	it->req.kept = *was;
}

int undo_restore(struct undo *u, struct undo_item *it)
{
	const struct ident *was = &u->old.ops[it->op].was;
	struct req *q = &it->req;

	like_ident(q, was);
	it->has_req = 1;
	if (S_ISDIR(was->mode)) {
		q->kind = REQ_DIR;
	} else if (S_ISLNK(was->mode)) {
		q->kind = REQ_LINK;
		it->target = stored_target(&u->old, it->op);
		q->target = it->target;
		if (!q->target)
			return -ENODATA;
	} else {
		q->kind = REQ_FILE;
		q->flags |= REQ_XATTRS;
		q->open = open_stored;
		q->payload = it;
		link_kept(u, it);
	}
	return undo_set(it, UNDO_RESTORE, NULL);
}

static int read_stored(const struct undo *u, size_t i, struct buf *out)
{
	int fd = -1, r = undo_open_stored(&u->old, i, &fd);

	if (!r)
		r = io_read_all(fd, TEXT_MAX, out);
	io_close(&fd);
	return r;
}

static int read_now(const struct undo *u, const char *path, struct buf *out)
{
	int fd = -1, r;

	r = quiet_open_beneath(u->w->ws, path, O_NONBLOCK, &fd);
	if (!r)
		r = io_read_all(fd, TEXT_MAX, out);
	io_close(&fd);
	return r;
}

static int same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->ptr, b->ptr, a->len);
}

int undo_is_back(const struct undo *u, const struct undo_item *it,
		 const struct stat *now)
{
	const struct ident *was = &u->old.ops[it->op].was;
	struct buf a = BUF_INIT, b = BUF_INIT;
	int r = 0;

	if (S_ISREG(now->st_mode) && S_ISREG(was->mode) &&
	    (uint64_t)now->st_size == was->size)
		r = !read_stored(u, it->op, &a) &&
		    !read_now(u, it->path, &b) && same(&a, &b);
	buf_wipe(&a);
	buf_wipe(&b);
	return r;
}

void undo_set_mode(struct undo_item *it, mode_t mode)
{
	/* its other names would get it, too */
	if ((mode ^ it->req.mode) & 07777)
		it->req.kept_name = NULL;
	it->req.mode = mode;
}

/* ========== With what the user changed since ========== */

struct sides {
	struct buf made, now, old;
};

/* The user's mode counts where it is not the one that was applied. */
static mode_t merged_mode(const struct op *op, const struct stat *now)
{
	return now->st_mode == op->made.mode ? op->was.mode : now->st_mode;
}

static int merge_sides(struct undo *u, struct undo_item *it,
		       const struct sides *s)
{
	struct merge_side b = { s->made.ptr, s->made.len, "applied" };
	struct merge_side o = { s->now.ptr, s->now.len, "workspace" };
	struct merge_side t = { s->old.ptr, s->old.len, "before" };
	int clean = 0, r;

	r = merge_texts(&b, &o, &t, &it->content, &clean);
	if (r == -ENOTSUP)
		return undo_set(it, UNDO_CONFLICT, "you have changed it since,"
				" and it is not text that could be merged");
	if (r)
		return r;
	it->req.kind = REQ_FILE;
	it->req.bytes = &it->content;
	it->req.like = it->path;
	it->has_req = 1;
	return clean ? undo_set(it, UNDO_MERGE, NULL) :
	       undo_set(it, UNDO_CONFLICT, "you have changed the same lines"
			" since");
}

static int decide(struct undo *u, struct undo_item *it, const struct sides *s,
		  const struct stat *now)
{
	const struct op *op = &u->old.ops[it->op];
	int r;

	if (same(&s->now, &s->old) && now->st_mode == op->was.mode)
		return 0;
	it->req.now = *now;
	if (same(&s->now, &s->made)) {
		r = undo_restore(u, it);
		undo_set_mode(it, merged_mode(op, now));
		return r;
	}
	it->req.mode = merged_mode(op, now);
	it->req.uid = now->st_uid;
	it->req.gid = now->st_gid;
	if (!geteuid() || now->st_uid != geteuid() || now->st_gid != getegid())
		it->req.flags |= REQ_OWNER;
	return merge_sides(u, it, s);
}

int undo_merge(struct undo *u, struct undo_item *it, const struct stat *now,
	       struct err *err)
{
	struct sides s = { BUF_INIT, BUF_INIT, BUF_INIT };
	int r;

	r = job_read_made(&u->old, it->op, TEXT_MAX, &s.made);
	if (!r)
		r = read_stored(u, it->op, &s.old);
	if (!r)
		r = read_now(u, it->path, &s.now);
	if (!r)
		r = decide(u, it, &s, now);
	else if (r != -ENOMEM)
		r = undo_set(it, UNDO_CONFLICT, "you have changed it since, and"
			     " it cannot be merged");
	buf_wipe(&s.made);
	buf_wipe(&s.now);
	buf_wipe(&s.old);
	return r;
}
