/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/crc32c.h"
#include "util/io.h"

#define JOURNAL_MAX (1u << 30)
#define RECORD_HEAD 8

static const char magic[8] = "scrimJ1\n";

/* Payloads begin with one of these, or with an enum job_state. */
enum record { REC_HEAD = 'H', REC_OP = 'O', REC_DROP = 'D', REC_MADE = 'S',
	      REC_UNDONE = 'U', REC_KEPT = 'K' };

static void add_string(struct buf *b, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	buf_add_u32(b, s ? (uint32_t)len : UINT32_MAX);
	buf_add(b, s ? s : "", len);
}

static void add_ident(struct buf *b, const struct ident *id)
{
	buf_add_u64(b, id->dev);
	buf_add_u64(b, id->ino);
	buf_add_u64(b, id->size);
	buf_add_u64(b, (uint64_t)id->mtime_s);
	buf_add_u32(b, id->mtime_ns);
	buf_add_u32(b, id->mode);
	buf_add_u32(b, id->uid);
	buf_add_u32(b, id->gid);
	buf_add_u32(b, id->nlink);
}

static void add_record(struct buf *out, const struct buf *payload)
{
	buf_add_u32(out, (uint32_t)payload->len);
	buf_add_u32(out, crc32c(payload->ptr, payload->len));
	buf_add(out, payload->ptr, payload->len);
}

static int write_out(struct job *j, struct buf *out)
{
	int r = buf_oom(out) ? -ENOMEM : io_write_full(j->fd, out->ptr, out->len);

	if (!r && fsync(j->fd))
		r = -errno;
	return r;
}

static void add_op(struct buf *b, const struct op *op)
{
	buf_add_u8(b, REC_OP);
	buf_add_u8(b, (uint8_t)op->kind);
	add_string(b, op->path);
	add_string(b, op->temp);
	add_ident(b, &op->was);
	add_ident(b, &op->made);
	buf_add_u64(b, op->hash);
}

int job_write_ops(struct job *j)
{
	struct buf out = BUF_INIT, rec = BUF_INIT;
	int r;

	buf_add(&out, magic, sizeof(magic));
	buf_add_u8(&rec, REC_HEAD);
	buf_add_u32(&rec, j->undoes);
	buf_add_u64(&rec, (uint64_t)j->when);
	add_string(&rec, j->note);
	if (j->together)
		buf_add_u64(&rec, j->together);
	add_record(&out, &rec);
	for (size_t i = 0; i < j->n_drop; i++) {
		buf_clear(&rec);
		buf_add_u8(&rec, REC_DROP);
		add_string(&rec, j->drop[i]);
		add_record(&out, &rec);
	}
	for (size_t i = 0; i < j->n; i++) {
		buf_clear(&rec);
		add_op(&rec, &j->ops[i]);
		add_record(&out, &rec);
	}
	buf_clear(&rec);
	buf_add_u8(&rec, JOB_BEGUN);
	add_record(&out, &rec);
	j->state = JOB_BEGUN;
	r = buf_oom(&rec) ? -ENOMEM : write_out(j, &out);
	if (!r)
		r = io_sync_dir(j->dir);
	buf_release(&out);
	buf_release(&rec);
	return r;
}

static void add_staged(struct buf *out, struct buf *rec, const struct op *op,
		       uint32_t i)
{
	if (op->made.ino) {
		buf_clear(rec);
		buf_add_u8(rec, REC_MADE);
		buf_add_u32(rec, i);
		add_ident(rec, &op->made);
		add_record(out, rec);
	}
	if (op->kept_at) {
		buf_clear(rec);
		buf_add_u8(rec, REC_KEPT);
		buf_add_u32(rec, i);
		buf_add_u64(rec, op->kept_at);
		buf_add_u32(rec, op->kept_len);
		buf_add_u32(rec, op->kept_crc);
		add_record(out, rec);
	}
}

int job_write_staged(struct job *j)
{
	struct buf out = BUF_INIT, rec = BUF_INIT;
	int r;

	if (j->made >= 0 && fsync(j->made))
		return -errno;
	for (size_t i = 0; i < j->n; i++)
		add_staged(&out, &rec, &j->ops[i], (uint32_t)i);
	buf_clear(&rec);
	buf_add_u8(&rec, JOB_ACT);
	add_record(&out, &rec);
	r = buf_oom(&rec) ? -ENOMEM : write_out(j, &out);
	if (!r)
		j->state = JOB_ACT;
	buf_release(&out);
	buf_release(&rec);
	return r;
}

int job_write_state(struct job *j, enum job_state s, uint32_t arg)
{
	struct buf out = BUF_INIT, rec = BUF_INIT;
	int r;

	buf_add_u8(&rec, arg ? REC_UNDONE : (uint8_t)s);
	if (arg)
		buf_add_u32(&rec, arg);
	add_record(&out, &rec);
	r = buf_oom(&rec) ? -ENOMEM : write_out(j, &out);
	if (!r && arg)
		j->undone_by = arg;
	else if (!r)
		j->state = s;
	buf_release(&out);
	buf_release(&rec);
	return r;
}

/* ========== Reading ========== */

struct reader {
	const char *p, *end;
	int bad;
};

static uint64_t get(struct reader *r, size_t size)
{
	uint64_t v = 0;

	if ((size_t)(r->end - r->p) < size) {
		r->bad = 1;
		return 0;
	}
	for (size_t i = 0; i < size; i++)
		v |= (uint64_t)(unsigned char)r->p[i] << 8 * i;
	r->p += size;
	return v;
}

static char *get_string(struct reader *r)
{
	uint32_t len = (uint32_t)get(r, 4);
	char *s;

	if (r->bad || len == UINT32_MAX)
		return NULL;
	if ((size_t)(r->end - r->p) < len || memchr(r->p, 0, len)) {
		r->bad = 1;
		return NULL;
	}
	s = strndup(r->p, len);
	r->p += len;
	if (!s)
		r->bad = 1;
	return s;
}

static void get_ident(struct reader *r, struct ident *id)
{
	id->dev = get(r, 8);
	id->ino = get(r, 8);
	id->size = get(r, 8);
	id->mtime_s = (int64_t)get(r, 8);
	id->mtime_ns = (uint32_t)get(r, 4);
	id->mode = (uint32_t)get(r, 4);
	id->uid = (uint32_t)get(r, 4);
	id->gid = (uint32_t)get(r, 4);
	id->nlink = (uint32_t)get(r, 4);
}

static void get_op(struct reader *r, struct job *j)
{
	struct op *ops = realloc(j->ops, (j->n + 1) * sizeof(*ops)), *op;

	if (!ops) {
		r->bad = 1;
		return;
	}
	j->ops = ops;
	op = &ops[j->n++];
	memset(op, 0, sizeof(*op));
	op->kind = (enum op_kind)get(r, 1);
	op->path = get_string(r);
	op->temp = get_string(r);
	get_ident(r, &op->was);
	get_ident(r, &op->made);
	op->hash = get(r, 8);
	if (!op->path || op->kind < OP_PUT || op->kind >= OP_KINDS)
		r->bad = 1;
}

static void get_drop(struct reader *r, struct job *j)
{
	char **drop = realloc(j->drop, (j->n_drop + 1) * sizeof(*drop));

	if (!drop) {
		r->bad = 1;
		return;
	}
	j->drop = drop;
	drop[j->n_drop] = get_string(r);
	if (drop[j->n_drop])
		j->n_drop++;
	else
		r->bad = 1;
}

/* What was said of one operation after it had been staged. */
static void get_staged(struct reader *r, struct job *j, int type)
{
	size_t i = get(r, 4);
	struct op *op = &j->ops[i];

	if (i >= j->n) {
		r->bad = 1;
	} else if (type == REC_MADE) {
		get_ident(r, &op->made);
	} else {
		op->kept_at = get(r, 8);
		op->kept_len = (uint32_t)get(r, 4);
		op->kept_crc = (uint32_t)get(r, 4);
	}
}

static void get_record(struct reader *r, struct job *j)
{
	int type = (int)get(r, 1);

	switch (type) {
	case REC_HEAD:
		j->undoes = (uint32_t)get(r, 4);
		j->when = (time_t)get(r, 8);
		free(j->note);
		j->note = get_string(r);
		j->together = r->p < r->end ? get(r, 8) : 0;
		break;
	case REC_OP:
		get_op(r, j);
		break;
	case REC_DROP:
		get_drop(r, j);
		break;
	case REC_MADE:
	case REC_KEPT:
		get_staged(r, j, type);
		break;
	case REC_UNDONE:
		j->undone_by = (uint32_t)get(r, 4);
		break;
	case JOB_BEGUN:
	case JOB_ACT:
	case JOB_DONE:
	case JOB_CLOSED:
	case JOB_BACK:
		j->state = (enum job_state)type;
		break;
	default:
		r->bad = 1;
	}
}

/* A job whose first part is torn has touched nothing yet: no operations. */
static int parse(struct job *j, const struct buf *text)
{
	struct reader all = { text->ptr, text->ptr + text->len, 0 };

	if (text->len < sizeof(magic))
		return 0;
	if (memcmp(text->ptr, magic, sizeof(magic)))
		return -EBADMSG;
	all.p += sizeof(magic);
	j->len = sizeof(magic);
	while (all.p < all.end) {
		uint32_t len = (uint32_t)get(&all, 4);
		uint32_t crc = (uint32_t)get(&all, 4);
		struct reader rec = { all.p, all.p + len, 0 };

		if (all.bad || (size_t)(all.end - all.p) < len)
			return 0;
		if (crc32c(all.p, len) != crc)
			return all.p + len == all.end ? 0 : -EBADMSG;
		get_record(&rec, j);
		if (rec.bad)
			return -EBADMSG;
		all.p += len;
		j->len = all.p - text->ptr;
	}
	return 0;
}

int job_read(struct job *j, int state, uint32_t seq, struct err *err)
{
	struct buf text = BUF_INIT;
	char name[32];
	int r;

	*j = (struct job)JOB_NONE;
	j->seq = seq;
	snprintf(name, sizeof(name), "undo/%06u", seq);
	j->dir = openat(state, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			O_CLOEXEC);
	r = j->dir < 0 ? -errno : io_read_file(j->dir, "journal", JOURNAL_MAX,
					       &text);
	if (r == -ENOENT && j->dir >= 0)
		r = 0;	/* it died before the journal was made */
	if (!r)
		r = parse(j, &text);
	if (!r && !j->state)
		j->state = JOB_BEGUN;
	buf_release(&text);
	if (r) {
		job_release(j);
		return err_errno(err, r, "cannot read the journal of job %u",
				 seq);
	}
	return 0;
}
