/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe HOW PATH: gets at PATH in a way that the shell has no command for, and
 * writes what it got to stdout. Status 0 if there was something, else the errno;
 * 77 where the kernel refuses the way itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static char buf[1 << 16];

int give(const void *data, ssize_t n)
{
	if (n < 0)
		return errno;
	return fwrite(data, 1, (size_t)n, stdout) == (size_t)n ? 0 : EIO;
}

/* A ring of one entry, as small as it can be: what liburing would do. */
struct ring {
	int fd;
	char *sq, *cq;
	struct io_uring_sqe *sqe;
	struct io_uring_params p;
};

static int ring_open(struct ring *r)
{
	size_t sq, cq;

	memset(r, 0, sizeof(*r));
	r->fd = (int)syscall(SYS_io_uring_setup, 1, &r->p);
	if (r->fd < 0)
		return -1;
	sq = r->p.sq_off.array + r->p.sq_entries * sizeof(unsigned);
	cq = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
	r->sq = mmap(NULL, sq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_SQ_RING);
	r->cq = mmap(NULL, cq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_CQ_RING);
	r->sqe = mmap(NULL, sizeof(*r->sqe), PROT_READ | PROT_WRITE, MAP_SHARED,
		      r->fd, IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->cq == MAP_FAILED ||
	       (void *)r->sqe == MAP_FAILED ? -1 : 0;
}

/* Does what sqe says; the result as of a system call, negated errno. */
static int ring_do(struct ring *r, const struct io_uring_sqe *sqe)
{
	unsigned *tail = (unsigned *)(r->sq + r->p.sq_off.tail);
	unsigned *array = (unsigned *)(r->sq + r->p.sq_off.array);
	unsigned *head = (unsigned *)(r->cq + r->p.cq_off.head);
	struct io_uring_cqe *cqe;
	int res;

	*r->sqe = *sqe;
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -errno;
	cqe = (struct io_uring_cqe *)(r->cq + r->p.cq_off.cqes);
	res = cqe[*head & (r->p.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return res;
}

static int by_uring(const char *path)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_OPENAT,
				    .fd = AT_FDCWD, .open_flags = O_RDONLY };
	struct ring r;
	int fd, n;

	if (ring_open(&r))
		return 77;
	sqe.addr = (uintptr_t)path;
	fd = ring_do(&r, &sqe);
	if (fd < 0)
		return -fd;
	sqe = (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = fd,
				     .addr = (uintptr_t)buf,
				     .len = sizeof(buf) };
	n = ring_do(&r, &sqe);
	return n < 0 ? -n : give(buf, n);
}

static int by_statx(const char *path)
{
	struct statx sx;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_ALL, &sx))
		return errno;
	return printf("mnt %u:%u\n", sx.stx_dev_major, sx.stx_dev_minor) < 0;
}

struct handle {
	struct file_handle h;
	unsigned char bytes[MAX_HANDLE_SZ];
};

static int by_handle(const char *path)
{
	struct handle h = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mnt, fd;

	if (name_to_handle_at(AT_FDCWD, path, &h.h, &mnt, 0))
		return errno;
	fd = open_by_handle_at(AT_FDCWD, &h.h, O_RDONLY | O_NONBLOCK);
	return fd < 0 ? errno : give(buf, pread(fd, buf, sizeof(buf), 0));
}

static int by_map(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *m;

	if (fd < 0 || fstat(fd, &st))
		return errno;
	m = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	return m == MAP_FAILED ? errno : give(m, st.st_size);
}

static int by_splice(const char *path)
{
	int p[2], fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0 || pipe(p))
		return errno;
	n = splice(fd, NULL, p[1], NULL, sizeof(buf), 0);
	return n < 0 ? errno : give(buf, read(p[0], buf, (size_t)n));
}

/* What is written into a file without a name gets one. */
static int by_tmpfile(const char *path)
{
	int from = open(path, O_RDONLY), fd = open(".", O_TMPFILE | O_RDWR, 0600);
	char self[64];
	loff_t off = 0;

	if (from < 0 || fd < 0)
		return errno;
	if (copy_file_range(from, NULL, fd, NULL, sizeof(buf), 0) < 0)
		return errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	unlink("probe-made");
	if (linkat(AT_FDCWD, self, AT_FDCWD, "probe-made", AT_SYMLINK_FOLLOW))
		return errno;
	unlink("probe-made");
	return give(buf, pread(fd, buf, sizeof(buf), off));
}

static int by_opath(const char *path)
{
	int fd = open(path, O_PATH), real;
	char self[64];

	if (fd < 0)
		return errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	real = open(self, O_RDONLY);
	return real < 0 ? errno : give(buf, read(real, buf, sizeof(buf)));
}

static int by_fanotify(const char *path)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK |
			       FAN_REPORT_DFID_NAME, O_RDONLY);

	if (fd < 0)
		return 77;
	if (fanotify_mark(fd, FAN_MARK_ADD, FAN_CREATE | FAN_DELETE |
			  FAN_MODIFY | FAN_ONDIR | FAN_EVENT_ON_CHILD,
			  AT_FDCWD, path))
		return errno;
	usleep(400000);
	return give(buf, read(fd, buf, sizeof(buf)));
}

static const struct {
	const char *name;
	int (*fn)(const char *path);
} ways[] = {
	{ "uring", by_uring }, { "statx", by_statx }, { "handle", by_handle },
	{ "map", by_map }, { "splice", by_splice },
	{ "tmpfile", by_tmpfile }, { "opath", by_opath },
	{ "fanotify", by_fanotify }, { "handles", by_all_handles },
	{ "inotify", by_inotify }, { "ioctl", by_ioctl },
	{ "reads", by_odd_reads }, { "openat2", by_openat2 },
	{ "offsets", by_offsets }, { "xattrs", by_xattrs },
	{ "fallocate", by_fallocate },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i].name)) {
			int r = ways[i].fn(argv[2]);

			return fflush(stdout) ? EIO : r;
		}
	fprintf(stderr, "usage: probe HOW PATH\n");
	return 2;
}
