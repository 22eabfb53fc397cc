/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/path.h"

static int open_how(int dirfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode & 07777 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	long fd;

	do {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 ? -errno : (int)fd;
}

/* One step of a path too long for one call: at most half of PATH_MAX. */
static int open_steps(int dirfd, const char *path, int flags, mode_t mode)
{
	char step[PATH_MAX / 2 + 1];
	int at = dirfd, fd;

	while (strlen(path) >= PATH_MAX) {
		const char *cut = memrchr(path, '/', sizeof(step) - 1);

		if (!cut) {
			fd = -ENAMETOOLONG;
			goto out;
		}
		memcpy(step, path, (size_t)(cut - path));
		step[cut - path] = '\0';
		fd = open_how(at, step, O_PATH | O_DIRECTORY, 0);
		if (fd < 0)
			goto out;
		if (at != dirfd)
			close(at);
		at = fd;
		path = cut + 1;
	}
	fd = open_how(at, path, flags, mode);
out:
	if (at != dirfd)
		close(at);
	return fd;
}

int io_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
		    int *fd)
{
	int r;

	if (!*path)
		path = ".";
	if (strlen(path) >= PATH_MAX)
		r = open_steps(dirfd, path, flags, mode);
	else
		r = open_how(dirfd, path, flags, mode);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

int io_open_parent(int dirfd, const char *path, int *fd)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int r;

	if (!slash)
		return io_open_beneath(dirfd, "", O_PATH | O_DIRECTORY, 0, fd);
	dir = strndup(path, (size_t)(slash - path));
	if (!dir)
		return -ENOMEM;
	r = io_open_beneath(dirfd, dir, O_PATH | O_DIRECTORY, 0, fd);
	free(dir);
	return r;
}

static int parent_turn(struct io_parent *p, int dirfd, const char *path)
{
	size_t len = (size_t)(path_base(path) - path);

	if (p->path && !strncmp(p->path, path, len) && !p->path[len])
		return p->error;
	io_parent_release(p);
	p->path = strndup(path, len);
	p->error = p->path ? io_open_parent(dirfd, path, &p->fd) : -ENOMEM;
	return p->error;
}

int io_parent_open(struct io_parent *p, int dirfd, const char *path, int *dir)
{
	int r = parent_turn(p, dirfd, path);

	*dir = p->fd;
	return r;
}

int io_parent_stat(struct io_parent *p, int dirfd, const char *path,
		   struct stat *st)
{
	int r = parent_turn(p, dirfd, path);

	if (!r && !fstatat(p->fd, path_base(path), st, AT_SYMLINK_NOFOLLOW))
		return 0;
	memset(st, 0, sizeof(*st));
	r = r ? r : -errno;
	return r == -ENOENT || r == -ENOTDIR ? 0 : r;
}

void io_parent_release(struct io_parent *p)
{
	free(p->path);
	p->path = NULL;
	io_close(&p->fd);
}

ssize_t io_read_full(int fd, void *buf, size_t count)
{
	size_t done = 0;

	while (done < count) {
		ssize_t n = read(fd, (char *)buf + done, count - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t io_pread_full(int fd, void *buf, size_t count, off_t off)
{
	size_t done = 0;

	while (done < count) {
		ssize_t n = pread(fd, (char *)buf + done, count - done,
				  off + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int io_write_full(int fd, const void *buf, size_t count)
{
	const char *p = buf;

	while (count) {
		ssize_t n = write(fd, p, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		count -= (size_t)n;
	}
	return 0;
}

int io_pwrite_full(int fd, const void *buf, size_t count, off_t off)
{
	const char *p = buf;

	while (count) {
		ssize_t n = pwrite(fd, p, count, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		off += n;
		count -= (size_t)n;
	}
	return 0;
}

int io_read_all(int fd, size_t limit, struct buf *out)
{
	size_t start = out->len;
	ssize_t n;

	for (;;) {
		if (buf_grow(out, 65536))
			return -ENOMEM;
		n = io_read_full(fd, out->ptr + out->len, 65536);
		if (n < 0)
			return (int)n;
		out->len += (size_t)n;
		out->ptr[out->len] = '\0';
		if (out->len - start > limit)
			return -EFBIG;
		if (n < 65536)
			return 0;
	}
}

int io_read_regular(int fd, size_t limit, struct buf *out)
{
	struct stat st;
	int r;

	if (fstat(fd, &st))
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else
		r = io_read_all(fd, limit, out);
	close(fd);
	return r;
}

int io_read_file(int dirfd, const char *path, size_t limit, struct buf *out)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : io_read_regular(fd, limit, out);
}

static int copy_by_hand(int src, int dst, off_t off, off_t end)
{
	char chunk[65536];

	while (off < end) {
		size_t want = sizeof(chunk);
		ssize_t n;
		int r;

		if (end - off < (off_t)want)
			want = (size_t)(end - off);
		n = io_pread_full(src, chunk, want, off);
		if (n <= 0)
			return (int)n;
		r = io_pwrite_full(dst, chunk, (size_t)n, off);
		if (r)
			return r;
		off += n;
	}
	return 0;
}

static int copy_range(int src, int dst, off_t off, off_t end)
{
	off_t in = off, to = off;

	while (in < end) {
		ssize_t n = copy_file_range(src, &in, dst, &to,
					    (size_t)(end - in), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EXDEV || errno == ENOSYS ||
			      errno == EINVAL || errno == EOPNOTSUPP ||
			      errno == ETXTBSY || errno == EPERM))
			return copy_by_hand(src, dst, in, end);
		if (n < 0)
			return -errno;
		if (!n)
			return copy_by_hand(src, dst, in, end);
	}
	return 0;
}

static int copy_extents(int src, int dst, off_t size)
{
	off_t data = 0, hole;
	int r = 0;

	while (!r && data < size) {
		data = lseek(src, data, SEEK_DATA);
		if (data < 0)
			return errno == ENXIO ? 0 : copy_range(src, dst, 0, size);
		hole = lseek(src, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		r = copy_range(src, dst, data, hole);
		data = hole;
	}
	return r;
}

#define SMALL_FILE 65536

int io_copy(int src, int dst)
{
	struct stat st;
	int r;

	if (fstat(src, &st))
		return -errno;
	if (st.st_size <= SMALL_FILE && st.st_blocks)
		return copy_by_hand(src, dst, 0, st.st_size);
	if (!ioctl(dst, FICLONE, src))
		return 0;
	r = copy_extents(src, dst, st.st_size);
	if (!r && ftruncate(dst, st.st_size))
		r = -errno;
	return r;
}

static int write_temp(int dirfd, const char *tmp, const void *data, size_t len,
		      mode_t mode)
{
	int fd, r;

	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		    O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	r = io_write_full(fd, data, len);
	if (!r && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

int io_replace(int dirfd, const char *name, const void *data, size_t len,
	       mode_t mode)
{
	char tmp[NAME_MAX + 1];
	uint64_t salt;
	int r;

	io_random(&salt, sizeof(salt));
	snprintf(tmp, sizeof(tmp), ".%.200s.%016llx", name,
		 (unsigned long long)salt);
	r = write_temp(dirfd, tmp, data, len, mode);
	if (!r && renameat(dirfd, tmp, dirfd, name))
		r = -errno;
	if (r) {
		unlinkat(dirfd, tmp, 0);
		return r;
	}
	return io_sync_dir(dirfd);
}

int io_sync_dir(int dirfd)
{
	int fd, r = 0;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		r = -errno;
	close(fd);
	return r;
}

int io_mkdirs(const char *path, mode_t mode)
{
	char *copy = strdup(path), *p;
	int r = 0, passed = -ENOENT;	/* why an ancestor may be missing */

	if (!copy)
		return -ENOMEM;
	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) && errno != EEXIST)
			r = -errno;
		*p = '/';
		if (r && r != -EROFS && r != -EACCES)
			goto out;
		if (r)
			passed = r;
		r = 0;
	}
	if (mkdir(copy, mode) && errno != EEXIST)
		r = errno == ENOENT ? passed : -errno;
out:
	free(copy);
	return r;
}

void io_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void io_random(void *buf, size_t len)
{
	char *p = buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

int io_time_cmp(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}
