/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/gitnews.h"
#include "session/lower.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "session/session.h"
#include "session/view.h"
#include "util/io.h"
#include "util/quiet.h"

static int is_fd_shortage(int r)
{
	return r == -EMFILE || r == -ENFILE;
}

/* open below dirfd, one more try after a descriptor was freed */
static int open_below(struct layer *l, int dirfd, const char *path, int flags,
		      int *fd)
{
	int r;

	do {
		r = io_open_beneath(dirfd, path, flags | O_NOFOLLOW, 0, fd);
	} while (is_fd_shortage(r) && handle_shrink(&l->handles));
	return r;
}

static int open_quiet(struct layer *l, int dirfd, const char *path, int flags,
		      int *fd)
{
	int r;

	do {
		r = quiet_open_beneath(dirfd, path, flags, fd);
	} while (is_fd_shortage(r) && handle_shrink(&l->handles));
	return r;
}

/* Where n's lower directory is: a descriptor to begin at, and a path below. */
static int dir_place(struct layer *l, struct node *n, struct handle **h,
		     struct buf *path)
{
	struct node *p = n;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	while (!(*h = handle_get(&l->handles, p, HANDLE_DIR)) && !p->up &&
	       p->names)
		p = p->names->parent;
	if (*h)
		r = node_path_below(n, p, path);
	else if (p->up && p->up->origin)
		r = node_origin(n, path);
	else
		r = -ESTALE;
	pthread_mutex_unlock(&l->lock);
	return r;
}

/*
 * A directory that the session has changes in stays itself when the user puts
 * another in its place; an untouched one is to be looked up anew.
 */
static int adopt(struct layer *l, struct node *dir, const struct stat *st)
{
	if (st->st_dev != l->dev)
		return -EXDEV;
	if (st->st_ino == dir->lower_ino)
		return 0;
	if (!dir->up)
		return -ESTALE;
	pthread_mutex_lock(&l->lock);
	dir->lower_ino = st->st_ino;
	pthread_mutex_unlock(&l->lock);
	return 0;
}

int lower_dir(struct layer *l, struct node *dir, struct handle **out)
{
	struct buf path = BUF_INIT;
	struct handle *from = NULL;
	struct stat st;
	int fd = -1, r;

	*out = handle_get(&l->handles, dir, HANDLE_DIR);
	if (*out)
		return 0;
	r = dir_place(l, dir, &from, &path);
	if (!r)
		r = open_below(l, from ? from->fd : l->rootfd, path.ptr,
			       O_RDONLY | O_DIRECTORY, &fd);
	if (!r)
		r = fstat(fd, &st) ? -errno : adopt(l, dir, &st);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		r = -ESTALE;
	if (!r) {
		*out = handle_add(&l->handles, dir, HANDLE_DIR, fd);
		fd = -1;
		if (!*out)
			r = -ENOMEM;
	}
	io_close(&fd);
	handle_put(&l->handles, from);
	buf_release(&path);
	return r;
}

/*
 * Where n's lower object is, as a directory to begin at and one name or a path.
 * A node that still is where the workspace has it goes by its parent's handle.
 */
static int place(struct layer *l, struct node *n, struct handle **h,
		 struct buf *path)
{
	struct node *dir = NULL;
	int r = 0;

	*h = NULL;
	pthread_mutex_lock(&l->lock);
	if (!n->up && n->names && !n->names->is_override) {
		dir = n->names->parent;
		buf_clear(path);
		buf_add(path, n->names->name, n->names->name_len);
		dir->refs++;
	} else {
		r = node_origin(n, path);
		if (r)
			r = -ESTALE;
	}
	pthread_mutex_unlock(&l->lock);
	if (!dir)
		return r;
	r = lower_dir(l, dir, h);
	layer_forget(l, dir, 1);
	return r;
}

/* As adopt, for what n's place holds now. */
static int check_same(struct layer *l, struct node *n, const struct stat *st)
{
	if ((st->st_mode & S_IFMT) != n->type)
		return -ESTALE;
	if (st->st_ino == n->lower_ino || (n->flags & NODE_FOREIGN))
		return 0;
	if (n == l->tree.root || !n->up)
		return -ESTALE;
	handle_drop(&l->handles, n);
	pthread_mutex_lock(&l->lock);
	n->lower_ino = st->st_ino;
	pthread_mutex_unlock(&l->lock);
	return 0;
}

static int stat_at(struct layer *l, int dirfd, const char *path,
		   struct statx *sx)
{
	const unsigned mask = STATX_BASIC_STATS | STATX_BTIME;
	int fd, r;

	if (!strchr(path, '/') && *path)
		return statx(dirfd, path, AT_SYMLINK_NOFOLLOW, mask, sx) ?
		       -errno : 0;
	r = open_below(l, dirfd, path, O_PATH, &fd);
	if (r)
		return r;
	r = statx(fd, "", AT_EMPTY_PATH, mask, sx) ? -errno : 0;
	close(fd);
	return r;
}

static struct timespec time_of(const struct statx_timestamp *ts)
{
	return (struct timespec){ .tv_sec = ts->tv_sec,
				  .tv_nsec = ts->tv_nsec };
}

static void stat_of(const struct statx *sx, struct stat *st)
{
	*st = (struct stat){
		.st_dev = makedev(sx->stx_dev_major, sx->stx_dev_minor),
		.st_ino = sx->stx_ino,
		.st_mode = sx->stx_mode,
		.st_nlink = sx->stx_nlink,
		.st_uid = sx->stx_uid,
		.st_gid = sx->stx_gid,
		.st_rdev = makedev(sx->stx_rdev_major, sx->stx_rdev_minor),
		.st_size = (off_t)sx->stx_size,
		.st_blksize = (blksize_t)sx->stx_blksize,
		.st_blocks = (blkcnt_t)sx->stx_blocks,
		.st_atim = time_of(&sx->stx_atime),
		.st_mtim = time_of(&sx->stx_mtime),
		.st_ctim = time_of(&sx->stx_ctime),
	};
}

int lower_stat(struct layer *l, struct node *n, struct stat *st,
	       struct timespec *birth)
{
	struct statx sx = { .stx_mask = 0 };
	struct buf path = BUF_INIT;
	struct handle *h = NULL;
	int r;

	r = place(l, n, &h, &path);
	if (!r)
		r = stat_at(l, h ? h->fd : l->rootfd, path.ptr, &sx);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		r = -ESTALE;
	stat_of(&sx, st);
	if (!r)
		r = check_same(l, n, st);
	if (birth)
		*birth = sx.stx_mask & STATX_BTIME ? time_of(&sx.stx_btime) :
			 (struct timespec){ 0, 0 };
	handle_put(&l->handles, h);
	buf_release(&path);
	return r;
}

int lower_open(struct layer *l, struct node *n, int *fd)
{
	const int flags = O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
	struct buf path = BUF_INIT;
	struct handle *h = NULL;
	struct stat st;
	int r;

	*fd = -1;
	if (n->type != S_IFREG && n->type != S_IFDIR)
		return -EINVAL;
	r = place(l, n, &h, &path);
	if (!r)
		r = open_quiet(l, h ? h->fd : l->rootfd, path.ptr, flags, fd);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -ENXIO)
		r = -ESTALE;
	if (!r)
		r = fstat(*fd, &st) ? -errno : check_same(l, n, &st);
	if (r)
		io_close(fd);
	handle_put(&l->handles, h);
	buf_release(&path);
	return r;
}

int lower_file(struct layer *l, struct node *n, struct handle **out)
{
	int fd, r;

	*out = handle_get(&l->handles, n, HANDLE_LOWER);
	if (*out)
		return 0;
	r = lower_open(l, n, &fd);
	if (r)
		return r;
	*out = handle_add(&l->handles, n, HANDLE_LOWER, fd);
	return *out ? 0 : -ENOMEM;
}

/* A link may lead to a URL with a password; no rule knows a shorter one. */
#define LINK_SECRET_MIN 12

int lower_readlink(struct layer *l, struct node *n, struct buf *out)
{
	struct buf path = BUF_INIT;
	struct handle *h = NULL;
	char target[PATH_MAX];
	ssize_t len = 0;
	int fd = -1, r;

	r = place(l, n, &h, &path);
	if (!r)
		r = open_below(l, h ? h->fd : l->rootfd, path.ptr, O_PATH, &fd);
	if (!r) {
		len = readlinkat(fd, "", target, sizeof(target));
		if (len < 0)
			r = errno == ENOENT ? -ESTALE : -errno;
		else
			buf_add(out, target, (size_t)len);
	}
	io_close(&fd);
	handle_put(&l->handles, h);
	buf_release(&path);
	if (!r && buf_oom(out))
		r = -ENOMEM;
	if (!r && len >= LINK_SECRET_MIN && !view_shows_value(l, out)) {
		buf_wipe(out);
		r = -EACCES;
	}
	return r;
}

/* The stricter of two verdicts. */
static void stricter(struct verdict *v, const struct verdict *other)
{
	if (other->action > v->action)
		*v = *other;
}

void lower_policy_locked(struct layer *l, struct node *dir, const char *name,
			 struct verdict *v, struct buf *origin)
{
	struct buf path = BUF_INIT;
	struct verdict here;

	*v = (struct verdict){ ACTION_HIDE, NULL, 0 };
	if (node_origin(dir, origin))
		return;
	if (origin->len)
		buf_addch(origin, '/');
	buf_addstr(origin, name);
	if (buf_oom(origin))
		return;
	if (gitguard_hides(&l->session->gitguard, origin->ptr)) {
		if (gitguard_is_object(origin->ptr))
			gitnews_left_out_locked(l, dir);
		return;
	}
	if (!l->policy) {
		v->action = ACTION_SHOW;
		return;
	}
	policy_path(l->policy, origin->ptr, origin->len, v);
	if (!l->moved || node_path(dir, &path))
		goto out;
	if (path.len)
		buf_addch(&path, '/');
	buf_addstr(&path, name);
	if (buf_oom(&path)) {
		v->action = ACTION_HIDE;
	} else if (strcmp(path.ptr, origin->ptr)) {
		policy_path(l->policy, path.ptr, path.len, &here);
		stricter(v, &here);
	}
out:
	buf_release(&path);
}
