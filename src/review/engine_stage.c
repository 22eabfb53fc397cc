/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/each.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

#define HASH_CHUNK 65536
#define XATTR_MAX 65536

uint64_t engine_hash(int fd)
{
	uint64_t h = 0xcbf29ce484222325u;
	unsigned char chunk[HASH_CHUNK];
	ssize_t n;

	while ((n = io_read_full(fd, chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			h = (h ^ chunk[i]) * 0x100000001b3u;
		if (n < (ssize_t)sizeof(chunk))
			break;
	}
	return n < 0 ? 0 : h | 1;
}

int engine_stat(const struct where *w, const char *path, struct stat *st)
{
	int dir = -1, r;

	memset(st, 0, sizeof(*st));
	r = io_open_parent(w->ws, path, &dir);
	if (!r && fstatat(dir, path_base(path), st, AT_SYMLINK_NOFOLLOW))
		r = -errno;
	io_close(&dir);
	if (r)
		memset(st, 0, sizeof(*st));
	return r == -ENOENT || r == -ENOTDIR ? 0 : r;
}

static int is_label(const char *name)
{
	return !strncmp(name, "user.", 5) ||
	       !strcmp(name, "system.posix_acl_access") ||
	       !strcmp(name, "security.selinux");
}

void engine_copy_xattrs(int from, int to)
{
	char names[XATTR_MAX], value[XATTR_MAX];
	ssize_t len, n;

	fremovexattr(to, "system.posix_acl_access");
	len = flistxattr(from, names, sizeof(names));
	for (ssize_t i = 0; i < len; i += (ssize_t)strlen(names + i) + 1) {
		if (!is_label(names + i))
			continue;
		n = fgetxattr(from, names + i, value, sizeof(value));
		if (n >= 0)
			fsetxattr(to, names + i, value, (size_t)n, 0);
	}
}

/* What is staged by several threads at once. */
struct staging {
	struct job *j;
	const struct where *w;
	struct notes *notes;
	pthread_mutex_t lock;	/* of notes, and of what requests open */
	struct flusher *flusher;
};

static void set_owner(struct staging *s, const struct req *q, int fd)
{
	if (!fchown(fd, q->uid, q->gid) || !fchown(fd, (uid_t)-1, q->gid))
		return;
	pthread_mutex_lock(&s->lock);
	notes_add(s->notes, "%s: its owner or group could not be kept",
		  q->path);
	pthread_mutex_unlock(&s->lock);
}

/*
 * Makes a new file's owner, attributes, mode and times those asked for: the mode
 * after the owner, so that nobody else may read it or run it in between.
 */
static int dress_file(struct staging *s, const struct op *op, int fd,
		      struct stat *st)
{
	const struct req *q = op->req;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, q->mtime };
	int old = -1, give;

	if (q->like && !quiet_open_beneath(s->w->ws, q->like, O_NONBLOCK, &old))
		engine_copy_xattrs(old, fd);
	io_close(&old);
	if (fstat(fd, st))
		return -errno;
	give = q->flags & REQ_OWNER &&
	       (st->st_uid != q->uid || st->st_gid != q->gid);
	if (give)
		set_owner(s, q, fd);
	if ((give || ((st->st_mode ^ q->mode) & 07777)) &&
	    fchmod(fd, q->mode & 07777))
		return -errno;
	if (q->flags & REQ_TIMES && futimens(fd, times))
		return -errno;
	if (!give && !(q->flags & REQ_TIMES) && !(q->mode & 07000)) {
		st->st_mode = S_IFREG | (q->mode & 0777);
		return 0;
	}
	return fstat(fd, st) ? -errno : 0;
}

static int open_content(struct staging *s, const struct req *q, int *fd)
{
	int r;

	if (!q->open)
		return quiet_open_beneath(s->w->ws, q->path, O_NONBLOCK, fd);
	pthread_mutex_lock(&s->lock);
	r = q->open(q->payload, q, fd);
	pthread_mutex_unlock(&s->lock);
	return r;
}

/*
 * A small file is read once, for both places, or with to -1 for the second alone;
 * 1 where it is not small.
 */
static int copy_small(struct staging *s, struct op *op, int from, int to)
{
	char bytes[JOB_KEEP_SMALL + 1];
	ssize_t n = io_pread_full(from, bytes, sizeof(bytes), 0);
	int r;

	if (n < 0 || n > JOB_KEEP_SMALL)
		return n < 0 ? (int)n : 1;
	r = to < 0 ? 0 : io_write_full(to, bytes, (size_t)n);
	if (!r)
		job_keep(s->j, op, bytes, (size_t)n);
	return r;
}

static int copy_content(struct staging *s, struct op *op, int from, int to)
{
	struct stat st;
	int r = 1;

	if (fstat(from, &st))
		return -errno;
	if (st.st_size <= JOB_KEEP_SMALL)
		r = copy_small(s, op, from, to);
	if (r <= 0)
		return r;
	r = io_copy(from, to);
	if (!r)
		job_keep_file(s->j, op, from);
	return r;
}

static int fill_file(struct staging *s, struct op *op, int fd)
{
	const struct req *q = op->req;
	int from = -1, r;

	if (q->bytes) {
		job_keep(s->j, op, q->bytes->ptr, q->bytes->len);
		return io_write_full(fd, q->bytes->ptr, q->bytes->len);
	}
	r = open_content(s, q, &from);
	if (!r)
		r = copy_content(s, op, from, fd);
	if (!r && q->flags & REQ_XATTRS)
		engine_copy_xattrs(from, fd);
	io_close(&from);
	return r;
}

static int stage_file(struct staging *s, struct op *op, int dir,
		      const char *name)
{
	mode_t mode = op->req->flags & REQ_OWNER ? 0600 : op->req->mode & 0777;
	struct stat st;
	int fd, r;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	r = fill_file(s, op, fd);
	if (!r)
		r = dress_file(s, op, fd, &st);
	if (!r)
		ident_of(&op->made, &st);
	if (close(fd) && !r)
		r = -errno;
	return r;
}

/* Its bytes as they are now, since its other names go on changing. */
static void keep_content(struct staging *s, struct op *op)
{
	struct stat st;
	int fd = -1;

	if (open_content(s, op->req, &fd))
		return;
	if (!fstat(fd, &st) && st.st_size > JOB_KEEP_SMALL)
		job_keep_file(s->j, op, fd);
	else
		copy_small(s, op, fd, -1);
	io_close(&fd);
}

/* -ENOENT where it is another file by now, or lies on another file system. */
static int stage_kept(struct staging *s, struct op *op, int dir,
		      const char *name)
{
	const struct req *q = op->req;
	struct ident now;
	struct stat st;

	if (fstatat(q->kept_dir, q->kept_name, &st, AT_SYMLINK_NOFOLLOW))
		return -ENOENT;
	ident_of(&now, &st);
	if (!ident_same(&now, &q->kept) ||
	    linkat(q->kept_dir, q->kept_name, dir, name, 0))
		return -ENOENT;
	op->made = now;
	keep_content(s, op);
	return 0;
}

static const struct op *op_at(const struct job *j, const char *path)
{
	for (size_t i = 0; i < j->n; i++)
		if (!strcmp(j->ops[i].path, path) && j->ops[i].temp &&
		    j->ops[i].made.ino)
			return &j->ops[i];
	return NULL;
}

/*
 * -ENOENT where the other name is not there to be linked to, or, in the workspace,
 * names another file than it did.
 */
static int stage_hard_link(const struct staging *s, struct op *op, int dir,
			   const char *name)
{
	const struct op *first = op_at(s->j, op->req->link_to);
	const char *path = first ? first->temp : op->req->link_to;
	struct stat st;
	int from = -1, r;

	r = io_open_parent(s->w->ws, path, &from);
	if (!r && fstatat(from, path_base(path), &st, AT_SYMLINK_NOFOLLOW))
		r = -errno;
	if (!r && (!S_ISREG(st.st_mode) ||
		   (!first && st.st_ino != op->req->link_ino)))
		r = -ENOENT;
	if (!r && linkat(from, path_base(path), dir, name, 0))
		r = -errno;
	io_close(&from);
	if (!r)
		ident_of(&op->made, &st);
	if (!r && first)
		job_keep_same(s->j, first, op);
	return r;
}

static int stage_link(struct op *op, int dir, const char *name)
{
	const struct req *q = op->req;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, q->mtime };
	struct stat st;

	if (symlinkat(q->target, dir, name))
		return -errno;
	if (q->flags & REQ_OWNER &&
	    fchownat(dir, name, q->uid, q->gid, AT_SYMLINK_NOFOLLOW) &&
	    errno != EPERM)
		return -errno;
	if (q->flags & REQ_TIMES &&
	    utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	ident_of(&op->made, &st);
	return 0;
}

static int stage_one(struct staging *s, struct op *op)
{
	const char *name = path_base(op->temp);
	int dir = -1, r;

	r = io_open_parent(s->w->ws, op->temp, &dir);
	if (r)
		return r;
	r = -ENOENT;
	if (op->req->kind == REQ_DIR)
		r = mkdirat(dir, name, 0700) ? -errno : 0;
	else if (op->req->kind == REQ_LINK)
		r = stage_link(op, dir, name);
	else if (op->req->kept_name)
		r = stage_kept(s, op, dir, name);
	else if (op->req->link_to)
		r = stage_hard_link(s, op, dir, name);
	if (r == -ENOENT && op->req->kind == REQ_FILE)
		r = stage_file(s, op, dir, name);
	io_close(&dir);
	return r;
}

/* Directories get their modes when they are full, inner ones first. */
static int dress_dir(const struct where *w, struct op *op)
{
	const struct req *q = op->req;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, q->mtime };
	struct stat st;
	int fd = -1, r;

	r = io_open_beneath(w->ws, op->temp, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (r)
		return r;
	if (q->flags & REQ_OWNER && fchown(fd, q->uid, q->gid) &&
	    errno != EPERM)
		r = -errno;
	/* A set-group-id bit that the parent handed down stays. */
	if (!r && fstat(fd, &st))
		r = -errno;
	if (!r && fchmod(fd, (q->mode & 07777) | (st.st_mode & S_ISGID)))
		r = -errno;
	if (!r && q->flags & REQ_TIMES && futimens(fd, times))
		r = -errno;
	if (!r && fstat(fd, &st))
		r = -errno;
	if (!r)
		ident_of(&op->made, &st);
	io_close(&fd);
	return r;
}

static int is_staged(const struct op *op)
{
	return op->kind == OP_PUT || op->kind == OP_SWAP ||
	       op->kind == OP_INSIDE;
}

/* What must be there before something else can be staged, and what cannot be. */
enum turn { TURN_DIRS, TURN_FILES, TURN_LINKS };

static int has_turn(const struct op *op, enum turn turn)
{
	return is_staged(op) &&
	       turn == (op->req->kind == REQ_DIR ? TURN_DIRS :
			op->req->link_to ? TURN_LINKS : TURN_FILES);
}

static int stage_in_turn(struct staging *s, enum turn turn, size_t *failed)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->j->n; i++) {
		*failed = i;
		if (has_turn(&s->j->ops[i], turn))
			r = stage_one(s, &s->j->ops[i]);
	}
	return r;
}

static int stage_nth(void *payload, size_t i, struct err *err)
{
	struct staging *s = payload;
	int r;

	if (!has_turn(&s->j->ops[i], TURN_FILES))
		return 0;
	r = stage_one(s, &s->j->ops[i]);
	engine_flush_some(s->flusher);
	return r;
}

static int dress_dirs(struct staging *s, size_t *failed)
{
	int r = 0;

	for (size_t i = s->j->n; !r && i-- > 0;) {
		*failed = i;
		if (has_turn(&s->j->ops[i], TURN_DIRS))
			r = dress_dir(s->w, &s->j->ops[i]);
	}
	return r;
}

int engine_stage(struct job *j, const struct where *w, struct notes *notes,
		 struct err *err)
{
	struct staging s = { .j = j, .w = w, .notes = notes };
	size_t at = 0;
	int r, flushed;

	pthread_mutex_init(&s.lock, NULL);
	s.flusher = engine_flusher(w, j->n);
	job_keep_begin(j);
	r = stage_in_turn(&s, TURN_DIRS, &at);
	if (!r)
		r = each_of(j->n, w->threads, stage_nth, &s, &at, NULL);
	if (!r)
		r = stage_in_turn(&s, TURN_LINKS, &at);
	if (!r)
		r = dress_dirs(&s, &at);
	flushed = engine_flushed(s.flusher);
	if (!r)
		r = flushed;
	if (!r && syncfs(w->ws))
		r = -errno;
	pthread_mutex_destroy(&s.lock);
	if (r)
		return err_errno(err, r, "%s: cannot be prepared",
				 j->n ? j->ops[at].path : "");
	return 0;
}
