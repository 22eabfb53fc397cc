/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitdir.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SYMREFS 5

static int hex_value(int c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

int gitdir_id_parse(const char *hex, size_t len, uint8_t id[GITSET_ID])
{
	if (len != 2 * GITSET_ID)
		return -EINVAL;
	for (size_t i = 0; i < GITSET_ID; i++) {
		int hi = hex_value((unsigned char)hex[2 * i]);
		int lo = hex_value((unsigned char)hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		id[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

void gitdir_id_text(const uint8_t id[GITSET_ID], char out[41])
{
	for (size_t i = 0; i < GITSET_ID; i++)
		snprintf(out + 2 * i, 3, "%02x", id[i]);
}

static int is_clean_component(const char *p, size_t n)
{
	if (!n || p[0] == '.' || p[n - 1] == '.')
		return 0;
	if (n >= 5 && !memcmp(p + n - 5, ".lock", 5))
		return 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c))
			return 0;
		if (c == '.' && i + 1 < n && p[i + 1] == '.')
			return 0;
		if (c == '@' && i + 1 < n && p[i + 1] == '{')
			return 0;
	}
	return 1;
}

int gitdir_ref_is_clean(const char *name)
{
	const char *p = name;

	if (strncmp(name, "refs/", 5) || strlen(name) > NAME_MAX)
		return 0;
	for (;;) {
		size_t n = strcspn(p, "/");

		if (!is_clean_component(p, n))
			return 0;
		if (!p[n])
			return 1;
		p += n + 1;
	}
}

static void trim(struct buf *b)
{
	while (b->len && isspace((unsigned char)b->ptr[b->len - 1]))
		buf_cut(b, b->len - 1);
}

/* The text after "ref:" of a symbolic ref; NULL where it is none. */
static const char *symref(const struct buf *text)
{
	const char *p = text->ptr;

	if (strncmp(p, "ref:", 4))
		return NULL;
	for (p += 4; *p == ' ' || *p == '\t'; p++)
		;
	return p;
}

static int packed_ref(const struct gitdir *d, const char *name,
		      uint8_t id[GITSET_ID])
{
	struct buf text = BUF_INIT;
	size_t n = strlen(name);
	char *p, *end;
	int r;

	r = gitdir_read(d->common, "packed-refs", GITDIR_LARGE, &text);
	if (r)
		goto out;
	r = -ENOENT;
	for (p = text.ptr; r == -ENOENT && *p; p = *end ? end + 1 : end) {
		end = p + strcspn(p, "\n");
		if (end - p == (ptrdiff_t)(41 + n) && p[40] == ' ' &&
		    !memcmp(p + 41, name, n))
			r = gitdir_id_parse(p, 40, id);
	}
out:
	buf_release(&text);
	return r;
}

static int ref_depth(const struct gitdir *d, const char *name,
		     uint8_t id[GITSET_ID], int depth)
{
	struct buf text = BUF_INIT;
	const char *target;
	int r;

	if (depth > MAX_SYMREFS || !gitdir_ref_is_clean(name))
		return -EINVAL;
	r = gitdir_read(d->common, name, GITDIR_SMALL, &text);
	if (r == -ENOENT || r == -ENOTDIR || r == -EINVAL) {
		r = packed_ref(d, name, id);
	} else if (!r) {
		trim(&text);
		target = symref(&text);
		r = target ? ref_depth(d, target, id, depth + 1) :
		    gitdir_id_parse(text.ptr, text.len, id);
	}
	buf_release(&text);
	return r;
}

int gitdir_ref(const struct gitdir *d, const char *name, uint8_t id[GITSET_ID])
{
	return ref_depth(d, name, id, 0);
}

int gitdir_head(const struct gitdir *d, struct githead *out, struct err *err)
{
	struct buf text = BUF_INIT;
	const char *target;
	int r;

	*out = (struct githead){ 0 };
	r = gitdir_read(d->fd, "HEAD", GITDIR_SMALL, &text);
	if (r)
		goto out;
	trim(&text);
	target = symref(&text);
	if (!target) {
		r = gitdir_id_parse(text.ptr, text.len, out->id);
		out->born = !r;
		goto out;
	}
	r = gitdir_ref(d, target, out->id);
	out->born = !r;
	if (r == -ENOENT)
		r = 0;
	out->ref = r ? NULL : strdup(target);
	if (!r && !out->ref)
		r = -ENOMEM;
out:
	buf_release(&text);
	return r ? err_errno(err, r, "its HEAD cannot be read") : 0;
}

void githead_release(struct githead *h)
{
	free(h->ref);
	h->ref = NULL;
}
