/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitview.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/gitdir.h"
#include "util/io.h"
#include "util/path.h"
#include "util/walk.h"

struct finder {
	struct gitview *v;
	const struct gitview_rules *rules;
};

static int is_visible(const struct gitview_rules *rules, const char *path)
{
	struct verdict verdict = { .action = ACTION_HIDE };

	rules->path(rules->payload, path, strlen(path), &verdict);
	return verdict.action < ACTION_DENY || verdict.confirm;
}

/*
 * As git has it, but without asking what HEAD holds: a directory that git may
 * take for a repository is treated as one.
 */
static int looks_bare(int dirfd, const char *name)
{
	static const char *const parts[] = { "HEAD", "objects", "refs" };
	char path[NAME_MAX + 16];

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, parts[i]);
		if (!gitdir_has(dirfd, path))
			return 0;
	}
	return 1;
}

static int add(struct gitview *v, enum gitview_kind kind, const char *path,
	       struct gitview_repo **out)
{
	struct gitview_repo *at;

	at = reallocarray(v->at, v->n + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	v->at = at;
	at += v->n;
	*at = (struct gitview_repo){ .kind = kind };
	at->path = strdup(path);
	if (!at->path)
		return -ENOMEM;
	v->n++;
	*out = at;
	return 0;
}

/* Sorts a pointer's target into inside (gitdir) and outside. */
static int set_target(struct gitview *v, struct gitview_repo *repo,
		      const char *target)
{
	size_t n = strlen(v->root);
	struct buf text = BUF_INIT, clean = BUF_INIT;
	int r = 0;

	repo->relative = target[0] != '/';
	if (!repo->relative && !strncmp(target, v->root, n) &&
	    (target[n] == '/' || n == 1))
		buf_addstr(&text, target + n + strspn(target + n, "/"));
	else if (repo->relative)
		buf_addf(&text, "%.*s/%s", (int)path_parent_len(repo->path),
			 repo->path, target);
	if (text.len && !path_clean(text.ptr + strspn(text.ptr, "/"), &clean))
		repo->gitdir = buf_take(&clean);
	else if (repo->relative)
		r = asprintf(&repo->outside, "%s/%s", v->root, text.ptr) < 0;
	else
		repo->outside = strdup(target);
	buf_release(&text);
	buf_release(&clean);
	return r || (!repo->gitdir && !repo->outside) ? -ENOMEM : 0;
}

static int read_pointer(struct gitview *v, struct gitview_repo *repo)
{
	static const char intro[] = "gitdir:";
	struct buf text = BUF_INIT;
	const char *target;
	int r;

	r = gitdir_read(v->workspace_fd, repo->path, 2 * PATH_MAX, &text);
	target = text.ptr + strlen(intro);
	if (r || strncmp(text.ptr, intro, strlen(intro)) ||
	    strlen(text.ptr) != text.len) {
		repo->kind = GITVIEW_LINK;
		r = r == -ENOMEM ? r : 0;
		goto out;
	}
	while (text.len && isspace((unsigned char)text.ptr[text.len - 1]))
		buf_cut(&text, text.len - 1);
	r = set_target(v, repo, target + strspn(target, " \t"));
out:
	buf_release(&text);
	return r;
}

static int visit_git(struct finder *f, const struct walk_entry *e)
{
	struct gitview_repo *repo;
	int r;

	r = add(f->v, S_ISDIR(e->st.st_mode) ? GITVIEW_DIR :
		S_ISREG(e->st.st_mode) ? GITVIEW_FILE : GITVIEW_LINK, e->path,
		&repo);
	if (!r && repo->kind == GITVIEW_FILE)
		r = read_pointer(f->v, repo);
	return r ? r : WALK_SKIP;
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct finder *f = payload;
	struct gitview_repo *repo;
	int r;

	if (!strcmp(e->name, ".git"))
		return is_visible(f->rules, e->path) ? visit_git(f, e) :
		       WALK_SKIP;
	if (!S_ISDIR(e->st.st_mode) || e->error)
		return WALK_SKIP;
	if (!is_visible(f->rules, e->path))
		return WALK_SKIP;
	if (!looks_bare(e->dirfd, e->name))
		return WALK_GO;
	r = add(f->v, GITVIEW_BARE, e->path, &repo);
	return r ? r : WALK_SKIP;
}

static int find_root(struct gitview *v)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", v->workspace_fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	v->root = strdup(path);
	return v->root ? 0 : -ENOMEM;
}

int gitview_find(struct gitview *out, int workspace_fd,
		 const struct gitview_rules *rules, struct err *err)
{
	struct finder f = { out, rules };
	struct gitview_repo *repo;
	int r;

	*out = (struct gitview){ .workspace_fd = workspace_fd };
	r = find_root(out);
	if (!r && looks_bare(workspace_fd, "."))
		r = add(out, GITVIEW_BARE, "", &repo);
	else if (!r)
		r = walk_dirs(workspace_fd, ".git", visit, &f);
	if (!r)
		return 0;
	gitview_release(out);
	return err_errno(err, r, "looking for git repositories");
}

void gitview_release(struct gitview *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->at[i].path);
		free(v->at[i].why);
		free(v->at[i].dir);
		free(v->at[i].hide);
		free(v->at[i].gitdir);
		free(v->at[i].outside);
	}
	free(v->at);
	free(v->root);
	v->at = NULL;
	v->root = NULL;
	v->n = 0;
}
