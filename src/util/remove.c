/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A stack of open directories would run out of descriptors in a deep tree, so
 * only the way down is kept, by name, and the way up goes through "..", with
 * the identity of each parent checked.
 */
struct level {
	char *name;
	dev_t dev;
	ino_t ino;
};

struct stack {
	struct level *at;
	size_t n, cap;
};

static int push(struct stack *s, const char *name, const struct stat *st)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 32;
		struct level *p = reallocarray(s->at, cap, sizeof(*p));

		if (!p)
			return -ENOMEM;
		s->at = p;
		s->cap = cap;
	}
	s->at[s->n].name = strdup(name);
	if (!s->at[s->n].name)
		return -ENOMEM;
	s->at[s->n].dev = st->st_dev;
	s->at[s->n].ino = st->st_ino;
	s->n++;
	return 0;
}

/* Opens a directory of ours even if its mode forbids it. */
static int open_dir(int dirfd, const char *name, int *fd)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	*fd = openat(dirfd, name, flags);
	if (*fd < 0 && errno == EACCES && !fchmodat(dirfd, name, 0700, 0))
		*fd = openat(dirfd, name, flags);
	if (*fd < 0)
		return -errno;
	fchmod(*fd, 0700);
	return 0;
}

/*
 * Removes what it can of an open directory; returns 1 with the name of the
 * first subdirectory that is left, 0 where nothing is, or a negative errno.
 */
static int clear_dir(int fd, dev_t dev, char *sub, size_t size)
{
	struct dirent *de;
	DIR *d = fdopendir(dup(fd));
	int r = 0;

	if (!d)
		return -errno;
	rewinddir(d);
	while (!r && (errno = 0, de = readdir(d))) {
		struct stat st;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (!unlinkat(fd, de->d_name, 0))
			continue;
		if (errno != EISDIR && errno != EPERM)
			r = -errno;
		else if (fstatat(fd, de->d_name, &st, AT_SYMLINK_NOFOLLOW))
			r = -errno;
		else if (!S_ISDIR(st.st_mode))
			r = -EPERM;
		else if (st.st_dev != dev)
			r = -EXDEV;
		else if (unlinkat(fd, de->d_name, AT_REMOVEDIR)) {
			snprintf(sub, size, "%s", de->d_name);
			r = 1;
		}
	}
	closedir(d);
	return r;
}

/* From an emptied directory to its parent, which must be the one we left. */
static int go_up(struct stack *s, int dirfd, int *fd)
{
	struct level *l = &s->at[--s->n], *parent = s->n ? l - 1 : NULL;
	struct stat st;
	int up = -1, r = 0;

	if (parent) {
		up = openat(*fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (up < 0 || fstat(up, &st))
			r = -errno;
		else if (st.st_ino != parent->ino || st.st_dev != parent->dev)
			r = -ESTALE;
	}
	if (!r && unlinkat(parent ? up : dirfd, l->name, AT_REMOVEDIR))
		r = -errno;
	free(l->name);
	io_close(fd);
	*fd = up;
	return r;
}

static int go_down(struct stack *s, int from, const char *name, int *fd)
{
	struct stat st;
	int sub, r;

	r = open_dir(from, name, &sub);
	if (r)
		return r;
	if (fstat(sub, &st))
		r = -errno;
	else
		r = push(s, name, &st);
	if (r) {
		close(sub);
		return r;
	}
	io_close(fd);
	*fd = sub;
	return 0;
}

int io_remove_tree(int dirfd, const char *name)
{
	struct stack s = { NULL, 0, 0 };
	char sub[256];
	int fd = -1, r;

	if (!unlinkat(dirfd, name, 0))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	r = go_down(&s, dirfd, name, &fd);
	while (!r && s.n) {
		r = clear_dir(fd, s.at[s.n - 1].dev, sub, sizeof(sub));
		if (r > 0)
			r = go_down(&s, fd, sub, &fd);
		else if (!r)
			r = go_up(&s, dirfd, &fd);
	}
	io_close(&fd);
	while (s.n)
		free(s.at[--s.n].name);
	free(s.at);
	return r;
}
