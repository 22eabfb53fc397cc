/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * A growing byte buffer.
 *
 * buf.ptr is never NULL and always has a NUL after buf.len bytes, so it can be
 * used as a string where the content is one. Failure to allocate is sticky: after
 * one, all writes do nothing and buf_oom() says so; check once, at the end of a
 * sequence of writes.
 *
 * Start with BUF_INIT (or buf_init); end with buf_release, or with buf_wipe
 * where the bytes may have been a secret. A released buffer can be used again.
 */
struct buf {
	char *ptr;
	size_t len;
	/* private */
	size_t cap;
	int oom;
};

extern char buf_empty[1];

#define BUF_INIT { buf_empty, 0, 0, 0 }

void buf_init(struct buf *b);
void buf_release(struct buf *b);

/* Overwrites the whole allocation with zeroes, then releases it. */
void buf_wipe(struct buf *b);

/* Sets the length to 0 and keeps the memory. */
void buf_clear(struct buf *b);

/* 1 after a failed allocation, until release. */
int buf_oom(const struct buf *b);

/* Makes room for extra bytes after len. 0 or -ENOMEM. */
int buf_grow(struct buf *b, size_t extra);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_addstr(struct buf *b, const char *s);
void buf_addch(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Cuts to len bytes; len must not exceed the present length. */
void buf_cut(struct buf *b, size_t len);

/*
 * Hands over the content as a NUL-terminated heap string, which the caller
 * frees; the buffer is empty afterwards. NULL after a failed allocation.
 */
char *buf_take(struct buf *b);

/* Little-endian integers, as the formats on disk use them. */
void buf_add_u8(struct buf *b, uint8_t v);
void buf_add_u32(struct buf *b, uint32_t v);
void buf_add_u64(struct buf *b, uint64_t v);

#endif
