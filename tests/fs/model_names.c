/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on names and on what belongs to an object besides content. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "model.h"

static void see_stat(struct model *m, int side, const struct stat *st)
{
	long long v[7] = { st->st_mode, st->st_uid, st->st_gid,
			   (long long)st->st_nlink, st->st_size,
			   st->st_mtim.tv_sec, st->st_mtim.tv_nsec };

	if (S_ISDIR(st->st_mode))
		v[3] = st->st_nlink ? 1 : 0, v[4] = 0;
	/* The kernel moves a pipe's times itself, and on FUSE it does not. */
	if (st->st_mtim.tv_sec >= m->since || S_ISFIFO(st->st_mode))
		v[5] = v[6] = 0;
	model_see(m, side, v, sizeof(v));
	snprintf(m->out[side].text, sizeof(m->out[side].text),
		 "mode %llo uid %lld gid %lld nlink %lld size %lld mtime "
		 "%lld.%09lld", v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
}

static void op_unlink(struct model *m)
{
	const char *p = model_pick(m);
	int s;

	model_say(m, "unlink %s", model_shown(p));
	BOTH(s)
		model_ret(m, s, unlinkat(m->root[s], p, 0));
}

static void op_rmdir(struct model *m)
{
	const char *p = model_pick(m);
	int s;

	model_say(m, "rmdir %s", model_shown(p));
	BOTH(s)
		model_ret(m, s, unlinkat(m->root[s], p, AT_REMOVEDIR));
}

static void op_mkdir(struct model *m)
{
	static const mode_t modes[] = { 0755, 0700, 0777, 02775, 01777, 0500 };
	const char *p = model_pick_new(m);
	mode_t mode = modes[rng_below(&m->rng, 6)];
	int s;

	model_say(m, "mkdir %04o %s", mode, model_shown(p));
	BOTH(s)
		model_ret(m, s, mkdirat(m->root[s], p, mode));
}

static void op_rename(struct model *m)
{
	static const unsigned flags[] = { 0, 0, 0, RENAME_NOREPLACE,
					  RENAME_EXCHANGE };
	const char *from = model_pick(m), *to;
	unsigned f = flags[rng_below(&m->rng, 5)];
	int s;

	to = rng_one_in(&m->rng, 2) ? model_pick_new(m) : model_pick(m);
	model_say(m, "rename flags %u %s %s", f, model_shown(from),
		  model_shown(to));
	BOTH(s)
		model_ret(m, s, renameat2(m->root[s], from, m->root[s], to, f));
}

static void op_link(struct model *m)
{
	const char *from = model_pick(m), *to = model_pick_new(m);
	int s, f = rng_one_in(&m->rng, 4) ? AT_SYMLINK_FOLLOW : 0;

	model_say(m, "link%s %s %s", f ? " following" : "", model_shown(from),
		  model_shown(to));
	BOTH(s)
		model_ret(m, s, linkat(m->root[s], from, m->root[s], to, f));
}

/* Targets stay inside, or name one plain file beside the tree. */
static void op_symlink(struct model *m)
{
	const char *to = model_pick_new(m), *target = model_pick(m);
	char up[300];
	int s;

	if (!m->apart && rng_one_in(&m->rng, 3)) {
		snprintf(up, sizeof(up), "../%s",
			 rng_names[rng_below(&m->rng, 8)]);
		target = up;
	}
	model_say(m, "symlink %s at %s", model_shown(target), model_shown(to));
	BOTH(s)
		model_ret(m, s, symlinkat(target, m->root[s], to));
}

static void op_readlink(struct model *m)
{
	const char *p = model_pick(m);
	char buf[PATH_MAX];
	ssize_t n;
	int s;

	model_say(m, "readlink %s", model_shown(p));
	BOTH(s) {
		n = readlinkat(m->root[s], p, buf, sizeof(buf));
		model_ret(m, s, n);
		model_see(m, s, buf, n < 0 ? 0 : (size_t)n);
	}
}

static void op_mkfifo(struct model *m)
{
	const char *p = model_pick_new(m);
	mode_t type = rng_one_in(&m->rng, 2) ? S_IFIFO : S_IFREG;
	int s;

	model_say(m, "mknod %o %s", type, model_shown(p));
	BOTH(s)
		model_ret(m, s, mknodat(m->root[s], p, type | 0640, 0));
}

static void op_stat(struct model *m)
{
	const char *p = model_pick(m);
	struct stat st;
	int s, r, f = rng_one_in(&m->rng, 3) ? 0 : AT_SYMLINK_NOFOLLOW;

	model_say(m, "%s %s", f ? "lstat" : "stat", model_shown(p));
	BOTH(s) {
		r = fstatat(m->root[s], p, &st, f);
		model_ret(m, s, r);
		if (!r)
			see_stat(m, s, &st);
	}
}

static void op_fstat(struct model *m)
{
	struct stat st;
	int s, i = model_slot(m), r;

	if (i < 0)
		return;
	model_say(m, "fstat slot %d", i);
	BOTH(s) {
		r = fstat(m->slot[i][s], &st);
		model_ret(m, s, r);
		if (!r)
			see_stat(m, s, &st);
	}
}

static void op_access(struct model *m)
{
	const char *p = model_pick(m);
	int s, how = (int)rng_below(&m->rng, 8);

	model_say(m, "access %d %s", how, model_shown(p));
	BOTH(s)
		model_ret(m, s, faccessat(m->root[s], p, how, AT_EACCESS));
}

static void op_chmod(struct model *m)
{
	static const mode_t modes[] = { 0644, 0600, 0755, 0444, 0777, 04755,
					02755, 0666, 0711, 01777 };
	const char *p = model_pick(m);
	mode_t mode = modes[rng_below(&m->rng, 10)];
	int s, i = rng_one_in(&m->rng, 3) ? model_slot(m) : -1;

	if (i < 0)
		model_say(m, "chmod %04o %s", mode, model_shown(p));
	else
		model_say(m, "fchmod %04o slot %d", mode, i);
	BOTH(s)
		model_ret(m, s, i < 0 ? fchmodat(m->root[s], p, mode, 0) :
			  fchmod(m->slot[i][s], mode));
}

static void op_chown(struct model *m)
{
	static const unsigned ids[] = { 0, 1000, 65534, ~0u };
	const char *p = model_pick(m);
	unsigned u = ids[rng_below(&m->rng, 4)], g = ids[rng_below(&m->rng, 4)];
	int s;

	/* EPERM where there are set-id bits; FUSE is not asked. */
	if (geteuid() && u == ~0u && g == ~0u)
		return;
	model_say(m, "chown %d:%d %s", (int)u, (int)g, model_shown(p));
	BOTH(s)
		model_ret(m, s, fchownat(m->root[s], p, u, g,
					 AT_SYMLINK_NOFOLLOW));
}

static void op_utimens(struct model *m)
{
	struct timespec t[2];
	const char *p = model_pick(m);
	int s, i = rng_one_in(&m->rng, 4) ? model_slot(m) : -1;

	t[0].tv_sec = 900000000 + rng_below(&m->rng, 1000000);
	t[1].tv_sec = 800000000 + rng_below(&m->rng, 1000000);
	t[0].tv_nsec = rng_below(&m->rng, 1000000000);
	t[1].tv_nsec = rng_below(&m->rng, 1000000000);
	if (rng_one_in(&m->rng, 5))
		t[rng_below(&m->rng, 2)].tv_nsec = UTIME_OMIT;
	model_say(m, "utimens %lld.%09ld %s", (long long)t[1].tv_sec,
		  t[1].tv_nsec, i < 0 ? model_shown(p) : "a slot");
	BOTH(s)
		model_ret(m, s, i < 0 ? utimensat(m->root[s], p, t,
						  AT_SYMLINK_NOFOLLOW) :
			  futimens(m->slot[i][s], t));
}

/* The path of an object for calls that take no descriptor of a directory. */
static const char *whole(struct model *m, int s, const char *p)
{
	static char buf[MODEL_PATH + 64];

	snprintf(buf, sizeof(buf), "/proc/self/fd/%d/%s", m->root[s], p);
	return buf;
}

static void op_setxattr(struct model *m)
{
	static const char *const names[] = { "user.one", "user.two",
					     "user.t\xffree", "user.f/o" };
	static const int flags[] = { 0, 0, XATTR_CREATE, XATTR_REPLACE };
	const char *p = model_pick(m), *n = names[rng_below(&m->rng, 4)];
	int s, f = flags[rng_below(&m->rng, 4)];
	size_t len = rng_below(&m->rng, 300);
	char value[300];

	memset(value, 'a' + (int)rng_below(&m->rng, 26), sizeof(value));
	if (rng_one_in(&m->rng, 4)) {
		model_say(m, "removexattr %s %s", n, model_shown(p));
		BOTH(s)
			model_ret(m, s, lremovexattr(whole(m, s, p), n));
		return;
	}
	model_say(m, "setxattr %d %s=%zu bytes %s", f, n, len, model_shown(p));
	BOTH(s)
		model_ret(m, s, lsetxattr(whole(m, s, p), n, value, len, f));
}

static void op_getxattr(struct model *m)
{
	const char *p = model_pick(m);
	char buf[512];
	ssize_t n;
	int s, list = rng_one_in(&m->rng, 2);

	model_say(m, "%s %s", list ? "listxattr" : "getxattr user.one",
		  model_shown(p));
	BOTH(s) {
		n = list ? llistxattr(whole(m, s, p), buf, sizeof(buf)) :
		    lgetxattr(whole(m, s, p), "user.one", buf, sizeof(buf));
		model_ret(m, s, n);
		if (!list)
			model_see(m, s, buf, n < 0 ? 0 : (size_t)n);
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void op_readdir(struct model *m)
{
	const char *p = model_pick(m);
	struct dirent **list;
	int s, i, n;

	model_say(m, "list %s", model_shown(p));
	BOTH(s) {
		n = scandirat(m->root[s], p, &list, NULL, by_name);
		model_ret(m, s, n);
		for (i = 0; i < n; i++) {
			model_see(m, s, list[i]->d_name,
				  strlen(list[i]->d_name));
			model_see(m, s, &list[i]->d_type, 1);
			free(list[i]);
		}
		if (n >= 0)
			free(list);
	}
}

/* In a directory that may meanwhile be renamed or gone. */
static void op_at_slot(struct model *m)
{
	const char *n = rng_names[rng_below(&m->rng, rng_n_names)];
	int s, fd, i = model_slot(m), make = rng_one_in(&m->rng, 2);
	struct stat st;

	if (i < 0)
		return;
	model_say(m, "%s %s in slot %d", make ? "create" : "lstat",
		  model_shown(n), i);
	BOTH(s) {
		if (!make) {
			model_ret(m, s, fstatat(m->slot[i][s], n, &st,
						AT_SYMLINK_NOFOLLOW));
			continue;
		}
		fd = openat(m->slot[i][s], n, O_CREAT | O_WRONLY | O_EXCL, 0640);
		model_ret(m, s, fd < 0 ? fd : 0);
		if (fd >= 0)
			close(fd);
	}
}

const struct model_op model_name_ops[] = {
	{ "unlink", 6, op_unlink },
	{ "rmdir", 4, op_rmdir },
	{ "mkdir", 5, op_mkdir },
	{ "rename", 9, op_rename },
	{ "link", 4, op_link },
	{ "symlink", 3, op_symlink },
	{ "readlink", 2, op_readlink },
	{ "mkfifo", 2, op_mkfifo },
	{ "stat", 8, op_stat },
	{ "fstat", 4, op_fstat },
	{ "access", 3, op_access },
	{ "chmod", 5, op_chmod },
	{ "chown", 3, op_chown },
	{ "utimens", 4, op_utimens },
	{ "setxattr", 3, op_setxattr },
	{ "getxattr", 2, op_getxattr },
	{ "readdir", 5, op_readdir },
	{ "atslot", 3, op_at_slot },
	{ NULL, 0, NULL },
};
