/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"

int engine_run(struct job *j, const struct where *w, const struct req *reqs,
	       size_t n, struct notes *notes, struct err *err)
{
	int r = engine_build(j, reqs, n);

	if (r)
		return err_errno(err, r, "cannot plan");
	r = engine_check(j, w, err);
	if (r)
		return r;
	r = job_write_ops(j);
	if (r)
		return err_errno(err, r, "cannot write the session's journal");
	r = engine_stage(j, w, notes, err);
	if (!r) {
		r = job_write_staged(j);
		if (r)
			err_errno(err, r, "cannot write the session's journal");
	}
	if (!r)
		r = engine_act(j, w, err);
	if (!r) {
		r = job_write_state(j, JOB_DONE, 0);
		if (r)
			err_errno(err, r, "cannot write the session's journal");
	}
	if (r)
		engine_back(j, w, notes);
	return r;
}

/* ========== Putting away what was displaced ========== */

static int store_by_copy(int from_dir, const char *from, int to_dir,
			 const char *to)
{
	int src, dst = -1, r;

	src = openat(from_dir, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		     O_CLOEXEC);
	if (src < 0)
		return -errno;
	unlinkat(to_dir, to, 0);
	dst = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = dst < 0 ? -errno : io_copy(src, dst);
	if (!r)
		engine_copy_xattrs(src, dst);
	if (!r && fsync(dst))
		r = -errno;
	io_close(&dst);
	io_close(&src);
	return r;
}

static int store_link(int from_dir, const char *from, int to_dir,
		      const char *to)
{
	char target[4096];
	ssize_t n = readlinkat(from_dir, from, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	unlinkat(to_dir, to, 0);
	return symlinkat(target, to_dir, to) ? -errno : 0;
}

/* 1 where the job displaces each name that the file has. */
static int has_no_other_name(const struct job *j, const struct op *op, int dir,
			     const char *name)
{
	struct stat st;
	nlink_t names = 0;

	if (op->was.nlink == 1)
		return 1;
	for (size_t i = 0; i < j->n; i++)
		names += (j->ops[i].kind == OP_SWAP ||
			  j->ops[i].kind == OP_TAKE) &&
			 ident_is(&j->ops[i].was, &op->was);
	return op->was.nlink <= names &&
	       !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
	       st.st_nlink <= names;
}

/*
 * By rename where that is possible, so that a program that still writes to the
 * displaced file loses nothing; a file with other names is copied, for those
 * names go on changing; where they cannot be found again it is kept besides, to be
 * linked while they have not changed. -ENOENT where that was done before.
 */
static int store_object(const struct job *j, size_t i, int dir,
			const char *name)
{
	const struct op *op = &j->ops[i];
	char to[JOB_NAME_MAX], linked[JOB_NAME_MAX];
	int r;

	job_store_name(i, to);
	job_linked_name(i, linked);
	if (S_ISLNK(op->was.mode))
		r = store_link(dir, name, j->dir, to);
	else if (has_no_other_name(j, op, dir, name) &&
		 !renameat(dir, name, j->dir, to))
		return 0;
	else
		r = store_by_copy(dir, name, j->dir, to);
	if (!r && op->outside &&
	    !renameat(dir, name, j->dir, linked))
		return 0;
	if (!r && unlinkat(dir, name, 0))
		r = -errno;
	return r;
}

/* Removes what is left of a directory that was replaced: directories only. */
static int remove_dirs(int parent, const char *name)
{
	return unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT ?
	       -errno : 0;
}

static int is_swapped_dir(const struct op *op)
{
	return op->kind == OP_SWAP && S_ISDIR(op->was.mode);
}

/* Where the user has moved its directory meanwhile, it is put away from there. */
static int put_away(const struct job *j, size_t i, const struct where *w,
		    struct io_parent *parent)
{
	const struct op *op = &j->ops[i];
	const char *name = path_base(op->temp);
	int dir, r;

	r = io_parent_open(parent, w->ws, op->temp, &dir);
	if (!r && is_swapped_dir(op))
		r = remove_dirs(dir, name);
	else if (!r)
		r = store_object(j, i, dir, name);
	return r == -ENOENT ? 0 : r;
}

/* A directory within one that this job replaced is at that one's temp. */
static char *where_now(const struct job *j, const char *path)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < j->n; i++) {
		const struct op *op = &j->ops[i];

		if (is_swapped_dir(op) && path_is_below(path, op->path)) {
			buf_addf(&out, "%s%s", op->temp,
				 path + strlen(op->path));
			return buf_take(&out);
		}
	}
	return strdup(path);
}

/* Negative where it may yet go; what must stay is a note. */
static int remove_dir(const struct job *j, const struct op *op,
		      const struct where *w, int swapped, struct notes *notes)
{
	char *path = swapped ? where_now(j, op->path) : strdup(op->path);
	int dir = -1, r;

	if (!path)
		return -ENOMEM;
	r = io_open_parent(w->ws, path, &dir);
	if (!r && unlinkat(dir, path_base(path), AT_REMOVEDIR))
		r = -errno;
	io_close(&dir);
	free(path);
	if (r == -ENOTEMPTY || r == -EEXIST || r == -ENOTDIR || r == -ELOOP) {
		notes_add(notes, "kept %s: there are protected or new files in"
			  " it", op->path);
		return 0;
	}
	return r == -ENOENT ? 0 : r;
}

static int remove_dirs_of(const struct job *j, const struct where *w,
			  int lenient, struct notes *notes, struct err *err)
{
	int swapped = 0, r;

	for (size_t i = 0; i < j->n; i++)
		swapped |= is_swapped_dir(&j->ops[i]);
	for (size_t i = 0; i < j->n; i++) {
		const struct op *op = &j->ops[i];

		r = op->kind == OP_RMDIR ?
		    remove_dir(j, op, w, swapped, notes) : 0;
		if (r && !lenient)
			return err_errno(err, r, "%s: cannot be removed",
					 op->path);
		if (r)
			notes_add(notes, "kept %s: %s", op->path, strerror(-r));
	}
	return 0;
}

static int put_all_away(const struct job *j, const struct where *w, int dirs,
			struct err *err)
{
	struct io_parent parent = IO_PARENT_NONE;
	size_t i = 0;
	int r = 0;

	for (; !r && i < j->n; i++) {
		const struct op *op = &j->ops[i];

		if ((op->kind == OP_SWAP || op->kind == OP_TAKE) &&
		    is_swapped_dir(op) == dirs)
			r = put_away(j, i, w, &parent);
	}
	io_parent_release(&parent);
	return r ? err_errno(err, r, "%s: the former file cannot be put away",
			     j->ops[i - 1].path) : 0;
}

int engine_finish(struct job *j, const struct where *w, int lenient,
		  struct notes *notes, struct err *err)
{
	int r = engine_outside(j, w);

	if (r)
		return err_errno(err, r, "cannot look for other names");
	r = put_all_away(j, w, 0, err);
	if (!r)
		r = remove_dirs_of(j, w, lenient, notes, err);
	if (!r)
		r = put_all_away(j, w, 1, err);
	if (r)
		return r;
	r = job_write_state(j, JOB_CLOSED, 0);
	return r ? err_errno(err, r, "cannot write the session's journal") : 0;
}
