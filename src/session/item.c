/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/item.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define NO_STRING UINT32_MAX
#define STRING_MAX (1u << 20)

void lower_id_of(struct lower_id *id, const struct stat *st)
{
	id->dev = st->st_dev;
	id->ino = st->st_ino;
	id->size = S_ISDIR(st->st_mode) ? 0 : (uint64_t)st->st_size;
	id->mtime = st->st_mtim;
	id->ctime = st->st_ctim;
	id->mode = st->st_mode;
	id->uid = st->st_uid;
	id->gid = st->st_gid;
}

void lower_id_stat(const struct lower_id *id, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	if (!id->ino)
		return;
	st->st_dev = id->dev;
	st->st_ino = id->ino;
	st->st_size = (off_t)id->size;
	st->st_mtim = id->mtime;
	st->st_ctim = id->ctime;
	st->st_mode = id->mode;
	st->st_uid = id->uid;
	st->st_gid = id->gid;
}

static int same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int lower_id_same(const struct lower_id *a, const struct lower_id *b)
{
	if (a->ino != b->ino || a->dev != b->dev)
		return 0;
	if (!a->ino)
		return 1;
	/* entries come and go in a directory; that does not change what it is */
	if (S_ISDIR(a->mode) && S_ISDIR(b->mode))
		return a->mode == b->mode && a->uid == b->uid &&
		       a->gid == b->gid;
	return a->size == b->size && a->mode == b->mode && a->uid == b->uid &&
	       a->gid == b->gid && same_time(&a->mtime, &b->mtime) &&
	       same_time(&a->ctime, &b->ctime);
}

int lower_stat_same(const struct stat *a, const struct stat *b)
{
	struct lower_id x, y;

	lower_id_of(&x, a);
	lower_id_of(&y, b);
	return lower_id_same(&x, &y);
}

static void add_string(struct buf *out, const char *s, uint32_t len)
{
	buf_add_u32(out, s ? len : NO_STRING);
	if (s)
		buf_add(out, s, len);
}

static void add_time(struct buf *out, const struct timespec *t)
{
	buf_add_u64(out, (uint64_t)t->tv_sec);
	buf_add_u32(out, (uint32_t)t->tv_nsec);
}

static void add_id(struct buf *out, const struct lower_id *id)
{
	buf_add_u64(out, id->ino);
	if (!id->ino)
		return;
	buf_add_u64(out, id->dev);
	buf_add_u64(out, id->size);
	add_time(out, &id->mtime);
	add_time(out, &id->ctime);
	buf_add_u32(out, id->mode);
	buf_add_u32(out, id->uid);
	buf_add_u32(out, id->gid);
}

static void add_node(struct buf *out, const struct item_node *n)
{
	buf_add_u64(out, n->nid);
	buf_add_u64(out, n->ino);
	buf_add_u32(out, n->mode);
	buf_add_u32(out, n->uid);
	buf_add_u32(out, n->gid);
	buf_add_u32(out, n->nlink);
	buf_add_u32(out, n->flags);
	add_time(out, &n->atime);
	add_time(out, &n->mtime);
	add_time(out, &n->ctime);
	add_time(out, &n->btime);
	add_time(out, &n->clean);
	add_id(out, &n->from);
	buf_add_u64(out, n->from_off);
	buf_add_u64(out, n->from_len);
	add_string(out, n->origin, n->origin_len);
	add_string(out, n->target, n->target_len);
}

static void add_entry(struct buf *out, const struct item_entry *e)
{
	buf_add_u64(out, e->parent);
	buf_add_u64(out, e->nid);
	add_string(out, e->name, e->name_len);
	add_id(out, &e->base);
	buf_add_u64(out, e->base_off);
	buf_add_u64(out, e->base_len);
	add_time(out, &e->base_when);
}

void item_add(struct buf *out, const struct item *it)
{
	buf_add_u8(out, (uint8_t)it->kind);
	switch (it->kind) {
	case ITEM_NODE:
		add_node(out, &it->node);
		break;
	case ITEM_ENTRY:
		add_entry(out, &it->entry);
		break;
	case ITEM_UNENTRY:
		buf_add_u64(out, it->entry.parent);
		add_string(out, it->entry.name, it->entry.name_len);
		break;
	case ITEM_XATTR:
		buf_add_u64(out, it->xattr.nid);
		add_string(out, it->xattr.name, it->xattr.name_len);
		add_string(out, it->xattr.value, it->xattr.value_len);
		break;
	case ITEM_FREE:
		buf_add_u64(out, it->nid);
		break;
	}
}

/* A reader that goes bad once and stays so; checked at the end of an item. */
struct reader {
	const char *p, *end;
	int bad;
};

static uint64_t get_int(struct reader *r, size_t bytes)
{
	uint64_t v = 0;

	if (r->bad || (size_t)(r->end - r->p) < bytes) {
		r->bad = 1;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)(uint8_t)r->p[i] << (8 * i);
	r->p += bytes;
	return v;
}

static const char *get_string(struct reader *r, uint32_t *len)
{
	const char *s;

	*len = (uint32_t)get_int(r, 4);
	if (r->bad || *len == NO_STRING) {
		*len = 0;
		return NULL;
	}
	if (*len > STRING_MAX || (size_t)(r->end - r->p) < *len) {
		r->bad = 1;
		return NULL;
	}
	s = r->p;
	r->p += *len;
	return s;
}

/* A name must be one that a directory can hold. */
static const char *get_name(struct reader *r, uint32_t *len)
{
	const char *s = get_string(r, len);

	if (!s || !*len || *len > NAME_MAX || memchr(s, '/', *len) ||
	    memchr(s, '\0', *len) || (*len == 1 && s[0] == '.') ||
	    (*len == 2 && s[0] == '.' && s[1] == '.'))
		r->bad = 1;
	return s;
}

/* An attribute's may have slashes and dots. */
static const char *get_xattr_name(struct reader *r, uint32_t *len)
{
	const char *s = get_string(r, len);

	if (!s || !*len || *len > XATTR_NAME_MAX || memchr(s, '\0', *len))
		r->bad = 1;
	return s;
}

static void get_time(struct reader *r, struct timespec *t)
{
	t->tv_sec = (time_t)get_int(r, 8);
	t->tv_nsec = (long)get_int(r, 4);
	if (t->tv_nsec < 0 || t->tv_nsec > 999999999)
		r->bad = 1;
}

static void get_id(struct reader *r, struct lower_id *id)
{
	memset(id, 0, sizeof(*id));
	id->ino = get_int(r, 8);
	if (!id->ino)
		return;
	id->dev = get_int(r, 8);
	id->size = get_int(r, 8);
	get_time(r, &id->mtime);
	get_time(r, &id->ctime);
	id->mode = (uint32_t)get_int(r, 4);
	id->uid = (uint32_t)get_int(r, 4);
	id->gid = (uint32_t)get_int(r, 4);
}

/* An origin is a clean path: it is opened below the workspace later. */
static int clean_origin(const char *s, uint32_t len)
{
	const char *end = s + len, *p = s;

	if (memchr(s, '\0', len))
		return 0;
	while (p < end) {
		const char *slash = memchr(p, '/', (size_t)(end - p));
		size_t n = (size_t)((slash ? slash : end) - p);

		if (!n || n > NAME_MAX || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return 0;
		p += n;
		if (slash && ++p == end)
			return 0;
	}
	return 1;
}

static void get_node(struct reader *r, struct item_node *n)
{
	n->nid = get_int(r, 8);
	n->ino = get_int(r, 8);
	n->mode = (uint32_t)get_int(r, 4);
	n->uid = (uint32_t)get_int(r, 4);
	n->gid = (uint32_t)get_int(r, 4);
	n->nlink = (uint32_t)get_int(r, 4);
	n->flags = (uint32_t)get_int(r, 4);
	get_time(r, &n->atime);
	get_time(r, &n->mtime);
	get_time(r, &n->ctime);
	get_time(r, &n->btime);
	get_time(r, &n->clean);
	get_id(r, &n->from);
	n->from_off = get_int(r, 8);
	n->from_len = get_int(r, 8);
	n->origin = get_string(r, &n->origin_len);
	n->target = get_string(r, &n->target_len);
	if (!n->nid || !n->ino ||
	    (n->origin && !clean_origin(n->origin, n->origin_len)) ||
	    (n->target && memchr(n->target, '\0', n->target_len)) ||
	    (n->target && !S_ISLNK(n->mode) && !S_ISCHR(n->mode) &&
	     !S_ISBLK(n->mode)))
		r->bad = 1;
}

static void get_entry(struct reader *r, struct item_entry *e)
{
	e->parent = get_int(r, 8);
	e->nid = get_int(r, 8);
	e->name = get_name(r, &e->name_len);
	get_id(r, &e->base);
	e->base_off = get_int(r, 8);
	e->base_len = get_int(r, 8);
	get_time(r, &e->base_when);
	if (!e->parent)
		r->bad = 1;
}

int item_next(const char **p, const char *end, struct item *out)
{
	struct reader r = { *p, end, 0 };

	if (r.p == end)
		return 0;
	memset(out, 0, sizeof(*out));
	out->kind = (enum item_kind)get_int(&r, 1);
	switch (out->kind) {
	case ITEM_NODE:
		get_node(&r, &out->node);
		break;
	case ITEM_ENTRY:
		get_entry(&r, &out->entry);
		break;
	case ITEM_UNENTRY:
		out->entry.parent = get_int(&r, 8);
		out->entry.name = get_name(&r, &out->entry.name_len);
		break;
	case ITEM_XATTR:
		out->xattr.nid = get_int(&r, 8);
		out->xattr.name = get_xattr_name(&r, &out->xattr.name_len);
		out->xattr.value = get_string(&r, &out->xattr.value_len);
		break;
	case ITEM_FREE:
		out->nid = get_int(&r, 8);
		break;
	default:
		r.bad = 1;
	}
	if (r.bad)
		return -EBADMSG;
	*p = r.p;
	return 1;
}
