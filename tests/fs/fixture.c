/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "obs.h"

/*
 * The objects that every case finds in its directory. "up" makes a hard link to
 * the path before it; sizes above 0 are filled with a pattern.
 */
static const struct object {
	const char *path;
	char type;		/* - d l h p, S for sparse */
	unsigned mode;
	long size;
	const char *target;
} objects[] = {
	{ "f", '-', 0644, 10000, NULL },
	{ "g", '-', 0600, 17, NULL },
	{ "big", '-', 0644, 300001, NULL },
	{ "sparse", 'S', 0644, 1 << 20, NULL },
	{ "z", '-', 0666, 0, NULL },
	{ "ro", '-', 0444, 100, NULL },
	{ "x", '-', 0755, 40, NULL },
	{ "suid", '-', 06755, 40, NULL },
	{ "h1", '-', 0640, 500, NULL },
	{ "h2", 'h', 0, 0, "h1" },
	{ "l", 'l', 0, 0, "f" },
	{ "ld", 'l', 0, 0, "d" },
	{ "dang", 'l', 0, 0, "nowhere" },
	{ "loop", 'l', 0, 0, "loop" },
	{ "d", 'd', 0755, 0, NULL },
	{ "d/a", '-', 0644, 5000, NULL },
	{ "d/b", '-', 0755, 1, NULL },
	{ "d/s", 'd', 0750, 0, NULL },
	{ "d/s/c", '-', 0644, 333, NULL },
	{ "d/up", 'l', 0, 0, "../f" },
	{ "d/h3", 'h', 0, 0, "h1" },
	{ "e", 'd', 0755, 0, NULL },
	{ "e2", 'd', 0700, 0, NULL },
	{ "st", 'd', 01777, 0, NULL },
	{ "st/own", '-', 0666, 10, NULL },
	{ "st/dir", 'd', 0777, 0, NULL },
	{ "sg", 'd', 02775, 0, NULL },
	{ "w", 'd', 0777, 0, NULL },
	{ "w/f", '-', 0666, 77, NULL },
	{ "p", 'p', 0644, 0, NULL },
};
#define N_OBJECTS (sizeof(objects) / sizeof(*objects))

static void fail(const char *path)
{
	perror(path);
	exit(99);
}

static void fill(int fd, long size, off_t off)
{
	char buf[4096];
	long i, n;

	for (i = 0; i < (long)sizeof(buf); i++)
		buf[i] = "abcdefghijklmnopqrstuvwxyz0123456789\n"[i % 37];
	for (; size > 0; size -= n, off += n) {
		n = size < (long)sizeof(buf) ? size : (long)sizeof(buf);
		if (pwrite(fd, buf, n, off) != n)
			fail("fill");
	}
}

static void make_file(const struct object *o)
{
	int fd = open(o->path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0)
		fail(o->path);
	if (o->type == 'S') {
		if (ftruncate(fd, o->size))
			fail(o->path);
		fill(fd, 4096, o->size / 2);
	} else {
		fill(fd, o->size, 0);
	}
	if (fchmod(fd, o->mode))
		fail(o->path);
	close(fd);
}

static void make(const struct object *o)
{
	int r = 0;

	switch (o->type) {
	case '-':
	case 'S':
		make_file(o);
		break;
	case 'd':
		r = mkdir(o->path, 0700) || chmod(o->path, o->mode);
		break;
	case 'l':
		r = symlink(o->target, o->path);
		break;
	case 'h':
		r = link(o->target, o->path);
		break;
	case 'p':
		r = mkfifo(o->path, o->mode);
		break;
	}
	if (r)
		fail(o->path);
}

/* Times of long ago, so that a change shows. */
static void age(const char *path, int i)
{
	struct timespec t[2] = { { 1500000000 + i, 123456789 },
				 { 1400000000 + i, 987654321 } };

	if (utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW))
		fail(path);
}

void fixture_make(void)
{
	size_t i;

	umask(0);
	for (i = 0; i < N_OBJECTS; i++)
		make(&objects[i]);
	for (i = N_OBJECTS; i-- > 0;)
		age(objects[i].path, (int)i);
	age(".", 99);
}

static void touch_file(const char *path, const struct stat *st)
{
	char c;
	int fd;

	if (chmod(path, 0600))
		fail(path);
	fd = open(path, O_RDWR);
	if (fd < 0 || (st->st_size && (pread(fd, &c, 1, 0) != 1 ||
				       pwrite(fd, &c, 1, 0) != 1)))
		fail(path);
	if (!st->st_size && (pwrite(fd, "x", 1, 0) != 1 || ftruncate(fd, 0)))
		fail(path);
	if (fchmod(fd, st->st_mode & 07777))
		fail(path);
	close(fd);
}

static void touch_entry(const char *name)
{
	struct stat st;

	if (lstat(name, &st))
		fail(name);
	if (S_ISDIR(st.st_mode))
		fixture_touch(name);
	else if (S_ISREG(st.st_mode))
		touch_file(name, &st);
	if (utimensat(AT_FDCWD, name, (struct timespec[2]) { st.st_atim,
		      st.st_mtim }, AT_SYMLINK_NOFOLLOW))
		fail(name);
}

/*
 * Changes each object below dir and changes it back, times too. By steps, since
 * a path may be too long.
 */
void fixture_touch(const char *dir)
{
	struct dirent *e;
	struct stat self;
	DIR *d;

	if (chdir(dir))
		fail(dir);
	d = opendir(".");
	if (!d || fstat(dirfd(d), &self))
		fail(dir);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			touch_entry(e->d_name);
	closedir(d);
	if (mkdir(".touch", 0700) || rmdir(".touch"))
		fail(dir);
	if (utimensat(AT_FDCWD, ".", (struct timespec[2]) { self.st_atim,
		      self.st_mtim }, 0) || chdir(".."))
		fail(dir);
}
