/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/crc32c.h"
#include "util/digest.h"
#include "util/io.h"
#include "util/path.h"

#define MAGIC "scrim verdicts 2"
#define HEAD 4096
#define WAYS 4
#define SETS (1u << 18)		/* of WAYS entries of 64 bytes: 64 MiB, sparse */
#define RUN 64u			/* neighbours: see place() */
#define SPAN_AREA (HEAD + (off_t)SETS * WAYS * 64)
#define SPAN_SLOTS (1u << 12)	/* of one file each: 16 MiB, sparse */
#define KEY_LEN 16

struct header {
	char magic[16];
	uint8_t key[32];
	uint32_t crc;
};

/* 64 bytes; all zero is an entry that is not used. */
struct entry {
	uint8_t key[KEY_LEN];
	uint8_t verdict, pad[3];
	uint32_t nspans;
	uint32_t span_slot;	/* where the spans are */
	uint32_t span_crc;
	uint8_t rest[28];
	uint32_t crc;		/* of all before */
};
_Static_assert(sizeof(struct entry) == 64, "the format on disk");
#define SPAN_SLOT 4608
_Static_assert(CACHE_SPANS * sizeof(struct cache_span) <= SPAN_SLOT, "a slot");

struct cache {
	int fd;
	struct stat st;		/* of the table, as it was opened */
	uint8_t key[32];	/* of the hash, the digest mixed in */
};

static int make_table(int dirfd, const char *name, int *fd)
{
	struct header h = { .magic = "" };
	char temp[64];
	uint32_t id;
	int r;

	memcpy(h.magic, MAGIC, sizeof(h.magic));
	io_random(h.key, sizeof(h.key));
	h.crc = crc32c(&h, offsetof(struct header, crc));
	io_random(&id, sizeof(id));
	snprintf(temp, sizeof(temp), ".%s.%08x", name, id);
	*fd = openat(dirfd, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC |
		     O_NOFOLLOW, 0600);
	if (*fd < 0)
		return -errno;
	r = io_pwrite_full(*fd, &h, sizeof(h), 0);
	if (!r && ftruncate(*fd, SPAN_AREA + (off_t)SPAN_SLOTS * SPAN_SLOT))
		r = -errno;
	if (!r && renameat(dirfd, temp, dirfd, name))
		r = -errno;
	if (r) {
		unlinkat(dirfd, temp, 0);
		io_close(fd);
	}
	return r;
}

static int is_good(int fd, struct header *h)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && (st.st_mode & 07777) == 0600 &&
	       st.st_nlink == 1 &&
	       io_pread_full(fd, h, sizeof(*h), 0) == sizeof(*h) &&
	       !memcmp(h->magic, MAGIC, sizeof(h->magic)) &&
	       h->crc == crc32c(h, offsetof(struct header, crc));
}

static int open_table(const char *dir, struct header *h, int *fd)
{
	int dirfd, r;

	r = io_mkdirs(dir, 0700);
	if (r)
		return r;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -errno;
	*fd = openat(dirfd, "verdicts", O_RDWR | O_CLOEXEC | O_NOFOLLOW |
		     O_NONBLOCK);
	if (*fd < 0 || !is_good(*fd, h)) {
		io_close(fd);
		r = make_table(dirfd, "verdicts", fd);
		if (!r && !is_good(*fd, h))
			r = -EIO;
	}
	if (r)
		io_close(fd);
	io_close(&dirfd);
	return r;
}

static int mix_key(struct cache *c, const struct header *h, const char *digest)
{
	struct digest *d;
	int r = digest_new(&d, h->key, sizeof(h->key));

	if (r)
		return r;
	digest_add_field(d, digest, strlen(digest));
	digest_end(d, c->key);
	digest_free(d);
	return 0;
}

int cache_open(struct cache **out, const char *dir, const char *digest,
	       struct err *err)
{
	struct cache *c = calloc(1, sizeof(*c));
	char *user = NULL;
	struct header h;
	int r;

	if (!c)
		return err_set(err, -ENOMEM, "out of memory");
	c->fd = -1;
	r = dir ? 0 : path_user(PATH_CACHE, "", &user);
	if (!r)
		r = open_table(dir ? dir : user, &h, &c->fd);
	if (!r && fstat(c->fd, &c->st))
		r = -errno;
	if (!r)
		r = mix_key(c, &h, digest);
	if (r) {
		err_errno(err, r, "cache of verdicts");
		cache_close(c);
	} else {
		*out = c;
	}
	free(user);
	return r;
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	io_close(&c->fd);
	free(c);
}

static int hash(const struct cache *c, const struct stat *st, const char *path,
		uint8_t out[DIGEST_LEN])
{
	uint64_t id[] = { st->st_dev, st->st_ino, (uint64_t)st->st_size,
			  (uint64_t)st->st_mtim.tv_sec,
			  (uint64_t)st->st_mtim.tv_nsec,
			  (uint64_t)st->st_ctim.tv_sec,
			  (uint64_t)st->st_ctim.tv_nsec };
	struct digest *d;
	int r = digest_new(&d, c->key, sizeof(c->key));

	if (r)
		return r;
	digest_add(d, id, sizeof(id));
	digest_add_field(d, path, strlen(path));
	digest_end(d, out);
	digest_free(d);
	return 0;
}

/*
 * Files that were made together, and are read together, have inode numbers that
 * follow one another. So have their sets here, or each would be on a page of its own.
 */
static off_t place(const struct cache *c, const struct stat *st)
{
	uint64_t h, set;

	memcpy(&h, c->key, sizeof(h));
	h ^= st->st_ino / RUN ^ (uint64_t)st->st_dev << 40;
	h *= 0xff51afd7ed558ccdull;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ull;
	h ^= h >> 33;
	set = h % (SETS / RUN) * RUN + st->st_ino % RUN;
	return HEAD + (off_t)(set * WAYS * sizeof(struct entry));
}

static int checks(const struct entry *e)
{
	return e->crc == crc32c(e, offsetof(struct entry, crc));
}

static enum cache_verdict get_spans(struct cache *c, const struct entry *e,
				    struct cache_span *spans, size_t *n)
{
	size_t len = e->nspans * sizeof(*spans);

	if (e->nspans > CACHE_SPANS || e->span_slot >= SPAN_SLOTS || !spans ||
	    io_pread_full(c->fd, spans, len, SPAN_AREA +
			  (off_t)e->span_slot * SPAN_SLOT) != (ssize_t)len ||
	    crc32c(spans, len) != e->span_crc)
		return CACHE_UNKNOWN;
	for (size_t i = 0; i < e->nspans; i++)
		spans[i].rule[sizeof(spans[i].rule) - 1] = '\0';
	*n = e->nspans;
	return CACHE_SPANNED;
}

enum cache_verdict cache_get(struct cache *c, const struct stat *st,
			     const char *path,
			     struct cache_span spans[CACHE_SPANS], size_t *n)
{
	struct entry set[WAYS];
	uint8_t sum[DIGEST_LEN];

	*n = 0;
	if (hash(c, st, path, sum) ||
	    io_pread_full(c->fd, set, sizeof(set), place(c, st)) != sizeof(set))
		return CACHE_UNKNOWN;
	for (int i = 0; i < WAYS; i++) {
		if (memcmp(set[i].key, sum, KEY_LEN) || !checks(&set[i]))
			continue;
		if (set[i].verdict == CACHE_SPANNED)
			return get_spans(c, &set[i], spans, n);
		return set[i].verdict == CACHE_CLEAN ||
		       set[i].verdict == CACHE_UNJUDGEABLE ?
			(enum cache_verdict)set[i].verdict : CACHE_UNKNOWN;
	}
	return CACHE_UNKNOWN;
}

static int is_racy(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return st->st_ctim.tv_sec + CACHE_RACY >= now.tv_sec ||
	       st->st_mtim.tv_sec + CACHE_RACY >= now.tv_sec;
}

static int put_spans(struct cache *c, struct entry *e,
		     const struct cache_span *spans, size_t n)
{
	size_t len = n * sizeof(*spans);

	if (n > CACHE_SPANS)
		return -E2BIG;
	io_random(&e->span_slot, sizeof(e->span_slot));
	e->span_slot %= SPAN_SLOTS;
	e->nspans = (uint32_t)n;
	e->span_crc = crc32c(spans, len);
	return io_pwrite_full(c->fd, spans, len, SPAN_AREA +
			      (off_t)e->span_slot * SPAN_SLOT);
}

void cache_put(struct cache *c, const struct stat *st, const char *path,
	       enum cache_verdict verdict, const struct cache_span *spans,
	       size_t n)
{
	struct entry set[WAYS], e = { .verdict = (uint8_t)verdict };
	uint8_t sum[DIGEST_LEN];
	size_t way;

	if (is_racy(st) || hash(c, st, path, sum))
		return;
	if (verdict == CACHE_SPANNED && put_spans(c, &e, spans, n))
		return;
	memcpy(e.key, sum, KEY_LEN);
	e.crc = crc32c(&e, offsetof(struct entry, crc));
	way = sum[KEY_LEN + 4] % WAYS;
	if (io_pread_full(c->fd, set, sizeof(set), place(c, st)) == sizeof(set))
		for (size_t i = 0; i < WAYS; i++)
			if (!set[i].verdict || !checks(&set[i]) ||
			    !memcmp(set[i].key, sum, KEY_LEN)) {
				way = i;
				break;
			}
	io_pwrite_full(c->fd, &e, sizeof(e),
		       place(c, st) + (off_t)(way * sizeof(e)));
}

int cache_is_clean(struct cache *c, const struct stat *st, const char *path)
{
	size_t n;

	if (st->st_dev == c->st.st_dev && st->st_ino == c->st.st_ino)
		return 1;
	return cache_get(c, st, path, NULL, &n) == CACHE_CLEAN;
}

void cache_put_clean(struct cache *c, const struct stat *st, const char *path)
{
	cache_put(c, st, path, CACHE_CLEAN, NULL, 0);
}
