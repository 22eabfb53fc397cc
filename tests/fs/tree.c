/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

struct seen {
	ino_t ino;
	char *path;
};

struct tree {
	FILE *out;
	int flags;
	time_t since;
	struct seen *seen;
	size_t n;
};

void tree_escape(FILE *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	for (; *p; p++)
		if (*p > 32 && *p < 127 && *p != '\\')
			putc(*p, out);
		else
			fprintf(out, "\\x%02x", *p);
}

static uint64_t hash(const void *p, size_t n, uint64_t h)
{
	const unsigned char *s = p;

	while (n--)
		h = (h ^ *s++) * 0x100000001b3ull;
	return h;
}

static int open_quiet(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_NOATIME | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == EPERM)
		fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

static void write_content(struct tree *t, int dir, const char *name)
{
	uint64_t h = 0xcbf29ce484222325ull;
	char buf[65536];
	ssize_t n = -1;
	int fd = open_quiet(dir, name, O_RDONLY);

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		h = hash(buf, n, h);
	if (n < 0)
		fprintf(t->out, " unreadable(%d)", errno);
	else
		fprintf(t->out, " %016llx", (unsigned long long)h);
	if (fd >= 0)
		close(fd);
}

static void write_target(struct tree *t, int dir, const char *name)
{
	char buf[PATH_MAX + 1];
	ssize_t n = readlinkat(dir, name, buf, PATH_MAX);

	buf[n < 0 ? 0 : n] = '\0';
	fputs(" -> ", t->out);
	tree_escape(t->out, buf);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* user.* and ACLs only: others come from the system. */
static void write_xattrs(struct tree *t, int dir, const char *name)
{
	char path[64 + NAME_MAX], list[4096], value[4096], *names[128];
	ssize_t i, n, len;
	size_t k = 0, j;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
	n = llistxattr(path, list, sizeof(list));
	for (i = 0; i < n && k < 128; i += (ssize_t)strlen(list + i) + 1)
		if (!strncmp(list + i, "user.", 5) ||
		    !strncmp(list + i, "system.posix", 12))
			names[k++] = list + i;
	qsort(names, k, sizeof(*names), by_text);
	for (j = 0; j < k; j++) {
		len = lgetxattr(path, names[j], value, sizeof(value));
		fputs(" ", t->out);
		tree_escape(t->out, names[j]);
		fprintf(t->out, "=%zd:%08llx", len, (unsigned long long)
			hash(value, len < 0 ? 0 : len, 1));
	}
}

static void write_times(struct tree *t, const struct stat *st)
{
	const struct timespec *m = &st->st_mtim, *c = &st->st_ctim;

	/* The kernel moves a pipe's times itself, and on FUSE it does not. */
	if (!(t->flags & TREE_EXACT) &&
	    (m->tv_sec >= t->since || S_ISFIFO(st->st_mode))) {
		fputs(" recent", t->out);
		return;
	}
	fprintf(t->out, " m%lld.%09ld", (long long)m->tv_sec, m->tv_nsec);
	if (!(t->flags & TREE_EXACT))
		return;
	fprintf(t->out, " c%lld.%09ld i%llu", (long long)c->tv_sec, c->tv_nsec,
		(unsigned long long)st->st_ino);
	if (!S_ISLNK(st->st_mode))
		fprintf(t->out, " a%lld.%09ld", (long long)st->st_atim.tv_sec,
			st->st_atim.tv_nsec);
}

/* The first path of the object, or NULL where this is it. */
static const char *first_path(struct tree *t, const struct stat *st,
			      const char *path)
{
	size_t i;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return NULL;
	for (i = 0; i < t->n; i++)
		if (t->seen[i].ino == st->st_ino)
			return t->seen[i].path;
	t->seen = realloc(t->seen, (t->n + 1) * sizeof(*t->seen));
	if (!t->seen)
		abort();
	t->seen[t->n].ino = st->st_ino;
	t->seen[t->n++].path = strdup(path);
	return NULL;
}

static void write_object(struct tree *t, int dir, const char *name,
			 const char *path, const struct stat *st)
{
	const char *first = first_path(t, st, path);
	int is_dir = S_ISDIR(st->st_mode);

	tree_escape(t->out, path);
	fprintf(t->out, " %06o %u:%u", st->st_mode, st->st_uid, st->st_gid);
	if (!is_dir || (t->flags & TREE_EXACT))
		fprintf(t->out, " n%lu s%lld", (unsigned long)st->st_nlink,
			(long long)st->st_size);
	write_times(t, st);
	if (S_ISREG(st->st_mode))
		write_content(t, dir, name);
	else if (S_ISLNK(st->st_mode))
		write_target(t, dir, name);
	if (!S_ISLNK(st->st_mode))
		write_xattrs(t, dir, name);
	if (first) {
		fputs(" same as ", t->out);
		tree_escape(t->out, first);
	}
	putc('\n', t->out);
}

/* The names in a directory, sorted; -1 where it cannot be read. */
static int list_names(int fd, char ***out)
{
	DIR *d = fdopendir(dup(fd));
	struct dirent *e;
	char **names = NULL;
	int n = 0;

	if (!d)
		return -1;
	for (errno = 0; (e = readdir(d)); errno = 0) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		names = realloc(names, (size_t)(n + 1) * sizeof(*names));
		if (!names)
			abort();
		names[n++] = strdup(e->d_name);
	}
	if (errno)
		fprintf(stderr, "readdir: %s\n", strerror(errno));
	closedir(d);
	if (n)
		qsort(names, (size_t)n, sizeof(*names), by_text);
	*out = names;
	return n;
}

static void walk(struct tree *t, int fd, const char *path);

static void visit(struct tree *t, int dir, const char *name, const char *path)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
		tree_escape(t->out, path);
		fprintf(t->out, " stat fails(%d)\n", errno);
		return;
	}
	write_object(t, dir, name, path, &st);
	if (!S_ISDIR(st.st_mode))
		return;
	fd = open_quiet(dir, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		tree_escape(t->out, path);
		fprintf(t->out, "/ unreadable(%d)\n", errno);
		return;
	}
	walk(t, fd, path);
	close(fd);
}

static void walk(struct tree *t, int fd, const char *path)
{
	char **list = NULL, *sub;
	int i, n = list_names(fd, &list);

	if (n < 0)
		fprintf(t->out, "%s/ cannot be listed(%d)\n", path, errno);
	for (i = 0; i < n; i++) {
		if (asprintf(&sub, "%s%s%s", path, *path ? "/" : "", list[i]) < 0)
			abort();
		visit(t, fd, list[i], sub);
		free(sub);
		free(list[i]);
	}
	free(list);
}

int tree_write(FILE *out, const char *root, int flags, time_t since)
{
	struct tree t = { .out = out, .flags = flags, .since = since };
	struct stat st;
	int r = 0, fd = open_quiet(AT_FDCWD, root, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || fstat(fd, &st)) {
		r = -errno;
		goto out;
	}
	write_object(&t, fd, ".", "", &st);
	walk(&t, fd, "");
	while (t.n)
		free(t.seen[--t.n].path);
	free(t.seen);
out:
	if (fd >= 0)
		close(fd);
	return r;
}
