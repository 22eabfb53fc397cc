/* SPDX-License-Identifier: GPL-2.0-or-later */
/* More ways of the probe: what is rarely tried. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

static char buf[1 << 16];

/* What a made-up handle of FUSE gives: the node's number and its generation. */
static int by_made_up(int at, uint64_t id, uint32_t generation)
{
	struct {
		struct file_handle h;
		uint32_t words[3];
	} h = { .h = { .handle_bytes = sizeof(h.words), .handle_type = 0x81 },
		.words = { (uint32_t)(id >> 32), (uint32_t)id, generation } };
	int fd = open_by_handle_at(at, &h.h, O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return errno;
	give(buf, read(fd, buf, sizeof(buf)));
	close(fd);
	return 0;
}

/* Every node that there may be; those of the session's own are counted apart. */
int by_all_handles(const char *dir)
{
	static const uint64_t from[] = { 1, 1ull << 62, 1ull << 32, 1ull << 52 };
	int at = open(dir, O_RDONLY | O_DIRECTORY), r, found = 0;

	if (at < 0)
		return errno;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		for (uint64_t n = 0; n < 2000; n++) {
			r = by_made_up(at, from[i] + n, (uint32_t)n % 3);
			if (!r)
				found++;
			r = r == EPERM ? r : by_made_up(at, from[i] + n, 1);
			if (r == EPERM)
				return 77;
			if (!r)
				found++;
		}
	}
	fprintf(stderr, "%d handles lead to something\n", found);
	return found ? 0 : ENOENT;
}

/* Names of what happens in a directory, whoever does it. */
int by_inotify(const char *dir)
{
	int fd = inotify_init1(IN_NONBLOCK);

	if (fd < 0 || inotify_add_watch(fd, dir, IN_ALL_EVENTS) < 0)
		return errno;
	usleep(700000);
	return give(buf, read(fd, buf, sizeof(buf)));
}

/* Requests to the file system itself, and a clone in a file of ours. */
int by_ioctl(const char *path)
{
	static const unsigned long reads[] = {
		FS_IOC_GETFLAGS, FS_IOC_GETVERSION, FIBMAP, FIGETBSZ,
		FS_IOC_FSGETXATTR, FS_IOC_GETFSLABEL, FS_IOC_FIEMAP,
	};
	int fd = open(path, O_RDONLY), to = open(".", O_TMPFILE | O_RDWR, 0600);
	struct file_clone_range range = { .src_fd = fd };

	if (fd < 0)
		return errno;
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		memset(buf, 0, sizeof(buf));
		if (!ioctl(fd, reads[i], buf))
			give(buf, 4096);
	}
	for (unsigned long n = 0; n < 256; n++)
		if (!ioctl(fd, _IOC(_IOC_READ, 's', n, 64), buf))
			give(buf, 64);
	if (to < 0)
		return errno;
	if (ioctl(to, FICLONE, fd) && ioctl(to, FICLONERANGE, &range) &&
	    sendfile(to, fd, NULL, sizeof(buf)) < 0)
		return errno;
	return give(buf, pread(to, buf, sizeof(buf), 0));
}

/* Reads that may go another way through the kernel. */
int by_odd_reads(const char *path)
{
	static const int flags[] = { 0, RWF_NOWAIT, RWF_HIPRI, RWF_SYNC };
	struct iovec v[3] = { { buf, 3 }, { buf + 3, 5 }, { buf + 8, 8192 } };
	int fd = open(path, O_RDONLY), p[2];
	void *m;

	if (fd < 0)
		return errno;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	readahead(fd, 0, 1 << 20);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		give(buf, preadv2(fd, v, 3, 0, flags[i]));
	m = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (m != MAP_FAILED && !pipe(p)) {
		struct iovec all = { m, 4096 };
		ssize_t n = vmsplice(p[1], &all, 1, 0);

		if (n > 0)
			give(buf, read(p[0], buf, (size_t)n));
	}
	return 0;
}

/* By a path that the kernel resolves with another root or scope. */
int by_openat2(const char *path)
{
	static const uint64_t how[] = { RESOLVE_IN_ROOT, RESOLVE_BENEATH,
					RESOLVE_NO_XDEV, RESOLVE_CACHED };
	int r = ENOENT, at = open(".", O_PATH);

	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct open_how h = { .flags = O_RDONLY, .resolve = how[i] };
		int fd = (int)syscall(SYS_openat2, at, path, &h, sizeof(h));

		if (fd < 0)
			continue;
		r = give(buf, read(fd, buf, sizeof(buf)));
		close(fd);
	}
	return r;
}

/* Listings from offsets that no listing gave. */
int by_offsets(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return errno;
	for (unsigned i = 0; i < 600; i++) {
		off_t off = i < 300 ? (off_t)i : (off_t)random() << 32 | random();

		seekdir(d, off);
		for (int n = 0; n < 3 && (e = readdir(d)); n++)
			printf("%s\n", e->d_name);
	}
	closedir(d);
	return 0;
}

/* What a file of that name may have beside its content. */
int by_xattrs(const char *path)
{
	ssize_t n = llistxattr(path, buf, sizeof(buf)), m;
	static char value[1 << 16];

	if (n < 0)
		return errno;
	give(buf, n);
	for (ssize_t i = 0; i < n; i += (ssize_t)strlen(buf + i) + 1) {
		m = lgetxattr(path, buf + i, value, sizeof(value));
		if (m > 0)
			give(value, m);
	}
	return 0;
}

/* Made larger, moved within the file, cut off: what the view has of it then. */
int by_fallocate(const char *path)
{
	static const int modes[] = { FALLOC_FL_INSERT_RANGE,
				     FALLOC_FL_COLLAPSE_RANGE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_ZERO_RANGE };
	int fd = open(path, O_RDWR);

	if (fd < 0)
		return errno;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (fallocate(fd, modes[i], 4096, 4096))
			continue;
		give(buf, pread(fd, buf, sizeof(buf), 0));
	}
	give(buf, pread(fd, buf, sizeof(buf), 0));
	return 0;
}
