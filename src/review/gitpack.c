/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitpack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/sha1.h"

#define TEMP_NAME "unfinished"
#define FLUSH_AT (1u << 20)
#define HEADER_LEN 12

struct gitpack_item {
	uint8_t id[GITSET_ID];
	struct gitpack_place at;
};

static int flush(struct gitpack *p)
{
	int r;

	if (buf_oom(&p->pending))
		return -ENOMEM;
	r = io_write_full(p->fd, p->pending.ptr, p->pending.len);
	buf_clear(&p->pending);
	return r;
}

static void add_be32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_add(b, &v, sizeof(v));
}

int gitpack_open(struct gitpack *p, int dirfd)
{
	static const char zero[HEADER_LEN];

	*p = (struct gitpack){ .dirfd = dirfd, .fd = -1, .pending = BUF_INIT };
	gitset_init(&p->have);
	if (deflateInit(&p->z, 1) != Z_OK) {
		p->z.state = NULL;
		return -ENOMEM;
	}
	p->fd = openat(dirfd, TEMP_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		       0600);
	if (p->fd < 0)
		return -errno;
	buf_add(&p->pending, zero, sizeof(zero));
	p->off = HEADER_LEN;
	return 0;
}

static void object_id(enum gitpack_type type, const void *data, size_t len,
		      uint8_t id[GITSET_ID])
{
	static const char *const names[] = {
		[GITPACK_COMMIT] = "commit", [GITPACK_TREE] = "tree",
		[GITPACK_BLOB] = "blob",
	};
	struct sha1 s;
	char head[40];
	int n;

	n = snprintf(head, sizeof(head), "%s %zu", names[type], len);
	sha1_begin(&s);
	sha1_add(&s, head, (size_t)n + 1);
	sha1_add(&s, data, len);
	sha1_end(&s, id);
}

static size_t object_header(uint8_t *out, enum gitpack_type type, size_t len)
{
	size_t n = 0;

	out[n] = (uint8_t)((unsigned)type << 4 | (len & 15));
	for (len >>= 4; len; len >>= 7) {
		out[n++] |= 0x80;
		out[n] = len & 0x7f;
	}
	return n + 1;
}

static int deflate_all(struct gitpack *p, const void *data, size_t len)
{
	size_t room;
	int z;

	if (deflateReset(&p->z) != Z_OK || len > UINT32_MAX)
		return -EFBIG;
	room = deflateBound(&p->z, len);
	if (buf_grow(&p->pending, room))
		return -ENOMEM;
	p->z.next_in = (z_const Bytef *)data;
	p->z.avail_in = (uInt)len;
	p->z.next_out = (Bytef *)p->pending.ptr + p->pending.len;
	p->z.avail_out = (uInt)room;
	z = deflate(&p->z, Z_FINISH);
	if (z != Z_STREAM_END)
		return -EIO;
	p->pending.len += room - p->z.avail_out;
	p->pending.ptr[p->pending.len] = '\0';
	return 0;
}

static int add_item(struct gitpack *p, const uint8_t *id, size_t start)
{
	struct gitpack_item *at;
	size_t len = p->pending.len - start;

	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 1024;

		at = reallocarray(p->at, cap, sizeof(*at));
		if (!at)
			return -ENOMEM;
		p->at = at;
		p->cap = cap;
	}
	at = &p->at[p->n++];
	memcpy(at->id, id, GITSET_ID);
	at->at = (struct gitpack_place){ p->off, (uint32_t)len,
		(uint32_t)crc32(0, (Bytef *)p->pending.ptr + start,
				(uInt)len) };
	p->off += len;
	return p->pending.len >= FLUSH_AT ? flush(p) : 0;
}

int gitpack_add(struct gitpack *p, enum gitpack_type type, const void *data,
		size_t len, const uint8_t *known, uint8_t id[GITSET_ID])
{
	uint8_t own[GITSET_ID], head[16];
	size_t start;
	int r;

	if (known)
		memcpy(own, known, GITSET_ID);
	else
		object_id(type, data, len, own);
	if (id)
		memcpy(id, own, GITSET_ID);
	r = gitset_put(&p->have, own, "", 0, NULL);
	if (r <= 0)
		return r;
	start = p->pending.len;
	buf_add(&p->pending, head, object_header(head, type, len));
	r = deflate_all(p, data, len);
	return r ? r : add_item(p, own, start);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct gitpack_item *)a)->id,
		      ((const struct gitpack_item *)b)->id, GITSET_ID);
}

static int read_packed(struct gitpack *p, int fd,
		       const struct gitpack_place *from)
{
	char *to;

	if (buf_grow(&p->pending, from->len))
		return -ENOMEM;
	to = p->pending.ptr + p->pending.len;
	if (io_pread_full(fd, to, from->len, (off_t)from->off) !=
	    (ssize_t)from->len ||
	    (uint32_t)crc32(0, (Bytef *)to, from->len) != from->crc)
		return -EBADMSG;
	p->pending.len += from->len;
	return 0;
}

int gitpack_copy(struct gitpack *p, const uint8_t id[GITSET_ID], int fd,
		 const struct gitpack_place *from)
{
	size_t start = p->pending.len;
	int r;

	if (gitset_get(&p->have, id, "", 0))
		return 0;
	r = read_packed(p, fd, from);
	p->pending.ptr[p->pending.len] = '\0';
	if (!r && gitset_put(&p->have, id, "", 0, NULL) < 0)
		r = -ENOMEM;
	return r ? r : add_item(p, id, start);
}

int gitpack_find(const struct gitpack *p, const uint8_t id[GITSET_ID],
		 struct gitpack_place *out)
{
	struct gitpack_item key;
	const struct gitpack_item *at;

	memcpy(key.id, id, GITSET_ID);
	at = p->n ? bsearch(&key, p->at, p->n, sizeof(key), by_id) : NULL;
	if (!at)
		return -ENOENT;
	*out = at->at;
	return 0;
}

/* Header, and at the end the hash of all before it. */
static int seal(struct gitpack *p, uint8_t sum[SHA1_LEN])
{
	uint32_t head[3] = { htonl(0x5041434b), htonl(2), htonl((uint32_t)p->n) };
	struct sha1 s;
	uint64_t off = 0;
	ssize_t n;
	int r;

	r = flush(p);
	if (!r)
		r = io_pwrite_full(p->fd, head, sizeof(head), 0);
	if (!r && buf_grow(&p->pending, FLUSH_AT))
		r = -ENOMEM;
	if (r)
		return r;
	sha1_begin(&s);
	for (; off < p->off; off += (uint64_t)n) {
		n = io_pread_full(p->fd, p->pending.ptr, FLUSH_AT, (off_t)off);
		if (n <= 0)
			return n ? (int)n : -EIO;
		sha1_add(&s, p->pending.ptr, (size_t)n);
	}
	sha1_end(&s, sum);
	return io_pwrite_full(p->fd, sum, SHA1_LEN, (off_t)p->off);
}

static void add_fanout(const struct gitpack *p, struct buf *b)
{
	size_t at = 0;

	for (int i = 0; i < 256; i++) {
		while (at < p->n && p->at[at].id[0] <= i)
			at++;
		add_be32(b, (uint32_t)at);
	}
}

static void add_offsets(const struct gitpack *p, struct buf *b)
{
	uint32_t big = 0;

	for (size_t i = 0; i < p->n; i++)
		add_be32(b, p->at[i].at.off < 0x80000000u ?
			 (uint32_t)p->at[i].at.off : 0x80000000u | big++);
	for (size_t i = 0; i < p->n; i++) {
		if (p->at[i].at.off < 0x80000000u)
			continue;
		add_be32(b, (uint32_t)(p->at[i].at.off >> 32));
		add_be32(b, (uint32_t)p->at[i].at.off);
	}
}

static int make_idx(struct gitpack *p, const uint8_t *sum, struct buf *b)
{
	uint8_t own[SHA1_LEN];
	struct sha1 s;

	if (p->n)
		qsort(p->at, p->n, sizeof(*p->at), by_id);
	add_be32(b, 0xff744f63);
	add_be32(b, 2);
	add_fanout(p, b);
	for (size_t i = 0; i < p->n; i++)
		buf_add(b, p->at[i].id, GITSET_ID);
	for (size_t i = 0; i < p->n; i++)
		add_be32(b, p->at[i].at.crc);
	add_offsets(p, b);
	buf_add(b, sum, SHA1_LEN);
	if (buf_oom(b))
		return -ENOMEM;
	sha1_begin(&s);
	sha1_add(&s, b->ptr, b->len);
	sha1_end(&s, own);
	buf_add(b, own, SHA1_LEN);
	return buf_oom(b) ? -ENOMEM : 0;
}

static int put_names(struct gitpack *p, const uint8_t *sum,
		     const struct buf *idx)
{
	char name[64], hex[2 * SHA1_LEN + 1];
	int r;

	for (int i = 0; i < SHA1_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	snprintf(name, sizeof(name), "pack-%s.pack", hex);
	if (fchmod(p->fd, 0444) ||
	    renameat(p->dirfd, TEMP_NAME, p->dirfd, name))
		return -errno;
	io_close(&p->fd);
	snprintf(name, sizeof(name), "pack-%s.idx", hex);
	r = io_replace(p->dirfd, name, idx->ptr, idx->len, 0444);
	return r;
}

int gitpack_finish(struct gitpack *p)
{
	uint8_t sum[SHA1_LEN];
	struct buf idx = BUF_INIT;
	int r;

	r = seal(p, sum);
	memcpy(p->sum, sum, sizeof(p->sum));
	if (!r)
		r = make_idx(p, sum, &idx);
	if (!r)
		r = put_names(p, sum, &idx);
	buf_release(&idx);
	return r;
}

void gitpack_release(struct gitpack *p)
{
	if (p->fd >= 0)
		unlinkat(p->dirfd, TEMP_NAME, 0);
	io_close(&p->fd);
	if (p->z.state)
		deflateEnd(&p->z);
	free(p->at);
	p->at = NULL;
	gitset_release(&p->have);
	buf_wipe(&p->pending);
}
