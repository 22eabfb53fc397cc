/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/home.h"
#include "sandbox/profile.h"
#include "util/io.h"
#include "util/path.h"
#include "util/walk.h"

/* The path with '/' as '+' and '+' as '++': one name, and no two the same. */
static void flat_name(const char *path, struct buf *out)
{
	for (path++; *path; path++) {
		if (*path == '+')
			buf_addch(out, '+');
		buf_addch(out, *path == '/' ? '+' : *path);
	}
}

void home_place(const char *dir, const char *path, struct buf *out)
{
	buf_addf(out, "%s/", dir);
	flat_name(path, out);
}

static int copy_file(int from_dir, const char *from, int to_dir,
		     const char *to)
{
	struct stat st;
	int in, out = -1, r;

	in = openat(from_dir, from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (in < 0)
		return -errno;
	r = fstat(in, &st) < 0 ? -errno : 0;
	if (!r && !S_ISREG(st.st_mode))
		r = -EINVAL;
	if (r)
		goto out;
	out = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		     0600 | (st.st_mode & 0700));
	r = out < 0 ? -errno : io_copy(in, out);
out:
	io_close(&in);
	io_close(&out);
	return r;
}

static int copy_link(const struct walk_entry *e, int to_dir)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(e->dirfd, e->name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to_dir, e->path) < 0 ? -errno : 0;
}

/* payload: descriptor of the copy's root. Sockets and the like stay behind. */
static int copy_entry(void *payload, const struct walk_entry *e)
{
	int to_dir = *(int *)payload, r = 0;

	if (e->error)
		return WALK_SKIP;
	if (S_ISDIR(e->st.st_mode))
		r = mkdirat(to_dir, e->path, 0700) < 0 ? -errno : 0;
	else if (S_ISREG(e->st.st_mode))
		r = copy_file(e->dirfd, e->name, to_dir, e->path);
	else if (S_ISLNK(e->st.st_mode))
		r = copy_link(e, to_dir);
	return r == -EACCES || r == -ENOENT ? 0 : r;
}

static int copy_dir(int from, int to_dir, const char *to)
{
	int root, r;

	if (mkdirat(to_dir, to, 0700) < 0 && errno != EEXIST)
		return -errno;
	root = openat(to_dir, to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	r = walk_tree(from, copy_entry, &root);
	close(root);
	return r;
}

static int make_parents(int dir, const char *path)
{
	struct buf b = BUF_INIT;
	const char *slash = path;
	int r = 0;

	while (!r && (slash = strchr(slash, '/'))) {
		buf_clear(&b);
		buf_add(&b, path, (size_t)(slash - path));
		if (buf_oom(&b) || (mkdirat(dir, b.ptr, 0700) < 0 &&
				    errno != EEXIST))
			r = buf_oom(&b) ? -ENOMEM : -errno;
		slash++;
	}
	buf_release(&b);
	return r;
}

/* What does not exist is passed over. */
static int copy_one(const char *from, int dir, const char *to, struct err *err)
{
	struct stat st;
	int fd, r;

	fd = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
			err_errno(err, -errno, "profile: %s", from);
	r = fstat(fd, &st) < 0 ? -errno : make_parents(dir, to);
	if (!r)
		r = S_ISDIR(st.st_mode) ? copy_dir(fd, dir, to) :
			copy_file(AT_FDCWD, from, dir, to);
	close(fd);
	return r ? err_errno(err, r, "profile: copying %s", from) : 0;
}

static int fill(const struct profile *p, const char *keep, int dir,
		struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < p->to.n && !r; i++)
		if (path_is_below(p->to.at[i] + 1, keep + 1))
			r = copy_one(p->from.at[i], dir,
				     p->to.at[i] + strlen(keep) + 1, err);
	return r;
}

/* An empty directory new; what is left of an earlier try is removed. */
static int begin_kept(int home, const char *new, int *dir)
{
	int r = io_remove_tree(home, new);

	if (r && r != -ENOENT)
		return r;
	if (mkdirat(home, new, 0700) < 0)
		return -errno;
	*dir = openat(home, new, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir < 0 ? -errno : 0;
}

static int make_kept(const struct profile *p, int home, const char *keep,
		     struct err *err)
{
	struct buf name = BUF_INIT, new = BUF_INIT;
	struct stat st;
	int dir = -1, r;

	flat_name(keep, &name);
	buf_addf(&new, ".new.%s", name.ptr);
	r = buf_oom(&name) || buf_oom(&new) ? -ENOMEM : 0;
	if (!r && !fstatat(home, name.ptr, &st, AT_SYMLINK_NOFOLLOW))
		goto out;
	if (!r)
		r = begin_kept(home, new.ptr, &dir);
	if (r) {
		err_errno(err, r, "profile: keeping %s", keep);
		goto out;
	}
	r = fill(p, keep, dir, err);
	if (!r && renameat(home, new.ptr, home, name.ptr) < 0)
		r = err_errno(err, -errno, "profile: keeping %s", keep);
out:
	io_close(&dir);
	buf_release(&name);
	buf_release(&new);
	return r;
}

int home_prepare(const struct profile *p, const char *dir, struct err *err)
{
	size_t i;
	int home, r = 0;

	if (!p->keep.n)
		return 0;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "%s", dir);
	home = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (home < 0)
		return err_errno(err, -errno, "%s", dir);
	for (i = 0; i < p->keep.n && !r; i++)
		r = make_kept(p, home, p->keep.at[i], err);
	close(home);
	return r;
}
