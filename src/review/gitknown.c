/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitknown.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "scan/scan.h"
#include "util/io.h"

#define HEAD "scrim-git-known 1 %d %s\n"

struct pair {
	uint8_t id[GITSET_ID];
	uint8_t path[8];
};

static void add_head(struct buf *out, const struct gitknown *k,
		     const char *digest)
{
	buf_addf(out, HEAD, SCAN_REVISION, digest);
	buf_add(out, k->key, sizeof(k->key));
}

int gitknown_read(struct gitknown *k, int fd, const char *digest)
{
	size_t max = (size_t)GITKNOWN_MAX * sizeof(struct pair) + 4096;
	struct buf text = BUF_INIT, head = BUF_INIT;
	int r = 0;

	*k = (struct gitknown){ .pairs = BUF_INIT };
	io_random(k->key, sizeof(k->key));
	if (fd < 0 || io_read_all(fd, max, &text))
		goto out;
	buf_addf(&head, HEAD, SCAN_REVISION, digest);
	if (text.len < head.len + sizeof(k->key) ||
	    memcmp(text.ptr, head.ptr, head.len))
		goto out;
	memcpy(k->key, text.ptr + head.len, sizeof(k->key));
	buf_add(&k->pairs, text.ptr + head.len + sizeof(k->key),
		text.len - head.len - sizeof(k->key));
	r = buf_oom(&k->pairs) ? -ENOMEM : 0;
out:
	buf_release(&head);
	buf_release(&text);
	return r;
}

int gitknown_start(const struct gitknown *k, struct gitset *judged,
		   struct gitset *seen)
{
	const struct pair *p = (const struct pair *)(const void *)k->pairs.ptr;
	size_t n = k->pairs.len / sizeof(*p);
	uint64_t path;
	int r = 0;

	memcpy(judged->key, k->key, sizeof(k->key));
	for (size_t i = 0; r >= 0 && i < n; i++) {
		memcpy(&path, p[i].path, sizeof(path));
		r = gitset_put_hash(judged, p[i].id, path);
		if (r >= 0)
			r = gitset_put(seen, p[i].id, "", 0, NULL);
	}
	return r < 0 ? r : 0;
}

void gitknown_add(struct gitknown *k, const struct gitset *judged)
{
	for (size_t i = 0; i < judged->cap && !k->full; i++) {
		const struct gitset_entry *e = &judged->at[i];
		struct pair p;

		if (!e->used)
			continue;
		memcpy(p.id, e->id, sizeof(p.id));
		memcpy(p.path, &e->path, sizeof(p.path));
		buf_add(&k->pairs, &p, sizeof(p));
		k->full = k->pairs.len / sizeof(p) > GITKNOWN_MAX;
	}
}

int gitknown_write(const struct gitknown *k, int fd, const char *digest)
{
	struct buf head = BUF_INIT;
	int r;

	if (k->full || buf_oom(&k->pairs))
		return -EFBIG;
	add_head(&head, k, digest);
	r = buf_oom(&head) ? -ENOMEM : io_write_full(fd, head.ptr, head.len);
	if (!r)
		r = io_write_full(fd, k->pairs.ptr, k->pairs.len);
	buf_release(&head);
	return r;
}

void gitknown_release(struct gitknown *k)
{
	buf_release(&k->pairs);
}
