/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/tail.h"
#include "util/crc32c.h"
#include "util/io.h"

static const char magic[16] = "scrim log 1\n";

static uint32_t get_u32(const char *p)
{
	const uint8_t *u = (const uint8_t *)p;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	       (uint32_t)u[3] << 24;
}

static int open_log(struct store *s, const char *name, int extra, int *fd)
{
	int flags = (s->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK;

	*fd = openat(s->dirfd, name, flags | extra, 0600);
	return *fd < 0 ? -errno : 0;
}

/* 1 where the file holds no more than the beginning of the header, or nothing. */
static int is_headless(int fd)
{
	char head[sizeof(magic)];
	ssize_t n = io_pread_full(fd, head, sizeof(head), 0);

	return n >= 0 && n < (ssize_t)sizeof(magic) &&
	       !memcmp(head, magic, (size_t)n);
}

/* Opens or makes the log; a new one gets its header at once. */
static int start_log(struct store *s)
{
	int r;

	r = open_log(s, "log", s->writable ? O_CREAT : 0, &s->logfd);
	if (!r && s->writable && is_headless(s->logfd))
		r = io_pwrite_full(s->logfd, magic, sizeof(magic), 0);
	s->log_len = sizeof(magic);
	return r;
}

int store_open(struct store *s, int session_fd, int writable, struct err *err)
{
	struct stat st;
	int r;

	*s = (struct store){ .dirfd = -1, .datafd = -1, .logfd = -1,
			     .basefd = -1, .writable = writable,
			     .base_lock = PTHREAD_MUTEX_INITIALIZER,
			     .sync_lock = PTHREAD_MUTEX_INITIALIZER,
			     .appended = 1 };
	s->dirfd = fcntl(session_fd, F_DUPFD_CLOEXEC, 3);
	if (s->dirfd < 0)
		return err_errno(err, -errno, "session directory");
	r = store_data_start(s);
	if (r)
		return err_errno(err, r, "session's data directory");
	r = start_log(s);
	if (r == -ENOENT && !writable)
		return 0;
	if (r)
		return err_errno(err, r, "session's log");
	r = open_log(s, "base", writable ? O_CREAT : 0, &s->basefd);
	if (!r && fstat(s->basefd, &st))
		r = -errno;
	if (r && !(r == -ENOENT && !writable))
		return err_errno(err, r, "session's base");
	s->base_len = s->base_synced = r ? 0 : (uint64_t)st.st_size;
	return 0;
}

void store_close(struct store *s)
{
	struct stat st;

	/* give back what was reserved */
	if (s->writable && s->logfd >= 0 && !s->broken &&
	    !fstat(s->logfd, &st) &&
	    (s->padded || (uint64_t)st.st_size == s->log_len) &&
	    ftruncate(s->logfd, (off_t)s->log_len))
		s->broken = 1;
	io_close(&s->dirfd);
	io_close(&s->datafd);
	io_close(&s->logfd);
	io_close(&s->basefd);
}

/* A part of the log in memory, so that small records cost no call each. */
struct window {
	struct buf text;
	uint64_t off;
};

#define WINDOW (1u << 20)

/* Lets *out point at len bytes of the log at off, until the next call. */
static int look(struct store *s, struct window *w, uint64_t off, size_t len,
		const char **out)
{
	size_t want = len > WINDOW ? len : WINDOW;
	ssize_t n;

	if (off < w->off || off + len > w->off + w->text.len) {
		buf_clear(&w->text);
		if (buf_grow(&w->text, want))
			return -ENOMEM;
		n = io_pread_full(s->logfd, w->text.ptr, want, (off_t)off);
		if (n < (ssize_t)len)
			return -EIO;
		w->off = off;
		w->text.len = (size_t)n;
	}
	*out = w->text.ptr + (off - w->off);
	return 0;
}

/*
 * Reads the record at off. 1 with *items and *len filled, 0 at the end or at a
 * torn record (session/tail.h), or -EBADMSG.
 */
static int read_record(struct store *s, struct window *w, uint64_t off,
		       uint64_t size, const char **items, uint32_t *len)
{
	const char *head;
	uint32_t sum;
	int r;

	if (size - off < 8)
		return 0;
	r = look(s, w, off, 8, &head);
	if (r)
		return r;
	*len = get_u32(head);
	sum = get_u32(head + 4);
	if (*len && *len <= STORE_RECORD_MAX && *len <= size - off - 8) {
		r = look(s, w, off + 8, *len, items);
		if (r)
			return r;
		if (crc32c(*items, *len) == sum)
			return 1;
	}
	r = tail_look(s->logfd, off, size, len);
	return r < 0 ? r : r == TAIL_TORN ? 0 : -EBADMSG;
}

int store_replay(struct store *s, store_record_fn fn, void *payload,
		 struct err *err)
{
	struct window w = { BUF_INIT, 0 };
	char head[sizeof(magic)] = "";
	const char *items = NULL;
	uint32_t len = 0;
	struct stat st;
	int r;

	if (s->logfd < 0)
		return 0;
	if (fstat(s->logfd, &st))
		return err_errno(err, -errno, "session's log");
	if (is_headless(s->logfd))
		return 0;
	if (io_pread_full(s->logfd, head, sizeof(head), 0) < 0 ||
	    memcmp(head, magic, sizeof(magic)))
		return err_set(err, -EBADMSG, "the session's log has no header "
			       "of this format; see scrim doctor SESSION");
	for (;;) {
		r = read_record(s, &w, s->log_len, (uint64_t)st.st_size, &items,
				&len);
		if (r <= 0)
			break;
		r = fn(payload, items, len);
		if (r < 0)
			break;
		s->log_len += 8 + len;
		s->replayed++;
	}
	s->log_live = s->log_len;
	if (!r && s->writable && s->log_len < (uint64_t)st.st_size &&
	    ftruncate(s->logfd, (off_t)s->log_len))
		r = -errno;
	buf_release(&w.text);
	if (r)
		err_errno(err, r, "the session's log is damaged at byte %llu; "
			  "scrim doctor SESSION --repair keeps what is before",
			  (unsigned long long)s->log_len);
	return r;
}

#define RESERVE_STEP (1u << 20)
#define PAD_STEP (256u << 10)

/* A replay takes zeroes for the end (session/tail.h). */
static int pad(struct store *s, uint64_t to)
{
	static const char zeroes[4096];
	uint64_t at = s->padded > s->log_len ? s->padded : s->log_len;
	int r = 0;

	for (; at < to && !r; at += r ? 0 : sizeof(zeroes))
		r = io_pwrite_full(s->logfd, zeroes, sizeof(zeroes), (off_t)at);
	s->padded = at;
	return r;
}

int store_reserve(struct store *s, size_t len)
{
	int r;

	if (s->log_len + len <= s->reserved)
		return 0;
	do {
		r = fallocate(s->logfd, FALLOC_FL_KEEP_SIZE, (off_t)s->log_len,
			      RESERVE_STEP + (off_t)len);
	} while (r && errno == EINTR);
	if (!r)
		s->reserved = s->log_len + len + RESERVE_STEP;
	else if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	else if (!(r = pad(s, s->log_len + len + PAD_STEP)))
		s->reserved = s->padded;
	return r;
}

int store_append(struct store *s, const struct buf *items)
{
	struct buf rec = BUF_INIT;
	int r;

	if (!s->writable)
		return -EROFS;
	if (s->broken && ftruncate(s->logfd, (off_t)s->log_len))
		return -errno;
	s->broken = 0;
	if (buf_oom(items) || items->len > STORE_RECORD_MAX)
		return -ENOMEM;
	if (!items->len)
		return 0;
	buf_add_u32(&rec, (uint32_t)items->len);
	buf_add_u32(&rec, crc32c(items->ptr, items->len));
	buf_add(&rec, items->ptr, items->len);
	r = buf_oom(&rec) ? -ENOMEM :
	    io_pwrite_full(s->logfd, rec.ptr, rec.len, (off_t)s->log_len);
	if (!r) {
		s->log_len += rec.len;
		s->appended++;
	} else {
		s->broken = ftruncate(s->logfd, (off_t)s->log_len) < 0;
		s->reserved = s->padded = 0;
	}
	buf_release(&rec);
	return r;
}

int store_compact(struct store *s, store_fill_fn fill, void *payload)
{
	struct store to = *s;
	int r;

	unlinkat(s->dirfd, "log.new", 0);
	r = open_log(s, "log.new", O_CREAT | O_EXCL, &to.logfd);
	if (r)
		return r;
	to.broken = 0;
	to.reserved = to.padded = 0;
	to.log_len = sizeof(magic);
	r = io_pwrite_full(to.logfd, magic, sizeof(magic), 0);
	if (!r)
		r = fill(payload, &to);
	if (!r && fdatasync(to.logfd))
		r = -errno;
	if (!r && renameat(s->dirfd, "log.new", s->dirfd, "log"))
		r = -errno;
	if (r) {
		close(to.logfd);
		unlinkat(s->dirfd, "log.new", 0);
		return r;
	}
	pthread_mutex_lock(&s->sync_lock);
	close(s->logfd);
	s->logfd = to.logfd;
	pthread_mutex_unlock(&s->sync_lock);
	s->log_len = s->log_live = to.log_len;
	s->reserved = s->padded = 0;
	s->broken = 0;
	return io_sync_dir(s->dirfd);
}

static int copy_log(int from, int to, uint64_t len)
{
	int r = io_pwrite_full(to, magic, sizeof(magic), 0);

	if (!r && len > sizeof(magic))
		r = io_copy(from, to);
	return r || !ftruncate(to, (off_t)len) ? r : -errno;
}

static int finish_copy(int *fd, int r)
{
	if (!r && fsync(*fd))
		r = -errno;
	io_close(fd);
	return r;
}

static int open_new(int session_fd, const char *name, int *fd)
{
	unlinkat(session_fd, name, 0);
	*fd = openat(session_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		     0600);
	return *fd < 0 ? -errno : 0;
}

static int keep_damaged(int session_fd, int from)
{
	int to = -1, r = open_new(session_fd, STORE_DAMAGED, &to);

	return finish_copy(&to, r ? r : io_copy(from, to));
}

/* All of it with another length at off, or what is before off. */
static int copy_mended(int from, int to, uint64_t off)
{
	struct buf right = BUF_INIT;
	uint32_t len = 0;
	struct stat st;
	int r;

	if (fstat(from, &st))
		return -errno;
	r = (uint64_t)st.st_size < off + 8 ? TAIL_DAMAGED :
	    tail_look(from, off, (uint64_t)st.st_size, &len);
	if (r != TAIL_LENGTH)
		return r < 0 ? r : copy_log(from, to, off);
	buf_add_u32(&right, len);
	r = copy_log(from, to, (uint64_t)st.st_size);
	if (!r)
		r = buf_oom(&right) ? -ENOMEM :
		    io_pwrite_full(to, right.ptr, right.len, (off_t)off);
	buf_release(&right);
	return r;
}

int store_cut(int session_fd, uint64_t off, int keep)
{
	int from, to = -1, r = 0;

	from = openat(session_fd, "log", O_RDONLY | O_NONBLOCK | O_NOFOLLOW |
		      O_CLOEXEC);
	if (from < 0)
		return -errno;
	if (keep)
		r = keep_damaged(session_fd, from);
	if (!r)
		r = open_new(session_fd, "log.new", &to);
	r = finish_copy(&to, r ? r : copy_mended(from, to, off));
	if (!r && renameat(session_fd, "log.new", session_fd, "log"))
		r = -errno;
	close(from);
	return r ? r : io_sync_dir(session_fd);
}

int store_sync(struct store *s)
{
	unsigned long n;
	uint64_t base;
	int r = 0;

	pthread_mutex_lock(&s->sync_lock);
	n = s->appended;
	base = s->base_len;
	if (base != s->base_synced && fdatasync(s->basefd))
		r = -errno;
	if (!r && n != s->synced && fdatasync(s->logfd))
		r = -errno;
	if (!r && !s->named)
		r = io_sync_dir(s->dirfd);
	if (!r) {
		s->synced = n;
		s->base_synced = base;
		s->named = 1;
	}
	pthread_mutex_unlock(&s->sync_lock);
	return r;
}

int store_base_add(struct store *s, const void *data, size_t len,
		   uint64_t *off)
{
	int r;

	pthread_mutex_lock(&s->base_lock);
	r = io_pwrite_full(s->basefd, data, len, (off_t)s->base_len);
	if (!r) {
		*off = s->base_len;
		s->base_len += len;
	}
	pthread_mutex_unlock(&s->base_lock);
	return r;
}

static int copy_base(struct store *s, uint64_t off, uint64_t len, int to)
{
	char chunk[65536];

	while (len) {
		size_t want = len < sizeof(chunk) ? (size_t)len : sizeof(chunk);
		ssize_t n = io_pread_full(s->basefd, chunk, want, (off_t)off);
		int r;

		if (n != (ssize_t)want)
			return n < 0 ? (int)n : -EIO;
		r = io_write_full(to, chunk, want);
		if (r)
			return r;
		off += want;
		len -= want;
	}
	return lseek(to, 0, SEEK_SET) < 0 ? -errno : 0;
}

int store_base_open(struct store *s, uint64_t off, uint64_t len, int *fd)
{
	int r;

	if (s->basefd < 0 || off == UINT64_MAX)
		return -ENODATA;
	*fd = memfd_create("base", MFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	r = copy_base(s, off, len, *fd);
	if (r)
		io_close(fd);
	return r;
}
