/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

#define RACY_SECONDS 3		/* a time so young may hide a second change */

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
