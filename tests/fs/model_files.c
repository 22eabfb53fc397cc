/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on content and on open files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model.h"

#define MAX_OFF 150000
#define MAX_LEN 20000

static void take_slot(struct model *m, const int fd[SIDES])
{
	int s, i = model_free_slot(m);

	BOTH(s) {
		model_ret(m, s, fd[s] < 0 ? fd[s] : 0);
		m->slot[i][s] = fd[s];
	}
	if (fd[PLAIN] < 0 || fd[VIEW] < 0)
		model_close_slot(m, i);
}

static void op_open(struct model *m)
{
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	static const int extra[] = { 0, 0, 0, O_CREAT, O_CREAT, O_APPEND,
				     O_TRUNC, O_CREAT | O_EXCL, O_NOFOLLOW,
				     O_DIRECTORY, O_CREAT | O_TRUNC };
	static const mode_t modes[] = { 0644, 0600, 0666, 0755, 04755, 0 };
	const char *p = model_pick_file(m);
	mode_t mode = modes[rng_below(&m->rng, 6)];
	int s, fd[SIDES], e[SIDES], f;

	f = access[rng_below(&m->rng, 4)] | extra[rng_below(&m->rng, 11)];
	model_say(m, "open flags %o mode %04o %s", f, mode, model_shown(p));
	BOTH(s) {
		fd[s] = openat(m->root[s], p, f | O_NONBLOCK | O_NOCTTY, mode);
		e[s] = errno;
	}
	take_slot(m, fd);
	BOTH(s)
		if (fd[s] < 0)
			m->out[s].ret = -e[s];
}

static void op_tmpfile(struct model *m)
{
	static const char *const dirs[] = { ".", "b", "a", "dir" };
	const char *d = dirs[rng_below(&m->rng, 4)];
	int s, fd[SIDES], e[SIDES];

	model_say(m, "tmpfile in %s", d);
	if (getenv("NO_TMPFILE"))
		return;
	BOTH(s) {
		fd[s] = openat(m->root[s], d, O_TMPFILE | O_RDWR, 0640);
		e[s] = errno;
	}
	take_slot(m, fd);
	BOTH(s)
		if (fd[s] < 0)
			m->out[s].ret = -e[s];
}

static void op_link_slot(struct model *m)
{
	const char *p = model_pick_new(m);
	char self[64];
	int s, i = model_slot(m);

	if (i < 0)
		return;
	model_say(m, "link slot %d at %s", i, model_shown(p));
	BOTH(s) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", m->slot[i][s]);
		model_ret(m, s, linkat(AT_FDCWD, self, m->root[s], p,
				       AT_SYMLINK_FOLLOW));
	}
}

static void op_close(struct model *m)
{
	int i = model_slot(m);

	if (i < 0)
		return;
	model_say(m, "close slot %d", i);
	model_close_slot(m, i);
}

static void op_read(struct model *m)
{
	static char buf[MAX_LEN];
	off_t off = rng_below(&m->rng, MAX_OFF);
	size_t len = rng_below(&m->rng, MAX_LEN);
	int s, i = model_slot(m), seq = rng_one_in(&m->rng, 3);
	ssize_t n;

	if (i < 0)
		return;
	if (rng_one_in(&m->rng, 3))
		off %= 5000;
	model_say(m, "%s slot %d %zu at %lld", seq ? "read" : "pread", i, len,
		  (long long)off);
	BOTH(s) {
		n = seq ? read(m->slot[i][s], buf, len) :
		    pread(m->slot[i][s], buf, len, off);
		model_ret(m, s, n);
		model_see(m, s, buf, n < 0 ? 0 : (size_t)n);
	}
}

static void fill(struct model *m, char *buf, size_t len)
{
	size_t k;

	for (k = 0; k + 8 <= len; k += 8) {
		uint64_t v = rng_next(&m->rng);

		memcpy(buf + k, &v, 8);
	}
	memset(buf + k, 'e', len - k);
}

static void op_write(struct model *m)
{
	static char buf[MAX_LEN];
	off_t off = rng_below(&m->rng, MAX_OFF);
	size_t len = rng_below(&m->rng, rng_one_in(&m->rng, 2) ? 100 : MAX_LEN);
	int s, i = model_slot(m), seq = rng_one_in(&m->rng, 2);

	if (i < 0)
		return;
	if (rng_one_in(&m->rng, 2))
		off %= 5000;
	fill(m, buf, len);
	model_say(m, "%s slot %d %zu at %lld", seq ? "write" : "pwrite", i, len,
		  (long long)off);
	BOTH(s)
		model_ret(m, s, seq ? write(m->slot[i][s], buf, len) :
			  pwrite(m->slot[i][s], buf, len, off));
}

static void op_lseek(struct model *m)
{
	off_t off = rng_below(&m->rng, MAX_OFF);
	int s, i = model_slot(m), end = rng_one_in(&m->rng, 2);
	struct stat st;

	/* A position in a directory is of its file system's own making. */
	if (i < 0 || fstat(m->slot[i][PLAIN], &st) || !S_ISREG(st.st_mode))
		return;
	model_say(m, "lseek slot %d %s %lld", i, end ? "end" : "set",
		  (long long)off);
	BOTH(s)
		model_ret(m, s, lseek(m->slot[i][s], end ? 0 : off,
				      end ? SEEK_END : SEEK_SET));
}

static void op_truncate(struct model *m)
{
	const char *p = model_pick_file(m);
	off_t len = rng_below(&m->rng, MAX_OFF);
	int s, fd, i = rng_one_in(&m->rng, 2) ? model_slot(m) : -1;

	if (rng_one_in(&m->rng, 2))
		len %= 5000;
	model_say(m, "truncate %lld %s %d", (long long)len,
		  i < 0 ? model_shown(p) : "slot", i);
	BOTH(s) {
		if (i >= 0) {
			model_ret(m, s, ftruncate(m->slot[i][s], len));
			continue;
		}
		fd = openat(m->root[s], p, O_WRONLY | O_NONBLOCK);
		model_ret(m, s, fd < 0 ? fd : ftruncate(fd, len));
		if (fd >= 0)
			close(fd);
	}
}

static void op_fallocate(struct model *m)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE };
	int s, mode = modes[rng_below(&m->rng, 4)], i = model_slot(m);
	off_t off = rng_below(&m->rng, MAX_OFF), len = rng_below(&m->rng, 9000);

	if (i < 0)
		return;
	model_say(m, "fallocate %d slot %d %lld at %lld", mode, i,
		  (long long)len, (long long)off);
	BOTH(s)
		model_ret(m, s, fallocate(m->slot[i][s], mode, off, len));
}

static void map_write(struct model *m, int s, int fd, off_t page, size_t len)
{
	char *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 page);

	if (map == MAP_FAILED) {
		model_ret(m, s, -1);
		return;
	}
	model_see(m, s, map, len);
	memset(map + len / 2, 'M', len - len / 2);
	model_ret(m, s, msync(map, len, MS_SYNC));
	munmap(map, len);
}

static void op_mmap(struct model *m)
{
	int s, i = model_slot(m);
	struct stat st;
	off_t page;
	size_t len;

	if (i < 0 || fstat(m->slot[i][PLAIN], &st) || !S_ISREG(st.st_mode) ||
	    st.st_size < 10)
		return;
	page = rng_below(&m->rng, (unsigned)(st.st_size / 4096) + 1) * 4096;
	if (page >= st.st_size)
		page = 0;
	len = (size_t)(st.st_size - page);
	len = len > 6000 ? 6000 : len;
	model_say(m, "mmap slot %d %zu at %lld", i, len, (long long)page);
	BOTH(s)
		map_write(m, s, m->slot[i][s], page, len);
}

static void op_copy_range(struct model *m)
{
	int s, i = model_slot(m), j = model_slot(m);
	loff_t in = rng_below(&m->rng, MAX_OFF), out = rng_below(&m->rng, 5000);
	size_t len = rng_below(&m->rng, MAX_LEN);
	loff_t a, b;
	ssize_t n;

	if (i < 0)
		return;
	model_say(m, "copy_file_range slot %d to %d, %zu from %lld to %lld", i,
		  j, len, (long long)in, (long long)out);
	BOTH(s) {
		a = in;
		b = out;
		n = copy_file_range(m->slot[i][s], &a, m->slot[j][s], &b, len,
				    0);
		model_ret(m, s, n);
	}
}

static void op_sync(struct model *m)
{
	int s, i = model_slot(m), data = rng_one_in(&m->rng, 2);

	if (i < 0)
		return;
	model_say(m, "%s slot %d", data ? "fdatasync" : "fsync", i);
	BOTH(s)
		model_ret(m, s, data ? fdatasync(m->slot[i][s]) :
			  fsync(m->slot[i][s]));
}

static void op_lock(struct model *m)
{
	static const int how[] = { LOCK_SH, LOCK_EX, LOCK_UN };
	int s, h = how[rng_below(&m->rng, 3)], i = model_slot(m);

	if (i < 0)
		return;
	model_say(m, "flock %d slot %d", h, i);
	BOTH(s)
		model_ret(m, s, flock(m->slot[i][s], h | LOCK_NB));
}

const struct model_op model_file_ops[] = {
	{ "open", 16, op_open },
	{ "tmpfile", 1, op_tmpfile },
	{ "linkslot", 2, op_link_slot },
	{ "close", 4, op_close },
	{ "read", 8, op_read },
	{ "write", 12, op_write },
	{ "lseek", 3, op_lseek },
	{ "truncate", 6, op_truncate },
	{ "fallocate", 3, op_fallocate },
	{ "mmap", 5, op_mmap },
	{ "copyrange", 3, op_copy_range },
	{ "sync", 1, op_sync },
	{ "lock", 2, op_lock },
	{ NULL, 0, NULL },
};
