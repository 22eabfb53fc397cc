/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/path.h"

/* Both names of a rename below the workspace. */
struct names {
	int from_dir, to_dir;
	const char *from, *to;
};

static int open_names(const struct where *w, const char *from, const char *to,
		      struct names *n)
{
	int r;

	*n = (struct names){ -1, -1, path_base(from), path_base(to) };
	r = io_open_parent(w->ws, from, &n->from_dir);
	/* Temporary names are beside their places, as a rule. */
	if (!r && path_parent_len(from) == path_parent_len(to) &&
	    !strncmp(from, to, path_parent_len(to)))
		n->to_dir = n->from_dir;
	else if (!r)
		r = io_open_parent(w->ws, to, &n->to_dir);
	return r;
}

static void close_names(struct names *n)
{
	if (n->to_dir == n->from_dir)
		n->to_dir = -1;
	io_close(&n->from_dir);
	io_close(&n->to_dir);
}

/* -EINVAL is how NFS and others say that they know none of these flags. */
static int rename_flags(const struct names *n, unsigned flags)
{
	if (!renameat2(n->from_dir, n->from, n->to_dir, n->to, flags))
		return 0;
	return errno == EINVAL || errno == ENOSYS ? -EOPNOTSUPP : -errno;
}

static int stat_names(const struct names *n, struct stat *from, struct stat *to)
{
	if (fstatat(n->from_dir, n->from, from, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!fstatat(n->to_dir, n->to, to, AT_SYMLINK_NOFOLLOW))
		return 0;
	memset(to, 0, sizeof(*to));
	return errno == ENOENT ? 0 : -errno;
}

/* A directory takes no name but that of an empty one: nothing is in it to lose. */
static int move_dir(const struct names *n)
{
	if (!renameat(n->from_dir, n->from, n->to_dir, n->to))
		return 0;
	return errno == ENOTEMPTY || errno == ENOTDIR ? -EEXIST : -errno;
}

/*
 * link(2) fails where the new name is taken, and a crash between the two calls
 * leaves two names of one object, which the next attempt sees.
 */
static int move_by_link(const struct names *n, const struct stat *from,
			const struct stat *to)
{
	int both = to->st_mode && to->st_ino == from->st_ino &&
		   to->st_dev == from->st_dev;

	if (!both && linkat(n->from_dir, n->from, n->to_dir, n->to, 0))
		return errno == EPERM || errno == EMLINK || errno == ENOSYS ?
		       -EOPNOTSUPP : -errno;
	return unlinkat(n->from_dir, n->from, 0) ? -errno : 0;
}

static int move_slowly(const struct names *n)
{
	struct stat from, to;
	int r = stat_names(n, &from, &to);

	if (r)
		return r;
	return S_ISDIR(from.st_mode) ? move_dir(n) :
				       move_by_link(n, &from, &to);
}

static int is_same_object(const struct names *n)
{
	struct stat from, to;

	return !stat_names(n, &from, &to) && to.st_mode &&
	       !S_ISDIR(to.st_mode) && from.st_ino == to.st_ino &&
	       from.st_dev == to.st_dev;
}

int engine_move(const struct where *w, const char *from, const char *to)
{
	struct names n;
	int r = open_names(w, from, to, &n);

	if (!r)
		r = rename_flags(&n, RENAME_NOREPLACE);
	if (r == -EOPNOTSUPP || (r == -EEXIST && is_same_object(&n)))
		r = move_slowly(&n);
	close_names(&n);
	return r;
}

/* Only where nobody else can take the name in between. */
static int rename_to_free(const struct names *n)
{
	struct stat a, b;
	int r = stat_names(n, &a, &b);

	if (!r && b.st_mode)
		r = -EEXIST;
	if (!r && renameat(n->from_dir, n->from, n->to_dir, n->to))
		r = -errno;
	return r;
}

static void stat_at(int dir, const char *name, struct stat *st)
{
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW))
		memset(st, 0, sizeof(*st));
}

int engine_move_aside(const struct where *w, const char *from, const char *to,
		      struct stat *moved)
{
	struct names n;
	int r = open_names(w, from, to, &n);

	if (!r)
		r = rename_flags(&n, RENAME_NOREPLACE);
	/* The new name is ours, drawn by lot: nobody else takes it. */
	if (r == -EOPNOTSUPP)
		r = rename_to_free(&n);
	if (!r && moved)
		stat_at(n.to_dir, n.to, moved);
	close_names(&n);
	return r;
}

int engine_move_back(const struct where *w, const char *from, const char *to)
{
	struct names n;
	int r = engine_move(w, from, to);

	if (r != -EOPNOTSUPP)
		return r;
	/*
	 * No link can be made of it, but it must not stay where it is: between
	 * these two calls somebody would have to take the name.
	 */
	r = open_names(w, from, to, &n);
	if (!r)
		r = rename_to_free(&n);
	close_names(&n);
	return r;
}

int engine_exchange(const struct where *w, const char *a, const char *b,
		    struct stat *at_a)
{
	struct names n;
	int r = open_names(w, a, b, &n);

	if (!r)
		r = rename_flags(&n, RENAME_EXCHANGE);
	if (!r && at_a)
		stat_at(n.from_dir, n.from, at_a);
	close_names(&n);
	return r;
}

/* ========== Exchanging where the file system cannot ========== */

/*
 *		path	temp	aside
 *	0	old	new
 *	1		new	old
 *	2	new		old
 *	3	new	old
 *
 * Each step is one move, and the way back goes through the same states.
 */
static int aside_of(const struct op *op, char **out)
{
	return asprintf(out, "%s~", op->temp) < 0 ? -ENOMEM : 0;
}

int engine_is_aside(const struct where *w, const struct op *op, char **aside)
{
	struct stat st;

	if (aside_of(op, aside))
		return -ENOMEM;
	return !engine_stat(w, *aside, &st) && st.st_mode;
}

int engine_swap_aside(const struct where *w, const struct op *op,
		      const char *aside)
{
	return engine_move_aside(w, op->path, aside, NULL);
}

int engine_swap_in(const struct where *w, const struct op *op,
		   const char *aside)
{
	int r = engine_move(w, op->temp, op->path);

	return r ? r : engine_move_aside(w, aside, op->temp, NULL);
}

int engine_swap_back(const struct where *w, const struct op *op,
		     const char *aside)
{
	struct ident made;
	struct stat st;
	int r = engine_stat(w, op->temp, &st);

	ident_of(&made, &st);
	if (!r && made.ino && !ident_is(&made, &op->made))
		r = engine_move_aside(w, op->temp, aside, NULL);
	if (!r)
		r = engine_stat(w, op->path, &st);
	ident_of(&made, &st);
	if (!r && made.ino && ident_is(&made, &op->made))
		r = engine_move_back(w, op->path, op->temp);
	return r ? r : engine_move_back(w, aside, op->path);
}
