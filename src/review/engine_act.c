/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/each.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

void notes_add(struct notes *n, const char *fmt, ...)
{
	char **at = realloc(n->at, (n->n + 1) * sizeof(*at));
	va_list ap;

	if (!at)
		return;
	n->at = at;
	va_start(ap, fmt);
	if (vasprintf(&at[n->n], fmt, ap) >= 0)
		n->n++;
	va_end(ap);
}

void notes_release(struct notes *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->at[i]);
	free(n->at);
	n->at = NULL;
	n->n = 0;
}

static int ident_at(const struct where *w, const char *path, struct ident *id)
{
	struct stat st;
	int r = engine_stat(w, path, &st);

	ident_of(id, &st);
	return r;
}

static int is_at(const struct where *w, const char *path,
		 const struct ident *id)
{
	struct ident now;

	return !ident_at(w, path, &now) && ident_is(&now, id);
}

/* 1 where st, of path, is the very object and version that op found at first. */
static int is_unchanged(const struct where *w, const char *path,
			const struct stat *st, const struct op *op)
{
	struct ident now;
	int fd = -1, same;

	ident_of(&now, st);
	if (!ident_same(&now, &op->was))
		return 0;
	if (!op->hash)
		return 1;
	if (quiet_open_beneath(w->ws, path, O_NONBLOCK, &fd))
		return 0;
	same = engine_hash(fd) == op->hash;
	io_close(&fd);
	return same;
}

static int changed(struct err *err, const struct op *op)
{
	return err_set(err, -EBUSY, "%s was changed meanwhile; see scrim status",
		       op->path);
}

/* 1 where a displaced directory holds but directories that go too. */
static int only_dirs(int fd)
{
	struct dirent *e;
	int good = 1, sub;
	DIR *d;

	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return 0;
	}
	while (good && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY |
			     O_NOFOLLOW | O_CLOEXEC);
		good = sub >= 0 && only_dirs(sub);
	}
	closedir(d);
	return good;
}

static int is_empty_tree(const struct where *w, const char *path)
{
	int fd = -1;

	return !io_open_beneath(w->ws, path, O_RDONLY | O_DIRECTORY, 0, &fd) &&
	       only_dirs(fd);
}

/* ========== Each kind of operation, forward ========== */

static int cannot_rename(struct err *err, const struct op *op, int r)
{
	if (r != -EOPNOTSUPP)
		return err_errno(err, r, "%s", op->path);
	return err_set(err, r, "%s: the workspace's file system can neither"
		       " rename without replacing nor make links; use scrim"
		       " apply --patch", op->path);
}

static int do_put(const struct where *w, struct op *op, struct err *err)
{
	int r = engine_move(w, op->temp, op->path);

	if (r == -EEXIST)
		return err_set(err, -EBUSY, "%s: something else is there now",
			       op->path);
	return r ? cannot_rename(err, op, r) : 0;
}

static int check_displaced(const struct where *w, const struct op *op,
			   const char *at, const struct stat *st,
			   struct err *err)
{
	if (!is_unchanged(w, at, st, op))
		return changed(err, op);
	if (S_ISDIR(op->was.mode) && !is_empty_tree(w, at))
		return err_set(err, -EBUSY, "%s: the directory to be replaced"
			       " holds protected or new files", op->path);
	return 0;
}

static int do_swap_slowly(const struct where *w, struct op *op,
			  struct err *err)
{
	char *aside = NULL;
	int r = engine_is_aside(w, op, &aside);
	struct stat st;

	if (r)
		r = r < 0 ? r : -EEXIST;
	else
		r = engine_swap_aside(w, op, aside);
	if (r)
		r = r == -ENOENT ? changed(err, op) : cannot_rename(err, op, r);
	else if (engine_stat(w, aside, &st))
		r = changed(err, op);
	else
		r = check_displaced(w, op, aside, &st, err);
	if (!r) {
		r = engine_swap_in(w, op, aside);
		if (r == -EEXIST)
			r = changed(err, op);
		else if (r)
			r = cannot_rename(err, op, r);
	}
	free(aside);
	return r;
}

static int do_swap(const struct where *w, struct op *op, struct err *err)
{
	struct stat st;
	int r = engine_exchange(w, op->temp, op->path, &st);

	if (r == -EOPNOTSUPP)
		return do_swap_slowly(w, op, err);
	if (r)
		return r == -ENOENT ? changed(err, op) :
				      cannot_rename(err, op, r);
	return check_displaced(w, op, op->temp, &st, err);
}

static int do_take(const struct where *w, struct op *op, struct err *err)
{
	struct stat st;
	int r = engine_move_aside(w, op->path, op->temp, &st);

	if (r == -ENOENT)
		return changed(err, op);
	if (r)
		return cannot_rename(err, op, r);
	return is_unchanged(w, op->temp, &st, op) ? 0 : changed(err, op);
}

static int set_meta(const struct where *w, const struct op *op,
		    const struct ident *to, const struct ident *from)
{
	struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, { to->mtime_s, to->mtime_ns },
	};
	char self[64];
	int fd = -1, r;

	r = io_open_beneath(w->ws, op->path, O_PATH | O_NOFOLLOW, 0, &fd);
	if (r)
		return r;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (to->mode != from->mode && chmod(self, to->mode & 07777))
		r = -errno;
	if (!r && (to->mtime_s != from->mtime_s ||
		   to->mtime_ns != from->mtime_ns) &&
	    utimensat(AT_FDCWD, self, times, 0))
		r = -errno;
	io_close(&fd);
	return r;
}

static int do_meta(const struct where *w, struct op *op, struct err *err)
{
	struct stat st;
	int r = engine_stat(w, op->path, &st);

	if (r || !is_unchanged(w, op->path, &st, op))
		return changed(err, op);
	r = set_meta(w, op, &op->made, &op->was);
	return r ? err_errno(err, r, "%s", op->path) : 0;
}

static int do_nothing(const struct where *w, struct op *op, struct err *err)
{
	return 0;
}

/* ========== And back; all of them look before they act ========== */

static void cannot_put_back(struct notes *notes, struct op *op, const char *at)
{
	notes_add(notes, "%s could not be put back: it is now %s", op->path, at);
	if (!op->kept)
		op->kept = strdup(at);
}

/* The staged object leaves path for its temporary name, to be removed there. */
static void back_put(const struct where *w, struct op *op, struct notes *notes)
{
	if (!op->made.ino || !is_at(w, op->path, &op->made))
		return;
	if (engine_move_back(w, op->path, op->temp))
		notes_add(notes, "%s could not be taken back", op->path);
}

static void back_swap_slowly(const struct where *w, struct op *op,
			     const char *aside, struct notes *notes)
{
	struct stat st;

	if (!engine_swap_back(w, op, aside))
		return;
	if (!engine_stat(w, aside, &st) && st.st_mode)
		cannot_put_back(notes, op, aside);
	else
		notes_add(notes, "%s could not be taken back", op->path);
}

/* 0; -EOPNOTSUPP where it can be done slowly only. */
static int back_swap_at_once(const struct where *w, struct op *op,
			     struct notes *notes)
{
	struct ident at;
	int r;

	if (ident_at(w, op->temp, &at) || !at.ino || ident_is(&at, &op->made))
		return 0;	/* not exchanged yet */
	if (is_at(w, op->path, &op->made))
		r = engine_exchange(w, op->temp, op->path, NULL);
	else
		r = engine_move_back(w, op->temp, op->path);
	if (r && r != -EOPNOTSUPP)
		cannot_put_back(notes, op, op->temp);
	return r == -EOPNOTSUPP ? r : 0;
}

static void back_swap(const struct where *w, struct op *op, struct notes *notes)
{
	char *aside = NULL;
	int slow;

	if (!op->made.ino)
		return;
	slow = engine_is_aside(w, op, &aside);
	if (slow < 0)
		notes_add(notes, "%s could not be put back", op->path);
	else if (slow || back_swap_at_once(w, op, notes) == -EOPNOTSUPP)
		back_swap_slowly(w, op, aside, notes);
	free(aside);
}

static void back_take(const struct where *w, struct op *op, struct notes *notes)
{
	struct ident at;

	if (ident_at(w, op->temp, &at) || !at.ino)
		return;
	if (engine_move_back(w, op->temp, op->path))
		cannot_put_back(notes, op, op->temp);
}

static void back_place(const struct where *w, struct op *op,
		       struct notes *notes)
{
	if (is_at(w, op->path, &op->made) &&
	    engine_move_back(w, op->path, op->temp))
		notes_add(notes, "%s could not be renamed back", op->path);
}

static void back_meta(const struct where *w, struct op *op, struct notes *notes)
{
	struct ident now;

	if (ident_at(w, op->path, &now) || !ident_is(&now, &op->was) ||
	    now.mode != op->made.mode || now.mtime_s != op->made.mtime_s ||
	    now.mtime_ns != op->made.mtime_ns)
		return;
	if (set_meta(w, op, &op->was, &now))
		notes_add(notes, "the mode of %s could not be set back",
			  op->path);
}

static void back_nothing(const struct where *w, struct op *op,
			 struct notes *notes)
{
}

static const struct {
	int (*act)(const struct where *w, struct op *op, struct err *err);
	void (*back)(const struct where *w, struct op *op, struct notes *notes);
} kinds[OP_KINDS] = {
	[OP_PUT] = { do_put, back_put },
	[OP_INSIDE] = { do_nothing, back_nothing },
	[OP_SWAP] = { do_swap, back_swap },
	[OP_TAKE] = { do_take, back_take },
	[OP_LIFT] = { do_take, back_take },
	[OP_PLACE] = { do_put, back_place },
	[OP_META] = { do_meta, back_meta },
	[OP_RMDIR] = { do_nothing, back_nothing },
};

/* 1 for what neither needs another of its kind to be done, nor is needed. */
static int is_apart(const struct op *op)
{
	return (op->kind == OP_PUT || op->kind == OP_SWAP ||
		op->kind == OP_TAKE) && op->req->kind != REQ_DIR &&
	       !S_ISDIR(op->was.mode);
}

/* How many from the first one on can be done in any order. */
static size_t count_apart(const struct op *op, size_t n)
{
	size_t i = 0;

	while (i < n && is_apart(&op[i]) &&
	       (op[i].kind == OP_TAKE) == (op->kind == OP_TAKE))
		i++;
	return i ? i : 1;
}

struct acting {
	const struct where *w;
	struct op *ops;
};

static int act_nth(void *payload, size_t i, struct err *err)
{
	const struct acting *a = payload;

	return kinds[a->ops[i].kind].act(a->w, &a->ops[i], err);
}

int engine_act(struct job *j, const struct where *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0, n; !r && i < j->n; i += n) {
		struct acting a = { w, &j->ops[i] };

		n = count_apart(a.ops, j->n - i);
		r = each_of(n, w->threads, act_nth, &a, NULL, err);
	}
	if (!r && syncfs(w->ws))
		r = err_errno(err, -errno, "the workspace could not be synced");
	return r;
}

/* A staged directory must be open to its owner for what is in it to go. */
static void unlock_dir(const struct where *w, const struct op *op)
{
	char self[64];
	int fd = -1;

	if (io_open_beneath(w->ws, op->temp, O_PATH | O_DIRECTORY, 0, &fd))
		return;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	chmod(self, 0700);
	io_close(&fd);
}

/* Removes a staged object; nothing that the user put into it is touched. */
static void unstage(const struct where *w, const struct op *op,
			   struct notes *notes)
{
	struct ident at;
	int dir = -1;

	if (ident_at(w, op->temp, &at) || !at.ino ||
	    (op->made.ino && !ident_is(&at, &op->made)))
		return;
	/* what has another name is not lost with this one */
	if (op->made.ino && !ident_same(&at, &op->made) &&
	    !S_ISDIR(at.mode) && at.nlink < 2) {
		notes_add(notes, "%s has changes of yours that are kept as %s",
			  op->path, op->temp);
		return;
	}
	if (io_open_parent(w->ws, op->temp, &dir))
		return;
	if (unlinkat(dir, path_base(op->temp), S_ISDIR(at.mode) ?
		     AT_REMOVEDIR : 0))
		notes_add(notes, "%s: a temporary name is left over: %s",
			  strerror(errno), op->temp);
	io_close(&dir);
}

static int is_staged(const struct op *op)
{
	return (op->kind == OP_PUT || op->kind == OP_SWAP ||
		op->kind == OP_INSIDE) && op->temp && !op->kept;
}

int engine_back(struct job *j, const struct where *w, struct notes *notes)
{
	size_t before = notes->n;

	if (j->state == JOB_ACT)
		for (size_t i = j->n; i-- > 0;)
			kinds[j->ops[i].kind].back(w, &j->ops[i], notes);
	for (size_t i = 0; i < j->n; i++)
		if (is_staged(&j->ops[i]))
			unlock_dir(w, &j->ops[i]);
	for (size_t i = j->n; i-- > 0;)
		if (is_staged(&j->ops[i]))
			unstage(w, &j->ops[i], notes);
	return notes->n == before ? 0 : -EBUSY;
}
