/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitlinks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/io.h"
#include "util/walk.h"

struct inode {
	dev_t dev;
	ino_t ino;
	const struct rule *rule;
};

struct gitlinks {
	const struct policy *policy;
	int workspace;
	struct io_parent last;
	int walked, failed;
	struct inode *at;
	size_t n, cap;
};

struct gitlinks *gitlinks_new(int workspace, const struct policy *p)
{
	struct gitlinks *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->workspace = workspace;
	k->policy = p;
	k->last = (struct io_parent)IO_PARENT_NONE;
	return k;
}

void gitlinks_free(struct gitlinks *k)
{
	if (!k)
		return;
	io_parent_release(&k->last);
	free(k->at);
	free(k);
}

static int add(struct gitlinks *k, const struct stat *st, const struct rule *rule)
{
	if (k->n == k->cap) {
		size_t cap = k->cap ? 2 * k->cap : 16;
		struct inode *at = realloc(k->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		k->at = at;
		k->cap = cap;
	}
	k->at[k->n++] = (struct inode){ st->st_dev, st->st_ino, rule };
	return 0;
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct gitlinks *k = payload;
	struct verdict v;
	struct stat st;

	/* no other file system is shown */
	if (e->error)
		return e->error == -EXDEV ? 0 : e->error;
	if (S_ISDIR(e->st.st_mode))
		return strcmp(e->name, ".git") ? WALK_GO : WALK_SKIP;
	if (!S_ISREG(e->st.st_mode))
		return WALK_GO;
	policy_whole_path(k->policy, e->path, strlen(e->path), &v);
	if (v.action < ACTION_MASK && !v.confirm)
		return WALK_GO;
	if (fstatat(e->dirfd, e->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? WALK_GO : -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink < 2)
		return WALK_GO;
	policy_confirm_at(k->policy, &v, e->dirfd, e->name, e->path);
	return v.action < ACTION_MASK ? WALK_GO : add(k, &st, v.rule);
}

void gitlinks_ask(struct gitlinks *k, const char *path, struct verdict *v)
{
	struct stat st;

	if (v->action >= ACTION_HIDE && !v->confirm)
		return;
	if (io_parent_stat(&k->last, k->workspace, path, &st) ||
	    !S_ISREG(st.st_mode) || st.st_nlink < 2)
		return;
	if (!k->walked) {
		k->walked = 1;
		k->failed = walk_types(k->workspace, visit, k) != 0;
	}
	for (size_t i = 0; i < k->n; i++)
		if (k->at[i].ino == st.st_ino && k->at[i].dev == st.st_dev)
			*v = (struct verdict){ ACTION_HIDE, k->at[i].rule, 0 };
	if (k->failed)
		*v = (struct verdict){ ACTION_HIDE, v->rule, 0 };
}
