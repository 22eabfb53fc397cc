/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "util/io.h"
#include "util/path.h"

struct builder {
	struct job *j;
	const struct req *reqs;
	size_t n;
	unsigned long tag;
	size_t *op_of;		/* of each request: its first operation */
};

static int by_path(const void *key, const void *at)
{
	return strcmp(key, ((const struct req *)at)->path);
}

static const struct req *find_req(const struct builder *b, const char *path,
				  size_t len)
{
	char *key = strndup(path, len);
	const struct req *q = NULL;

	if (key)
		q = bsearch(key, b->reqs, b->n, sizeof(*b->reqs), by_path);
	free(key);
	return q;
}

static int makes_object(const struct req *q)
{
	return q->kind == REQ_FILE || q->kind == REQ_LINK || q->kind == REQ_DIR;
}

/* A directory that the requests make, so that it is staged with its content. */
static int is_new_dir(const struct req *q)
{
	return q && q->kind == REQ_DIR;
}

/* A directory that makes way for another object. */
static int is_replaced_dir(const struct req *q)
{
	return q && makes_object(q) && S_ISDIR(q->now.st_mode);
}

/* The nearest directory above path that stays where it is. */
static size_t lasting_parent(const struct builder *b, const char *path)
{
	size_t len = path_parent_len(path), at;

	for (at = len; at;) {
		const struct req *q = find_req(b, path, at);
		char *dir = strndup(path, at);

		if (is_new_dir(q) || is_replaced_dir(q))
			len = path_parent_len(q->path);
		at = dir ? path_parent_len(dir) : 0;
		free(dir);
	}
	return len;
}

static char *temp_name(const struct builder *b, const char *path)
{
	size_t len = lasting_parent(b, path);
	struct buf name = BUF_INIT;

	buf_add(&name, path, len);
	buf_addf(&name, "%s.scrim-%08lx-%zu", len ? "/" : "", b->tag, b->j->n);
	return buf_take(&name);
}

/* NULL without memory. Identity "was" of what the request found at its path. */
static struct op *add_op(struct builder *b, enum op_kind kind,
			 const struct req *q, const char *path)
{
	struct op *op = &b->j->ops[b->j->n];

	memset(op, 0, sizeof(*op));
	if (kind != OP_PLACE && kind != OP_META)
		b->op_of[q - b->reqs] = b->j->n;
	op->kind = kind;
	op->req = q;
	op->path = strdup(path);
	if (!op->path)
		return NULL;
	if (q->kind != REQ_MOVE || kind == OP_LIFT)
		ident_of(&op->was, &q->now);
	b->j->n++;
	return op;
}

static int add_temp_op(struct builder *b, enum op_kind kind,
		       const struct req *q, const char *path)
{
	char *temp = temp_name(b, path);
	struct op *op = temp ? add_op(b, kind, q, path) : NULL;

	if (!op) {
		free(temp);
		return -ENOMEM;
	}
	op->temp = temp;
	return 0;
}

static int build_takes(struct builder *b)
{
	int r = 0;

	for (size_t i = 0; !r && i < b->n; i++) {
		const struct req *q = &b->reqs[i];

		if (q->kind == REQ_MOVE)
			r = add_temp_op(b, OP_LIFT, q, q->origin);
		else if (q->kind == REQ_REMOVE && !S_ISDIR(q->now.st_mode))
			r = add_temp_op(b, OP_TAKE, q, q->path);
	}
	return r;
}

static int build_place(struct builder *b, const struct req *q)
{
	const struct op *lift = &b->j->ops[b->op_of[q - b->reqs]];
	struct op *op = add_op(b, OP_PLACE, q, q->path);

	if (!op)
		return -ENOMEM;
	op->made = lift->was;
	op->temp = strdup(lift->temp);
	return op->temp ? 0 : -ENOMEM;
}

/* dir is the request that makes the directory that q will be in. */
static int build_inside(struct builder *b, const struct req *q,
			const struct req *dir)
{
	const struct op *parent = &b->j->ops[b->op_of[dir - b->reqs]];
	struct op *op = add_op(b, OP_INSIDE, q, q->path);
	struct buf temp = BUF_INIT;

	if (!op)
		return -ENOMEM;
	path_join(&temp, parent->temp, path_base(q->path));
	op->temp = buf_take(&temp);
	return op->temp ? 0 : -ENOMEM;
}

static int build_puts(struct builder *b)
{
	int r = 0;

	for (size_t i = 0; !r && i < b->n; i++) {
		const struct req *q = &b->reqs[i];
		size_t parent = path_parent_len(q->path);
		const struct req *dir = parent ?
			find_req(b, q->path, parent) : NULL;

		if (q->kind == REQ_MOVE)
			r = build_place(b, q);
		else if (!makes_object(q))
			continue;
		else if (is_new_dir(dir))
			r = build_inside(b, q, dir);
		else
			r = add_temp_op(b, q->now.st_mode ? OP_SWAP : OP_PUT,
					q, q->path);
	}
	return r;
}

/* Directories that become writable do so first, all others last. */
static int is_early(const struct req *q)
{
	return q->kind == REQ_META && q->flags & REQ_MODE &&
	       S_ISDIR(q->now.st_mode) && q->mode & ~q->now.st_mode & 0300;
}

static int build_metas(struct builder *b, int early)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct req *q = &b->reqs[i];
		struct op *op;

		if (q->kind != REQ_META && !(q->kind == REQ_MOVE &&
					     q->flags & REQ_MODE))
			continue;
		if (is_early(q) != early)
			continue;
		op = add_op(b, OP_META, q, q->path);
		if (!op)
			return -ENOMEM;
		ident_of(&op->was, &q->now);
		op->made = op->was;
		if (q->flags & REQ_MODE)
			op->made.mode = (q->now.st_mode & S_IFMT) |
					(q->mode & 07777);
		if (q->flags & REQ_TIMES) {
			op->made.mtime_s = q->mtime.tv_sec;
			op->made.mtime_ns = (uint32_t)q->mtime.tv_nsec;
		}
	}
	return 0;
}

static int build_rmdirs(struct builder *b)
{
	for (size_t i = b->n; i-- > 0;) {
		const struct req *q = &b->reqs[i];

		if (q->kind != REQ_REMOVE || !S_ISDIR(q->now.st_mode))
			continue;
		if (!add_op(b, OP_RMDIR, q, q->path))
			return -ENOMEM;
	}
	return 0;
}

int engine_build(struct job *j, const struct req *reqs, size_t n)
{
	struct builder b = { j, reqs, n, 0, NULL };
	uint32_t tag;
	int r;

	io_random(&tag, sizeof(tag));
	b.tag = tag;
	b.op_of = calloc(n + 1, sizeof(*b.op_of));
	j->ops = calloc(2 * n + 1, sizeof(*j->ops));
	r = b.op_of && j->ops ? build_metas(&b, 1) : -ENOMEM;
	if (!r)
		r = build_takes(&b);
	if (!r)
		r = build_puts(&b);
	if (!r)
		r = build_metas(&b, 0);
	if (!r)
		r = build_rmdirs(&b);
	free(b.op_of);
	return r;
}
