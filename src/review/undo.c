/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"

struct undo {
	const struct where *w;
	struct job old;
	struct req *reqs;
	struct stored *stored;	/* of each request, for open_stored */
	size_t n;
};

/* What operation i of a job displaced. */
struct stored {
	const struct job *j;
	size_t i;
	char *target;		/* of a symlink */
};

static int open_stored(void *payload, const struct req *q, int *fd)
{
	const struct stored *s = payload;
	char name[JOB_NAME_MAX];

	job_store_name(s->i, name);
	*fd = openat(s->j->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		     O_CLOEXEC);
	if (*fd < 0 && errno == EACCES &&
	    !fchmodat(s->j->dir, name, 0600, 0))
		*fd = openat(s->j->dir, name, O_RDONLY | O_NOFOLLOW |
			     O_NONBLOCK | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
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

/* The object as it was before operation i. */
static int restore(struct undo *u, struct req *q, size_t i)
{
	const struct ident *was = &u->old.ops[i].was;
	struct stored *s = &u->stored[u->n];

	*s = (struct stored){ &u->old, i, NULL };
	like_ident(q, was);
	if (S_ISDIR(was->mode)) {
		q->kind = REQ_DIR;
		return 0;
	}
	if (S_ISLNK(was->mode)) {
		q->kind = REQ_LINK;
		s->target = stored_target(&u->old, i);
		q->target = s->target;
		return q->target ? 0 : -ENODATA;
	}
	q->kind = REQ_FILE;
	q->flags |= REQ_XATTRS;
	q->open = open_stored;
	q->payload = s;
	return 0;
}

/* Which operation made the mode and times that path has now. */
static const struct op *last_meta(const struct job *j, const char *path)
{
	for (size_t i = j->n; i-- > 0;)
		if (j->ops[i].kind == OP_META && !strcmp(j->ops[i].path, path))
			return &j->ops[i];
	return NULL;
}

/* What is at path must be what the job made; fills now. */
static int expect(const struct undo *u, const char *path,
		  const struct ident *made, struct stat *now, struct err *err)
{
	struct ident at;
	int r = engine_stat(u->w, path, now);

	if (r)
		return err_errno(err, r, "%s", path);
	ident_of(&at, now);
	if (made->ino ? !ident_same(&at, made) : at.ino != 0)
		return err_set(err, -EBUSY, "%s was changed since; it would be"
			       " lost", path);
	return 0;
}

static int undo_move(struct undo *u, const struct op *place, struct req *q,
		     struct err *err)
{
	const struct op *meta = last_meta(&u->old, place->path);

	for (size_t i = 0; i < u->old.n; i++)
		if (u->old.ops[i].kind == OP_LIFT &&
		    !strcmp(u->old.ops[i].temp, place->temp))
			q->path = u->old.ops[i].path;
	q->kind = REQ_MOVE;
	q->origin = place->path;
	if (meta) {
		q->flags |= REQ_MODE;
		q->mode = meta->was.mode;
	}
	return expect(u, place->path, meta ? &meta->made : &place->made,
		      &q->now, err);
}

static int undo_meta(struct undo *u, const struct op *op, struct req *q,
		     struct err *err)
{
	for (size_t i = 0; i < u->old.n; i++)
		if (u->old.ops[i].kind == OP_PLACE &&
		    !strcmp(u->old.ops[i].path, op->path))
			return 1;	/* goes with undo_move */
	q->kind = REQ_META;
	like_ident(q, &op->was);
	q->flags = REQ_MODE;
	if (op->was.mtime_s != op->made.mtime_s ||
	    op->was.mtime_ns != op->made.mtime_ns)
		q->flags |= REQ_TIMES;
	return expect(u, op->path, &op->made, &q->now, err);
}

/* 0 with q filled, 1 where there is nothing to do, or a negative errno. */
static int undo_op(struct undo *u, size_t i, struct req *q, struct err *err)
{
	const struct op *op = &u->old.ops[i];
	struct stat now;
	int r;

	memset(q, 0, sizeof(*q));
	q->path = op->path;
	switch (op->kind) {
	case OP_PUT:
	case OP_INSIDE:
		q->kind = REQ_REMOVE;
		return expect(u, op->path, &op->made, &q->now, err);
	case OP_SWAP:
		r = expect(u, op->path, &op->made, &q->now, err);
		return r ? r : restore(u, q, i);
	case OP_TAKE:
		r = expect(u, op->path, &(struct ident){ .ino = 0 }, &now, err);
		return r ? r : restore(u, q, i);
	case OP_PLACE:
		return undo_move(u, op, q, err);
	case OP_META:
		return undo_meta(u, op, q, err);
	case OP_RMDIR:
		r = engine_stat(u->w, op->path, &now);
		if (r || S_ISDIR(now.st_mode))
			return r ? err_errno(err, r, "%s", op->path) : 1;
		return restore(u, q, i);
	default:
		return 1;
	}
}

static int by_path(const void *a, const void *b)
{
	const struct req *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/*
 * A name that was given up and taken by another object comes as two requests:
 * what is there goes away by the other being put in its place.
 */
static void join_names(struct undo *u)
{
	size_t to = 0;

	for (size_t i = 0; i < u->n; i++) {
		struct req *q = &u->reqs[i], *last = to ? &u->reqs[to - 1] : q;

		if (!to || strcmp(last->path, q->path)) {
			u->reqs[to++] = *q;
			continue;
		}
		if (last->kind == REQ_REMOVE && q->kind != REQ_REMOVE) {
			struct stat there = last->now;

			*last = *q;
			if (q->kind != REQ_MOVE)
				last->now = there;
		} else if (q->kind == REQ_REMOVE && last->kind != REQ_MOVE) {
			last->now = q->now;
		}
	}
	u->n = to;
}

static int fill(struct undo *u, struct err *err)
{
	int r;

	u->reqs = calloc(u->old.n + 1, sizeof(*u->reqs));
	u->stored = calloc(u->old.n + 1, sizeof(*u->stored));
	if (!u->reqs || !u->stored)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < u->old.n; i++) {
		r = undo_op(u, i, &u->reqs[u->n], err);
		if (r == -ENODATA)
			return err_set(err, r, "%s: what it was is no longer"
				       " kept", u->old.ops[i].path);
		if (r < 0)
			return r;
		u->n += !r;
	}
	qsort(u->reqs, u->n, sizeof(*u->reqs), by_path);
	join_names(u);
	return 0;
}

static void release(struct undo *u)
{
	for (size_t i = 0; u->stored && i <= u->old.n; i++)
		free(u->stored[i].target);
	free(u->stored);
	free(u->reqs);
	job_release(&u->old);
}

static int find_job(const struct where *w, uint32_t seq, struct job *j,
		    struct err *err)
{
	uint32_t *all = NULL;
	int r = 0, found = 0;
	size_t n;

	r = job_list(w->state, &all, &n);
	for (size_t i = n; !r && !found && i-- > 0;) {
		if (seq && all[i] != seq)
			continue;
		r = job_read(j, w->state, all[i], err);
		found = !r && j->state == JOB_CLOSED && !j->undone_by &&
			(seq || !j->undoes);
		if (!found)
			job_release(j);
	}
	free(all);
	if (!r && !found)
		r = err_set(err, -ENOENT, seq ? "job %u is not there to be"
			    " undone; see scrim log" :
			    "nothing was applied that could be undone", seq);
	return r;
}

int undo_mark(const struct where *w, uint32_t seq, uint32_t by, struct err *err)
{
	struct job j = JOB_NONE;
	int r;

	r = job_read(&j, w->state, seq, err);
	if (!r && j.undone_by != by) {
		r = job_reopen(&j);
		if (!r)
			r = job_write_state(&j, j.state, by);
		if (r)
			err_errno(err, r, "cannot write the session's journal");
	}
	job_release(&j);
	return r;
}

int undo_run(const struct where *w, uint32_t seq, uint32_t *did,
	     struct notes *notes, struct err *err)
{
	struct undo u = { .w = w, .old = JOB_NONE };
	struct job j = JOB_NONE;
	int r;

	r = find_job(w, seq, &u.old, err);
	if (!r)
		r = fill(&u, err);
	if (r)
		goto out;
	*did = u.old.seq;
	j.undoes = u.old.seq;
	r = job_create(&j, w->state, err);
	if (!r)
		r = engine_run(&j, w, u.reqs, u.n, notes, err);
	if (r) {
		apply_forget(&j, w);
		goto out;
	}
	r = undo_mark(w, u.old.seq, j.seq, err);
	if (!r)
		r = engine_finish(&j, w, 0, notes, err);
	if (!r)
		jobs_prune(w, APPLY_KEEP, APPLY_KEEP_BYTES);
out:
	job_release(&j);
	release(&u);
	return r;
}

/* ========== Bounds ========== */

static unsigned long long job_bytes(const struct where *w, uint32_t seq)
{
	struct err err = ERR_INIT;
	struct job j = JOB_NONE;
	unsigned long long bytes = 0;
	char name[JOB_NAME_MAX];
	struct stat st;

	if (job_read(&j, w->state, seq, &err))
		return 0;
	for (size_t i = 0; i < j.n; i++) {
		job_store_name(i, name);
		if (!fstatat(j.dir, name, &st, AT_SYMLINK_NOFOLLOW))
			bytes += (unsigned long long)st.st_blocks * 512;
	}
	job_release(&j);
	return bytes;
}

int jobs_prune(const struct where *w, size_t keep, unsigned long long bytes)
{
	unsigned long long total = 0;
	uint32_t *all = NULL;
	size_t n, kept = 0;
	int r;

	r = job_list(w->state, &all, &n);
	for (size_t i = n; !r && i-- > 0;) {
		total += job_bytes(w, all[i]);
		if (++kept > 1 && (kept > keep || total > bytes))
			r = job_remove(w->state, all[i]);
	}
	free(all);
	return r;
}
