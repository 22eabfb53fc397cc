/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitblobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitbound.h"
#include "util/io.h"
#include "util/sha1.h"

#define LIST_NAME "scrim-blobs"
#define LIST_MAX (256u << 20)
#define MAGIC "scrim-blobs 1\n"
#define KEEP_FILES 16
#define KEEP_BYTES ((uint64_t)1 << 30)

/* What a list says of one blob; its path follows. */
struct record {
	uint8_t id[GITSET_ID];
	struct gitpack_place at;
};

_Static_assert(sizeof(struct gitpack_place) <= GITSET_ID, "fits into a value");

/* ========== reading ========== */

/* The last bytes of a pack are the sum of all before them. */
static int open_pack(int dirfd, const char *name, const uint8_t *want, int *fd)
{
	uint8_t sum[SHA1_LEN];
	char file[64];
	struct stat st;
	int r;

	snprintf(file, sizeof(file), "%s.pack", name);
	r = io_open_beneath(dirfd, file, O_RDONLY | O_NONBLOCK, 0, fd);
	if (r)
		return r;
	if (fstat(*fd, &st) || st.st_size < SHA1_LEN ||
	    io_pread_full(*fd, sum, sizeof(sum), st.st_size - SHA1_LEN) !=
	    SHA1_LEN || memcmp(sum, want, SHA1_LEN)) {
		io_close(fd);
		return -EINVAL;
	}
	return 0;
}

static int read_records(struct gitblobs *b, const char *p, const char *end)
{
	struct record rec;

	while (p < end) {
		uint8_t value[GITSET_ID] = { 0 };
		const char *path = p + sizeof(rec), *nul;

		if ((size_t)(end - p) <= sizeof(rec))
			return -EINVAL;
		memcpy(&rec, p, sizeof(rec));
		nul = memchr(path, '\0', (size_t)(end - path));
		if (!nul)
			return -EINVAL;
		memcpy(value, &rec.at, sizeof(rec.at));
		if (gitset_put(&b->known, rec.id, path, (size_t)(nul - path),
			       value) < 0)
			return -ENOMEM;
		p = nul + 1;
	}
	return 0;
}

static void sum_of(const char *data, size_t len, uint8_t out[SHA1_LEN])
{
	struct sha1 s;

	sha1_begin(&s);
	sha1_add(&s, data, len);
	sha1_end(&s, out);
}

/* The magic line, the pack's sum, records, the sum of all of that. */
static int read_list(struct gitblobs *b, int dirfd, const char *name,
		     struct buf *text)
{
	const size_t head = strlen(MAGIC) + SHA1_LEN;
	uint8_t sum[SHA1_LEN];
	char file[64];
	int r;

	snprintf(file, sizeof(file), "%s.list", name);
	r = io_read_file(dirfd, file, LIST_MAX, text);
	if (r)
		return r;
	if (text->len < head + SHA1_LEN ||
	    memcmp(text->ptr, MAGIC, strlen(MAGIC)))
		return -EINVAL;
	sum_of(text->ptr, text->len - SHA1_LEN, sum);
	if (memcmp(sum, text->ptr + text->len - SHA1_LEN, SHA1_LEN))
		return -EINVAL;
	r = open_pack(dirfd, name,
		      (const uint8_t *)text->ptr + strlen(MAGIC), &b->fd);
	return r ? r : read_records(b, text->ptr + head,
				    text->ptr + text->len - SHA1_LEN);
}

void gitblobs_open(struct gitblobs *b, int dirfd, const char *name)
{
	struct buf text = BUF_INIT;

	*b = (struct gitblobs){ .fd = -1, .noted = BUF_INIT };
	gitset_init(&b->known);
	if (dirfd >= 0 && read_list(b, dirfd, name, &text))
		io_close(&b->fd);
	buf_release(&text);
}

void gitblobs_release(struct gitblobs *b)
{
	io_close(&b->fd);
	gitset_release(&b->known);
	buf_release(&b->noted);
}

int gitblobs_copy(const struct gitblobs *b, struct gitpack *p,
		  const uint8_t *id, const char *path)
{
	struct gitpack_place at;
	const uint8_t *value;
	int r;

	if (b->fd < 0)
		return 0;
	value = gitset_get(&b->known, id, path, strlen(path));
	if (!value)
		return 0;
	memcpy(&at, value, sizeof(at));
	r = gitpack_copy(p, id, b->fd, &at);
	return r == -EBADMSG ? 0 : r ? r : 1;
}

/* ========== writing ========== */

void gitblobs_note(struct gitblobs *b, const uint8_t *id, const char *path)
{
	buf_add(&b->noted, id, GITSET_ID);
	buf_add(&b->noted, path, strlen(path) + 1);
	b->n++;
}

int gitblobs_write(const struct gitblobs *b, const struct gitpack *p, int out)
{
	const char *at = b->noted.ptr;
	struct buf text = BUF_INIT;
	uint8_t sum[SHA1_LEN];
	struct record rec = { 0 };
	int r;

	buf_addstr(&text, MAGIC);
	buf_add(&text, p->sum, SHA1_LEN);
	for (size_t i = 0; i < b->n && !buf_oom(&b->noted); i++) {
		const char *path = at + GITSET_ID;

		memcpy(rec.id, at, GITSET_ID);
		if (!gitpack_find(p, rec.id, &rec.at)) {
			buf_add(&text, &rec, sizeof(rec));
			buf_add(&text, path, strlen(path) + 1);
		}
		at = path + strlen(path) + 1;
	}
	sum_of(text.ptr, text.len, sum);
	buf_add(&text, sum, sizeof(sum));
	r = buf_oom(&text) || buf_oom(&b->noted) ? -ENOMEM :
	    io_replace(out, LIST_NAME, text.ptr, text.len, 0600);
	buf_release(&text);
	return r;
}

/* ========== keeping ========== */

static int copy_over(int from, const char *name, int to, const char *new)
{
	int in, out, r;

	in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return -errno;
	out = openat(to, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = out < 0 ? -errno : io_copy(in, out);
	io_close(&in);
	io_close(&out);
	return r;
}

/* The view's repository is copied from here, so this one file may be shared. */
static int keep_as(int from, const char *name, int to, const char *new)
{
	char temp[96];
	int r;

	snprintf(temp, sizeof(temp), "%s.%ld", new, (long)getpid());
	r = linkat(from, name, to, temp, 0) ? -errno : 0;
	if (r == -EXDEV || r == -EPERM)
		r = copy_over(from, name, to, temp);
	if (!r && renameat(to, temp, to, new))
		r = -errno;
	if (r)
		unlinkat(to, temp, 0);
	return r;
}

static int keep_pack(int dirfd, const char *name, int packs)
{
	int fd = openat(packs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;
	char file[64];
	int r = -ENOENT;

	if (!d) {
		io_close(&fd);
		return r;
	}
	snprintf(file, sizeof(file), "%s.pack", name);
	while (r == -ENOENT && (de = readdir(d))) {
		size_t n = strlen(de->d_name);

		if (n > 5 && !strcmp(de->d_name + n - 5, ".pack"))
			r = keep_as(packs, de->d_name, dirfd, file);
	}
	closedir(d);
	return r;
}

void gitblobs_keep(int dirfd, const char *name, int out)
{
	char file[64];
	int packs = -1;

	if (dirfd >= 0 && !io_open_beneath(out, "objects/pack", O_RDONLY |
					   O_DIRECTORY, 0, &packs) &&
	    !keep_pack(dirfd, name, packs)) {
		snprintf(file, sizeof(file), "%s.list", name);
		keep_as(out, LIST_NAME, dirfd, file);
		gitbound_prune(dirfd, KEEP_FILES, KEEP_BYTES);
	}
	io_close(&packs);
	unlinkat(out, LIST_NAME, 0);
}
