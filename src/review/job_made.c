/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/job.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/crc32c.h"
#include "util/io.h"

#define KEEP_MAX (8 << 20)	/* of a new content */
#define BLOCK 4096

static void made_name(size_t i, char out[JOB_NAME_MAX])
{
	snprintf(out, JOB_NAME_MAX, "n%zu", i);
}

static int is_kept(const struct op *op)
{
	return op->kind == OP_SWAP && S_ISREG(op->was.mode);
}

void job_keep_begin(struct job *j)
{
	size_t i = 0;

	while (i < j->n && !is_kept(&j->ops[i]))
		i++;
	if (i < j->n)
		j->made = openat(j->dir, "made", O_WRONLY | O_CREAT | O_EXCL |
				 O_CLOEXEC, 0600);
}

void job_keep(struct job *j, struct op *op, const void *bytes, size_t len)
{
	uint64_t at;

	if (!is_kept(op) || j->made < 0 || len > KEEP_MAX)
		return;
	at = __atomic_fetch_add(&j->made_end, len, __ATOMIC_RELAXED);
	if (io_pwrite_full(j->made, bytes, len, (off_t)at))
		return;
	op->kept_at = at + 1;
	op->kept_len = (uint32_t)len;
	op->kept_crc = crc32c(bytes, len);
}

static ssize_t path_of(int fd, char out[PATH_MAX])
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return readlink(self, out, PATH_MAX);
}

/* 1 where the session has the file: nobody will write to that in place. */
static int is_of_session(const struct job *j, int fd)
{
	static const char tail[] = "/undo/NNNNNN";
	char home[PATH_MAX], at[PATH_MAX];
	ssize_t len = path_of(j->dir, home) - (ssize_t)(sizeof(tail) - 1);
	ssize_t n = len > 0 ? path_of(fd, at) : 0;

	return n > len && at[len] == '/' && !memcmp(at, home, (size_t)len);
}

void job_keep_file(struct job *j, struct op *op, int from)
{
	char self[64], name[JOB_NAME_MAX];
	struct stat st;
	int fd;

	if (!is_kept(op) || fstat(from, &st) || st.st_size > KEEP_MAX)
		return;
	made_name((size_t)(op - j->ops), name);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", from);
	if (is_of_session(j, from) &&
	    !linkat(AT_FDCWD, self, j->dir, name, AT_SYMLINK_FOLLOW))
		return;
	fd = openat(j->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (io_copy(from, fd))
		unlinkat(j->dir, name, 0);
	close(fd);
}

void job_keep_same(struct job *j, const struct op *first, struct op *op)
{
	char from[JOB_NAME_MAX], to[JOB_NAME_MAX];

	op->kept_at = first->kept_at;
	op->kept_len = first->kept_len;
	op->kept_crc = first->kept_crc;
	if (first->kept_at)
		return;
	made_name((size_t)(first - j->ops), from);
	made_name((size_t)(op - j->ops), to);
	linkat(j->dir, from, j->dir, to, 0);
}

static int read_kept(const struct job *j, const struct op *op, size_t limit,
		     struct buf *out)
{
	ssize_t n = -ENOMEM;
	int fd;

	if (op->kept_len > limit)
		return -EFBIG;
	fd = openat(j->dir, "made", O_RDONLY | O_NONBLOCK | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!buf_grow(out, op->kept_len))
		n = io_pread_full(fd, out->ptr + out->len, op->kept_len,
				  (off_t)op->kept_at - 1);
	close(fd);
	if (n < 0)
		return (int)n;
	if ((size_t)n != op->kept_len ||
	    crc32c(out->ptr + out->len, op->kept_len) != op->kept_crc)
		return -ENODATA;
	out->len += op->kept_len;
	out->ptr[out->len] = '\0';
	return 0;
}

int job_read_made(const struct job *j, size_t i, size_t limit, struct buf *out)
{
	char name[JOB_NAME_MAX];
	int r;

	made_name(i, name);
	if (j->ops[i].kept_at)
		r = read_kept(j, &j->ops[i], limit, out);
	else
		r = io_read_file(j->dir, name, limit, out);
	return r == -ENOENT ? -ENODATA : r;
}

static unsigned long long rounded(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

unsigned long long job_bytes(const struct job *j)
{
	unsigned long long bytes = 0;

	for (size_t i = 0; i < j->n; i++) {
		const struct op *op = &j->ops[i];

		if (op->kind != OP_SWAP && op->kind != OP_TAKE)
			continue;
		bytes += rounded(op->was.size);
		if (is_kept(op) && op->kept_at)
			bytes += op->kept_len;
		else if (is_kept(op) && op->made.size <= KEEP_MAX)
			bytes += rounded(op->made.size);
	}
	return bytes;
}
