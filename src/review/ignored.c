/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/ignored.h"

#include <errno.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/path.h"

struct asker {
	git_repository *repo;
	git_index *index;	/* read when it is first needed */
	struct buf prefix;	/* of the workspace in the repository, with '/' */
	struct buf path;
	const char *dir;	/* an ignored directory: all below is, too */
	size_t dir_len;
};

static int open_repo(struct asker *a, const char *workspace)
{
	const char *top;
	size_t n;

	if (git_repository_open_ext(&a->repo, workspace, 0, NULL))
		return -ENOENT;
	top = git_repository_workdir(a->repo);
	if (!top)
		return -ENOENT;
	n = strlen(top);
	while (n && top[n - 1] == '/')
		n--;
	if (strncmp(workspace, top, n) || (workspace[n] && workspace[n] != '/'))
		return -ENOENT;
	if (workspace[n])
		buf_addf(&a->prefix, "%s/", workspace + n + 1);
	return buf_oom(&a->prefix) ? -ENOMEM : 0;
}

static int is_tracked(struct asker *a, const char *path)
{
	if (!a->index && git_repository_index(&a->index, a->repo))
		return 1;
	return git_index_get_bypath(a->index, path, 0) != NULL;
}

static int is_below_ignored(const struct asker *a, const char *path)
{
	return a->dir && !strncmp(path, a->dir, a->dir_len) &&
	       path[a->dir_len] == '/';
}

/* A directory's own change may come, or only those of what is in it. */
static int ask(struct asker *a, const struct delta *d)
{
	mode_t mode = d->kind == DELTA_DELETE ? d->base.st_mode : d->st.st_mode;
	int yes = 0;

	buf_clear(&a->path);
	buf_addf(&a->path, "%s%s%s", a->prefix.ptr, d->path,
		 S_ISDIR(mode) ? "/" : "");
	if (buf_oom(&a->path))
		return -ENOMEM;
	if (!is_below_ignored(a, d->path) &&
	    (git_ignore_path_is_ignored(&yes, a->repo, a->path.ptr) || !yes))
		return 0;
	if (!S_ISDIR(mode))
		return !is_tracked(a, a->path.ptr);
	if (!is_below_ignored(a, d->path)) {
		a->dir = d->path;
		a->dir_len = strlen(d->path);
	}
	return 1;
}

int ignored_mark(const char *workspace, const struct delta_list *list,
		 char *out)
{
	struct asker a = { .prefix = BUF_INIT, .path = BUF_INIT };
	int r;

	memset(out, 0, list->n);
	git_libgit2_init();
	r = open_repo(&a, workspace);
	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		r = ask(&a, &list->at[i]);
		out[i] = r > 0;
	}
	git_index_free(a.index);
	git_repository_free(a.repo);
	buf_release(&a.prefix);
	buf_release(&a.path);
	return r == -ENOMEM ? r : 0;
}
