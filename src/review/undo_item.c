/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/undo.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What became of an object since a job made it what it is. */
enum since {
	SINCE_SAME,
	SINCE_GONE,
	SINCE_CAME,	/* nothing was there */
	SINCE_CONTENT,	/* and maybe its mode */
	SINCE_MODE,	/* mode or owner alone */
	SINCE_TYPE,
};

static const char *const why_not[] = {
	[SINCE_GONE] = "you have removed it since",
	[SINCE_CAME] = "you have made another there since",
	[SINCE_CONTENT] = "you have changed it since",
	[SINCE_MODE] = "you have changed its mode since",
	[SINCE_TYPE] = "you have put another type of object there since",
};

static enum since compare(const struct ident *at, const struct ident *made)
{
	if (!made->ino)
		return at->ino ? SINCE_CAME : SINCE_SAME;
	if (!at->ino)
		return SINCE_GONE;
	if (ident_same(at, made))
		return SINCE_SAME;
	if ((at->mode ^ made->mode) & S_IFMT)
		return SINCE_TYPE;
	return ident_is(at, made) && (S_ISDIR(at->mode) ||
	       (at->size == made->size && at->mtime_s == made->mtime_s &&
		at->mtime_ns == made->mtime_ns)) ? SINCE_MODE : SINCE_CONTENT;
}

static int look(const struct undo *u, const char *path,
		const struct ident *made, struct stat *now, enum since *out,
		struct err *err)
{
	struct ident at;
	int r = engine_stat(u->w, path, now);

	if (r)
		return err_errno(err, r, "%s", path);
	ident_of(&at, now);
	*out = compare(&at, made);
	return 0;
}

static int conflict(struct undo_item *it, enum since s)
{
	return undo_set(it, UNDO_CONFLICT, why_not[s]);
}

/* Which operation made the mode and times that path has now. */
static const struct op *last_meta(const struct job *j, const char *path)
{
	for (size_t i = j->n; i-- > 0;)
		if (j->ops[i].kind == OP_META && !strcmp(j->ops[i].path, path))
			return &j->ops[i];
	return NULL;
}

static int plan_remove(struct undo *u, struct undo_item *it, struct err *err)
{
	const struct op *op = &u->old.ops[it->op];
	enum since s;
	int r = look(u, op->path, &op->made, &it->req.now, &s, err);

	if (r || s == SINCE_GONE)
		return r;
	if (s != SINCE_SAME && !(s == SINCE_MODE && S_ISDIR(op->made.mode)))
		return conflict(it, s);
	it->req.kind = REQ_REMOVE;
	it->has_req = 1;
	return undo_set(it, UNDO_REMOVE, NULL);
}

static int plan_swap(struct undo *u, struct undo_item *it, struct err *err)
{
	const struct op *op = &u->old.ops[it->op];
	struct stat now;
	enum since s;
	int r = look(u, op->path, &op->made, &now, &s, err);

	if (r)
		return r;
	if (s == SINCE_CONTENT && S_ISREG(now.st_mode) &&
	    S_ISREG(op->was.mode))
		return undo_merge(u, it, &now, err);
	if (s != SINCE_SAME && s != SINCE_MODE)
		return conflict(it, s);
	it->req.now = now;
	r = undo_restore(u, it);
	if (s == SINCE_MODE)
		undo_set_mode(it, (it->req.mode & S_IFMT) |
			      (now.st_mode & 07777));
	return r;
}

static int plan_take(struct undo *u, struct undo_item *it, struct err *err)
{
	const struct op *op = &u->old.ops[it->op];
	struct stat now;
	enum since s;
	int r = look(u, op->path, &(struct ident){ .ino = 0 }, &now, &s, err);

	if (r)
		return r;
	if (s == SINCE_SAME)
		return undo_restore(u, it);
	return undo_is_back(u, it, &now) ? 0 : conflict(it, s);
}

static int plan_place(struct undo *u, struct undo_item *it, struct err *err)
{
	const struct op *place = &u->old.ops[it->op];
	const struct op *meta = last_meta(&u->old, place->path);
	struct req *q = &it->req;
	enum since s;
	int r;

	for (size_t i = 0; i < u->old.n; i++)
		if (u->old.ops[i].kind == OP_LIFT &&
		    !strcmp(u->old.ops[i].temp, place->temp))
			q->path = u->old.ops[i].path;
	r = look(u, place->path, meta ? &meta->made : &place->made, &q->now,
		 &s, err);
	if (r)
		return r;
	if (s == SINCE_GONE || s == SINCE_TYPE)
		return conflict(it, s);
	q->kind = REQ_MOVE;
	q->origin = place->path;
	if (meta && s == SINCE_SAME) {
		q->flags |= REQ_MODE;
		q->mode = meta->was.mode;
	}
	it->has_req = 1;
	return undo_set(it, UNDO_MOVE, NULL);
}

static int goes_with_a_move(const struct job *j, const char *path)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->ops[i].kind == OP_PLACE && !strcmp(j->ops[i].path, path))
			return 1;
	return 0;
}

static int plan_meta(struct undo *u, struct undo_item *it, struct err *err)
{
	const struct op *op = &u->old.ops[it->op];
	struct req *q = &it->req;
	enum since s;
	int r;

	if (goes_with_a_move(&u->old, op->path))
		return 0;
	r = look(u, op->path, &op->made, &q->now, &s, err);
	if (r)
		return r;
	if (s == SINCE_MODE && q->now.st_mode == op->was.mode)
		return 0;
	if (s != SINCE_SAME && (s != SINCE_CONTENT ||
				q->now.st_mode != op->made.mode))
		return conflict(it, s);
	q->kind = REQ_META;
	q->mode = op->was.mode;
	q->mtime = (struct timespec){ op->was.mtime_s, op->was.mtime_ns };
	q->flags = REQ_MODE;
	if (s == SINCE_SAME && (op->was.mtime_s != op->made.mtime_s ||
				op->was.mtime_ns != op->made.mtime_ns))
		q->flags |= REQ_TIMES;
	it->has_req = 1;
	return undo_set(it, UNDO_META, NULL);
}

static int plan_rmdir(struct undo *u, struct undo_item *it, struct err *err)
{
	const struct op *op = &u->old.ops[it->op];
	struct stat now;
	int r = engine_stat(u->w, op->path, &now);

	if (r)
		return err_errno(err, r, "%s", op->path);
	if (S_ISDIR(now.st_mode))
		return 0;
	return now.st_mode ? conflict(it, SINCE_CAME) : undo_restore(u, it);
}

static int plan_nothing(struct undo *u, struct undo_item *it, struct err *err)
{
	return 0;
}

int undo_item_plan(struct undo *u, struct undo_item *it, struct err *err)
{
	static int (*const kinds[OP_KINDS])(struct undo *u,
					    struct undo_item *it,
					    struct err *err) = {
		[0] = plan_nothing,
		[OP_PUT] = plan_remove,
		[OP_INSIDE] = plan_remove,
		[OP_SWAP] = plan_swap,
		[OP_TAKE] = plan_take,
		[OP_LIFT] = plan_nothing,
		[OP_PLACE] = plan_place,
		[OP_META] = plan_meta,
		[OP_RMDIR] = plan_rmdir,
	};
	const struct op *op = &u->old.ops[it->op];
	int r;

	it->req.path = op->path;
	r = kinds[op->kind](u, it, err);
	if (r == -ENODATA)
		return err_set(err, r, "%s: what it was is no longer kept",
			       op->path);
	return r == -ENOMEM ? err_set(err, r, "out of memory") : r;
}
