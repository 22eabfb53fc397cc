/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkws SEED DIR: fills an empty directory with a small random tree, the same
 * for the same seed: hard links, symlinks, odd names, holes, deep paths, empty
 * directories, modes from 000 to set-id, attributes, FIFOs, old times. "=0" to
 * "=3" are subtrees of the same kind, without links between them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rng.h"

#define MAX_FILES 64

struct gen {
	struct rng r;
	char *files[MAX_FILES];	/* regular ones, for hard links */
	unsigned n;
	unsigned budget;	/* objects still to make */
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static mode_t some_mode(struct gen *g, int dir)
{
	static const mode_t files[] = { 0644, 0644, 0600, 0755, 0444, 0666,
					0640, 0604, 04755, 0 };
	static const mode_t dirs[] = { 0755, 0755, 0777, 0700, 02775, 01777 };
	mode_t m = dir ? dirs[rng_below(&g->r, 6)] : files[rng_below(&g->r, 10)];

	/* What is 000 cannot be read by its owner, so not by the daemon. */
	return !m && geteuid() ? 0400 : m;
}

static void fill(struct gen *g, int fd)
{
	static const unsigned sizes[] = { 0, 1, 100, 4095, 4096, 4097, 20000,
					  70000 };
	unsigned i, len = sizes[rng_below(&g->r, 8)];
	char *buf = malloc(len + 1);

	if (!buf)
		fail("malloc");
	for (i = 0; i < len; i++)
		buf[i] = (char)(32 + rng_below(&g->r, 95));
	if (rng_one_in(&g->r, 8) && lseek(fd, 200000, SEEK_SET) < 0)
		fail("lseek");
	if (write(fd, buf, len) != (ssize_t)len)
		fail("write");
	free(buf);
}

static void make_file(struct gen *g, const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0)
		fail(path);
	fill(g, fd);
	if (rng_one_in(&g->r, 6) && fsetxattr(fd, "user.one", "first value",
					      rng_below(&g->r, 11), 0))
		fail("setxattr");
	if (fchmod(fd, some_mode(g, 0)))
		fail("chmod");
	close(fd);
	if (g->n < MAX_FILES)
		g->files[g->n++] = strdup(path);
}

static void make_dir(struct gen *g, const char *path, int depth);

static void make_one(struct gen *g, const char *path, int depth)
{
	unsigned what = rng_below(&g->r, 10);

	if (what < 4 || (what < 7 && depth > 4)) {
		make_file(g, path);
	} else if (what < 7) {
		make_dir(g, path, depth + 1);
	} else if (what == 7 && g->n) {
		if (link(g->files[rng_below(&g->r, g->n)], path))
			fail(path);
	} else if (what == 8) {
		if (mkfifo(path, 0644))
			fail(path);
	} else if (symlink(rng_names[rng_below(&g->r, rng_n_names)], path)) {
		fail(path);
	}
}

static void age(struct gen *g, const char *path)
{
	struct timespec t[2] = {
		{ 1000000000 + rng_below(&g->r, 1000000), 0 },
		{ 1100000000 + rng_below(&g->r, 1000000),
		  rng_below(&g->r, 1000000000) },
	};

	if (utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW))
		fail(path);
}

static void make_dir(struct gen *g, const char *path, int depth)
{
	char sub[4000];
	unsigned i, n = rng_below(&g->r, depth ? 7 : 14);
	struct stat st;

	if (mkdir(path, 0700) && depth)
		fail(path);
	for (i = 0; i < n && g->budget; i++) {
		snprintf(sub, sizeof(sub), "%s/%s", path,
			 rng_names[rng_below(&g->r, rng_n_names)]);
		if (!lstat(sub, &st))
			continue;
		g->budget--;
		make_one(g, sub, depth);
		age(g, sub);
	}
	if (chmod(path, depth ? some_mode(g, 1) : 0777))
		fail(path);
}

/* Longer than PATH_MAX, so made by steps. */
static void make_deep(void)
{
	char name[201];
	int i, fd;

	memset(name, 'd', 200);
	name[200] = '\0';
	for (i = 0; i < 25; i++)
		if (mkdir(name, 0755) || chdir(name))
			fail("deep");
	fd = open("bottom", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || write(fd, "bottom", 6) != 6)
		fail("bottom");
	close(fd);
}

int main(int argc, char **argv)
{
	struct gen g = { .budget = 0 };
	char name[16];
	int i;

	if (argc != 3 || chdir(argv[2])) {
		fprintf(stderr, "usage: mkws SEED DIR\n");
		return 2;
	}
	umask(0);
	g.r.s = strtoull(argv[1], NULL, 0);
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), i < 4 ? "=%d" : ".", i);
		g.n = 0;
		g.budget = i < 4 ? 30 : 120;
		if (i < 4 && mkdir(name, 0777))
			fail(name);
		make_dir(&g, name, 0);
		age(&g, name);
	}
	make_deep();
	return 0;
}
