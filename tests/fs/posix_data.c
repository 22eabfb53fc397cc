/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content: lengths, holes, allocation, copies between files, direct I/O. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "obs.h"

static void data_truncate(void)
{
	static const off_t sizes[] = { 9999, 4096, 4095, 1, 0, 1, 5000, 65536,
				       100000 };
	struct obs_was w;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		obs_before(&w, "f");
		TRY(truncate("f", sizes[i]));
		obs_after(&w, "truncate");
		obs_show("f");
	}
	obs_before(&w, "f");
	TRY(truncate("f", 100000));
	obs_after(&w, "truncate to the same size");
	TRY(truncate("d", 0));
	TRY(truncate("absent", 0));
	TRY(truncate("l", 10));
	obs_show("f");
	TRY(truncate("f", -1));
	TRY(truncate("f", 1LL << 46));
	TRY(truncate("f/x", 0));
	fd = open("big", O_RDWR);
	TRY(ftruncate(fd, 100));
	NUM(pwrite(fd, "end", 3, 200));
	obs_showfd("hole within", fd);
	TRY(ftruncate(fd, 150));
	TRY(ftruncate(fd, 300));
	obs_showfd("cut and grown", fd);
	close(fd);
}

static void data_write(void)
{
	char buf[8192];
	struct iovec v[2] = { { buf, 10 }, { buf + 100, 20 } };
	struct obs_was w;
	int fd = open("f", O_RDWR);

	memset(buf, 'w', sizeof(buf));
	obs_before(&w, "f");
	NUM(write(fd, buf, 0));
	obs_after(&w, "write of nothing");
	NUM(pwrite(fd, buf, 3, 4095));
	obs_after(&w, "pwrite");
	NUM(pwrite(fd, buf, sizeof(buf), 20000));
	NUM(pwritev(fd, v, 2, 50));
	NUM(lseek(fd, 100, SEEK_SET));
	NUM(writev(fd, v, 2));
	NUM(lseek(fd, 0, SEEK_CUR));
	NUM(pread(fd, buf, sizeof(buf), 1 << 20));
	NUM(pread(fd, buf, sizeof(buf), 28000));
	NUM(pread(fd, buf, 10, -1));
	NUM(pwrite(fd, buf, 10, -1));
	NUM(pwritev2(fd, v, 2, -1, RWF_APPEND));
	NUM(pwrite(fd, buf, 1, 1LL << 46));
	obs_show("f");
	close(fd);
}

/* An open reader goes on and sees the new content. */
static void data_reader_goes_on(void)
{
	int r = open("f", O_RDONLY), r2 = open("h1", O_RDONLY), w;

	obs_content("before", r);
	obs_content("link before", r2);
	w = open("f", O_WRONLY);
	NUM(pwrite(w, "NEW", 3, 5));
	obs_content("after", r);
	TRY(ftruncate(w, 50));
	obs_content("cut", r);
	close(w);
	w = open("d/h3", O_WRONLY | O_APPEND);
	NUM(write(w, "NEW", 3));
	obs_content("link after", r2);
	obs_showfd("link", r2);
	obs_show("h2");
	close(w);
	close(r);
	close(r2);
}

static void show_holes(const char *label, int fd)
{
	off_t pos = 0, end = lseek(fd, 0, SEEK_END), data, hole;

	while (pos < end) {
		data = lseek(fd, pos, SEEK_DATA);
		if (data < 0) {
			obs_note("%s: no data after %lld: %s", label,
				 (long long)pos, obs_errno(errno));
			break;
		}
		hole = lseek(fd, data, SEEK_HOLE);
		obs_note("%s: data %lld to %lld", label, (long long)data,
			 (long long)hole);
		pos = hole;
	}
	NUM(lseek(fd, end, SEEK_DATA));
	NUM(lseek(fd, end + 10, SEEK_HOLE));
}

static void note_sparse(int fd)
{
	struct stat st;

	fsync(fd);
	fstat(fd, &st);
	obs_note("%s", st.st_blocks * 512 < st.st_size / 2 ? "sparse" : "full");
}

static void data_holes(void)
{
	int fd = open("sparse", O_RDWR);

	show_holes("at first", fd);
	note_sparse(fd);
	NUM(pwrite(fd, "data", 4, 0));
	TRY(fsync(fd));
	show_holes("written", fd);
	note_sparse(fd);
	TRY(ftruncate(fd, 4 << 20));
	show_holes("grown", fd);
	note_sparse(fd);
	obs_show("sparse");
	close(fd);
}

static void data_fallocate(void)
{
	int fd = open("f", O_RDWR), ro = open("big", O_RDONLY);

	TRY(fallocate(fd, 0, 0, 20000));
	obs_showfd("allocated", fd);
	TRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000));
	obs_showfd("kept size", fd);
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000,
		      5000));
	obs_showfd("punched", fd);
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
	TRY(fallocate(fd, FALLOC_FL_ZERO_RANGE, 50, 100));
	obs_showfd("zeroed", fd);
	TRY(fallocate(fd, FALLOC_FL_ZERO_RANGE, 19000, 4000));
	obs_showfd("zeroed over the end", fd);
	TRY(fallocate(fd, 0, 0, 0));
	TRY(fallocate(fd, 0, -1, 10));
	TRY(fallocate(ro, 0, 0, 10));
	TRY(posix_fallocate(fd, 30000, 100));
	obs_showfd("posix", fd);
	close(fd);
	fd = open("p", O_RDWR);
	TRY(fallocate(fd, 0, 0, 10));
	close(fd);
	fd = open("d", O_RDONLY);
	TRY(fallocate(fd, 0, 0, 10));
	close(fd);
}

static void data_copy_range(void)
{
	loff_t in = 100, out = 5;
	int a = open("f", O_RDWR), b = open("big", O_RDWR),
	    ro = open("z", O_RDONLY);

	NUM(copy_file_range(a, &in, b, &out, 3000, 0));
	obs_note("offsets %lld %lld", (long long)in, (long long)out);
	obs_showfd("target", b);
	in = 0;
	out = 5000;
	NUM(copy_file_range(a, &in, a, &out, 4000, 0));
	in = 0;
	out = 100;
	NUM(copy_file_range(a, &in, a, &out, 4000, 0));
	in = 1 << 20;
	NUM(copy_file_range(a, &in, b, &out, 10, 0));
	in = 9000;
	out = 300001;
	NUM(copy_file_range(a, &in, b, &out, 5000, 0));
	NUM(copy_file_range(a, NULL, ro, NULL, 10, 0));
	NUM(copy_file_range(a, NULL, b, NULL, 10, 1));
	obs_showfd("source", a);
	obs_showfd("target", b);
	in = 3;
	NUM(lseek(b, 0, SEEK_SET));
	NUM(sendfile(b, a, &in, 1000));
	obs_showfd("sent", b);
	close(a);
	close(b);
	close(ro);
}

static void data_splice(void)
{
	char buf[4096];
	loff_t off = 10;
	int p[2], a = open("f", O_RDWR), b = open("z", O_RDWR);

	TRY(pipe(p));
	NUM(splice(a, &off, p[1], NULL, 2000, 0));
	NUM(splice(p[0], NULL, b, NULL, 2000, 0));
	obs_showfd("spliced", b);
	NUM(splice(b, NULL, p[1], NULL, 100, 0));
	off = 1500;
	NUM(splice(b, &off, p[1], NULL, 1000, 0));
	NUM(read(p[0], buf, sizeof(buf)));
	close(a);
	close(b);
}

/* Buffered and direct I/O on one file must agree. */
static void data_direct(void)
{
	char *buf;
	int d = TRY(open("big", O_RDWR | O_DIRECT)), b = open("big", O_RDWR);

	if (d < 0 || posix_memalign((void **)&buf, 4096, 8192))
		return;
	NUM(pread(b, buf, 8192, 0));
	memset(buf, 'D', 8192);
	NUM(pwrite(d, buf, 4096, 4096));
	obs_content("buffered after direct", b);
	NUM(pwrite(b, "buffered", 8, 5000));
	NUM(pread(d, buf, 4096, 4096));
	obs_note("direct after buffered: %.8s", buf + 904);
	NUM(pread(d, buf, 8192, 299008));
	TRY(ftruncate(b, 10000));
	NUM(pread(d, buf, 8192, 8192));
	memset(buf, 'd', 8192);
	NUM(pwrite(d, buf, 8192, 40960));
	obs_showfd("all", b);
	close(d);
	close(b);
	free(buf);
}

static void data_limit(void)
{
	struct rlimit lim = { 20000, 20000 };
	char buf[4096] = "";
	int fd = open("f", O_RDWR);

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &lim);
	NUM(pwrite(fd, buf, sizeof(buf), 18000));
	NUM(pwrite(fd, buf, sizeof(buf), 20000));
	TRY(ftruncate(fd, 20001));
	TRY(ftruncate(fd, 20000));
	TRY(fallocate(fd, 0, 0, 30000));
	obs_showfd("limited", fd);
	close(fd);
}

static void data_sync(void)
{
	int fd = open("f", O_RDWR), dir = open("d", O_RDONLY);

	NUM(write(fd, "x", 1));
	TRY(fdatasync(fd));
	TRY(fsync(fd));
	TRY(syncfs(fd));
	TRY(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	TRY(fsync(dir));
	TRY(fdatasync(dir));
	TRY(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	NUM(readahead(fd, 0, 4096));
	obs_showfd("f", fd);
	close(fd);
	fd = open("f", O_RDWR | O_SYNC);
	NUM(write(fd, "yy", 2));
	close(fd);
	fd = open("f", O_RDWR | O_DSYNC | O_APPEND);
	NUM(write(fd, "zzz", 3));
	close(fd);
	obs_show("f");
}

const struct obs_case data_cases[] = {
	{ "data_truncate", 0, data_truncate, NULL },
	{ "data_write", 0, data_write, NULL },
	{ "data_reader_goes_on", 0, data_reader_goes_on, NULL },
	{ "data_holes", 0, data_holes, NULL },
	{ "data_fallocate", 0, data_fallocate, NULL },
	{ "data_copy_range", 0, data_copy_range, NULL },
	{ "data_splice", 0, data_splice, NULL },
	{ "data_direct", 0, data_direct, NULL },
	{ "data_limit", 0, data_limit, NULL },
	{ "data_sync", 0, data_sync, NULL },
	{ NULL, 0, NULL, NULL },
};
