/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

#define RACY_SECONDS 3		/* a time so young may hide a second change */
#define HASH_CHUNK 65536
#define XATTR_MAX 65536
#define KEEP_MAX (8 << 20)	/* of a new content, for undo */

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

/* ========== Checks before anything is touched ========== */

static int check_writable(const struct where *w, const struct op *op,
			  const char *entry, struct err *err)
{
	const char *path = op->path;
	int dir = -1, r;

	r = io_open_parent(w->ws, entry, &dir);
	if (!r && faccessat(dir, ".", W_OK | X_OK, AT_EACCESS))
		r = -errno;
	io_close(&dir);
	if (r == -ELOOP || r == -ENOTDIR || r == -ENOENT || r == -EXDEV)
		return err_set(err, -EBUSY, "%s: its directory is not what it"
			       " was; see scrim status", path);
	if (r)
		return err_errno(err, r, "%s: cannot change its directory",
				 path);
	return 0;
}

static int check_identity(const struct where *w, struct op *op,
			  struct io_parent *last, struct err *err)
{
	struct ident now;
	struct stat st;
	int fd = -1, r;

	r = io_parent_stat(last, w->ws, op->path, &st);
	if (r)
		return err_errno(err, r, "%s", op->path);
	ident_of(&now, &st);
	if (op->was.ino ? !ident_same(&now, &op->was) : now.ino != 0)
		return err_set(err, -EBUSY, "%s was changed meanwhile; see"
			       " scrim status", op->path);
	if (!S_ISREG(st.st_mode) || op->kind == OP_META ||
	    st.st_mtim.tv_sec + RACY_SECONDS < time(NULL))
		return 0;
	r = quiet_open_beneath(w->ws, op->path, O_NONBLOCK, &fd);
	if (!r)
		op->hash = engine_hash(fd);
	io_close(&fd);
	return 0;
}

static int check_space(const struct job *j, const struct where *w,
		       struct err *err)
{
	unsigned long long need = 0;
	struct statvfs fs;

	for (size_t i = 0; i < j->n; i++) {
		const struct req *q = j->ops[i].req;

		if (q->kind == REQ_FILE && j->ops[i].kind != OP_META)
			need += q->bytes ? q->bytes->len : 4096;
	}
	if (fstatvfs(w->ws, &fs))
		return err_errno(err, -errno, "cannot ask for free space");
	if (need > (unsigned long long)fs.f_bavail * fs.f_frsize)
		return err_errno(err, -ENOSPC, "the workspace's file system");
	return 0;
}

/* Not asked again for the directory that was asked for just before. */
static int check_parent(const struct where *w, const struct op *op,
			const char *entry, const char **last, struct err *err)
{
	size_t n = path_parent_len(entry);
	int r;

	if (*last && path_parent_len(*last) == n && !strncmp(*last, entry, n))
		return 0;
	r = check_writable(w, op, entry, err);
	*last = entry;
	return r;
}

int engine_check(struct job *j, const struct where *w, struct err *err)
{
	struct io_parent dir = IO_PARENT_NONE;
	const char *last = NULL;
	int r = check_space(j, w, err);

	for (size_t i = 0; !r && i < j->n; i++) {
		struct op *op = &j->ops[i];

		if (op->kind == OP_INSIDE || op->kind == OP_PLACE ||
		    (op->kind == OP_META && op->req->kind == REQ_MOVE))
			continue;
		if (op->temp)
			r = check_parent(w, op, op->temp, &last, err);
		if (!r && (op->kind == OP_SWAP || op->kind == OP_RMDIR))
			r = check_parent(w, op, op->path, &last, err);
		/* What takes a name that is given up is verified on the way. */
		if (!r && op->kind != OP_PUT)
			r = check_identity(w, op, &dir, err);
	}
	io_parent_release(&dir);
	return r;
}

/* ========== Staging ========== */

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

static void set_owner(const struct req *q, int fd, struct notes *notes)
{
	if (fchown(fd, q->uid, q->gid) && fchown(fd, (uid_t)-1, q->gid))
		notes_add(notes, "%s: its owner or group could not be kept",
			  q->path);
}

/*
 * Makes a new file's owner, attributes, mode and times those asked for: the mode
 * after the owner, so that nobody else may read it or run it in between.
 */
static int dress_file(const struct where *w, const struct op *op, int fd,
		      struct stat *st, struct notes *notes)
{
	const struct req *q = op->req;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, q->mtime };
	int old = -1, give;

	if (q->like && !quiet_open_beneath(w->ws, q->like, O_NONBLOCK, &old))
		engine_copy_xattrs(old, fd);
	io_close(&old);
	if (fstat(fd, st))
		return -errno;
	give = q->flags & REQ_OWNER &&
	       (st->st_uid != q->uid || st->st_gid != q->gid);
	if (give)
		set_owner(q, fd, notes);
	if (fchmod(fd, q->mode & 07777))
		return -errno;
	if (q->flags & REQ_TIMES && futimens(fd, times))
		return -errno;
	if (!give && !(q->flags & REQ_TIMES) && !(q->mode & 07000)) {
		st->st_mode = S_IFREG | (q->mode & 0777);
		return 0;
	}
	return fstat(fd, st) ? -errno : 0;
}

static ssize_t path_of(int fd, char out[PATH_MAX])
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return readlink(self, out, PATH_MAX);
}

static char *home_of(const struct job *j)
{
	static const char tail[] = "/undo/NNNNNN";
	char at[PATH_MAX];
	ssize_t n = path_of(j->dir, at) - (ssize_t)(sizeof(tail) - 1);

	return n > 0 ? strndup(at, (size_t)n) : NULL;
}

/* 1 where the session has the file: nobody will write to that in place. */
static int is_of_session(const struct job *j, int fd)
{
	size_t len = j->home ? strlen(j->home) : 0;
	char at[PATH_MAX];
	ssize_t n = len ? path_of(fd, at) : 0;

	return n > (ssize_t)len && at[len] == '/' && !memcmp(at, j->home, len);
}

/*
 * What an undo will have to merge by: a link where the session has the content,
 * for it is given up there, or a copy. Without it an undo cannot merge.
 */
static void keep_made(const struct job *j, const struct op *op, int from)
{
	const struct req *q = op->req;
	char self[64], name[JOB_NAME_MAX];
	struct stat st;
	int fd;

	if (op->kind != OP_SWAP || !S_ISREG(op->was.mode))
		return;
	job_made_name((size_t)(op - j->ops), name);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", from);
	if (from >= 0 && (fstat(from, &st) || st.st_size > KEEP_MAX ||
			  (is_of_session(j, from) &&
			   !linkat(AT_FDCWD, self, j->dir, name,
				   AT_SYMLINK_FOLLOW))))
		return;
	if (from < 0 && q->bytes->len > KEEP_MAX)
		return;
	fd = openat(j->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (from >= 0 ? io_copy(from, fd) :
			io_write_full(fd, q->bytes->ptr, q->bytes->len))
		unlinkat(j->dir, name, 0);
	close(fd);
}

static void keep_made_too(const struct job *j, const struct op *first,
			  const struct op *op)
{
	char from[JOB_NAME_MAX], to[JOB_NAME_MAX];

	job_made_name((size_t)(first - j->ops), from);
	job_made_name((size_t)(op - j->ops), to);
	linkat(j->dir, from, j->dir, to, 0);
}

static int fill_file(const struct job *j, const struct where *w,
		     const struct op *op, int fd)
{
	const struct req *q = op->req;
	int from = -1, r;

	if (q->bytes) {
		keep_made(j, op, -1);
		return io_write_full(fd, q->bytes->ptr, q->bytes->len);
	}
	if (q->open)
		r = q->open(q->payload, q, &from);
	else
		r = quiet_open_beneath(w->ws, q->path, O_NONBLOCK, &from);
	if (!r)
		r = io_copy(from, fd);
	if (!r)
		keep_made(j, op, from);
	if (!r && q->flags & REQ_XATTRS)
		engine_copy_xattrs(from, fd);
	io_close(&from);
	return r;
}

static int stage_file(const struct job *j, const struct where *w,
		      struct op *op, int dir, const char *name,
		      struct notes *notes)
{
	struct stat st;
	int fd, r;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = fill_file(j, w, op, fd);
	if (!r)
		r = dress_file(w, op, fd, &st, notes);
	if (!r)
		ident_of(&op->made, &st);
	if (close(fd) && !r)
		r = -errno;
	return r;
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
static int stage_hard_link(const struct job *j, const struct where *w,
			   struct op *op, int dir, const char *name)
{
	const struct op *first = op_at(j, op->req->link_to);
	const char *path = first ? first->temp : op->req->link_to;
	struct stat st;
	int from = -1, r;

	r = io_open_parent(w->ws, path, &from);
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
		keep_made_too(j, first, op);
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

static int stage_one(const struct job *j, const struct where *w, struct op *op,
		     struct notes *notes)
{
	const char *name = path_base(op->temp);
	int dir = -1, r;

	r = io_open_parent(w->ws, op->temp, &dir);
	if (r)
		return r;
	r = -ENOENT;
	if (op->req->kind == REQ_DIR)
		r = mkdirat(dir, name, 0700) ? -errno : 0;
	else if (op->req->kind == REQ_LINK)
		r = stage_link(op, dir, name);
	else if (op->req->link_to)
		r = stage_hard_link(j, w, op, dir, name);
	if (r == -ENOENT && op->req->kind == REQ_FILE)
		r = stage_file(j, w, op, dir, name, notes);
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

int engine_stage(struct job *j, const struct where *w, struct notes *notes,
		 struct err *err)
{
	const char *path = "";
	int r = 0;

	j->home = home_of(j);
	/* what is linked to must be there */
	for (size_t i = 0; !r && i < 2 * j->n; i++) {
		struct op *op = &j->ops[i % j->n];

		path = op->path;
		if (is_staged(op) && (i >= j->n) == !!op->req->link_to)
			r = stage_one(j, w, op, notes);
	}
	for (size_t i = j->n; !r && i-- > 0;) {
		path = j->ops[i].path;
		if (is_staged(&j->ops[i]) && j->ops[i].req->kind == REQ_DIR)
			r = dress_dir(w, &j->ops[i]);
	}
	if (!r && syncfs(w->ws))
		r = -errno;
	if (r)
		return err_errno(err, r, "%s: cannot be prepared", path);
	return 0;
}
