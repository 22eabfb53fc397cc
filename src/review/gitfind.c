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
#include "review/gitrecall.h"
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

static void note_dir(struct gitview *v, const char *path,
		     const struct stat *st)
{
	if (v->dirs.n >= GITRECALL_DIRS)
		v->large = 1;
	else
		gitstate_add(&v->dirs, path, st);
}

static int visit_git(struct finder *f, const struct walk_entry *e)
{
	struct gitview_repo *repo;
	int r;

	r = add(f->v, S_ISDIR(e->st.st_mode) ? GITVIEW_DIR :
		S_ISREG(e->st.st_mode) ? GITVIEW_FILE : GITVIEW_LINK, e->path,
		&repo);
	/* a directory changes with every commit; its parent tells of it */
	if (!r && repo->kind != GITVIEW_DIR)
		note_dir(f->v, e->path, &e->st);
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
	note_dir(f->v, e->path, &e->st);
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

static int find_all(struct gitview *v, const struct gitview_rules *rules)
{
	struct finder f = { v, rules };
	struct gitview_repo *repo;
	struct stat st;

	gitstate_begin(&v->dirs);
	if (fstat(v->workspace_fd, &st))
		return -errno;
	note_dir(v, "", &st);
	if (looks_bare(v->workspace_fd, "."))
		return add(v, GITVIEW_BARE, "", &repo);
	return walk_dirs(v->workspace_fd, ".git", visit, &f);
}

static void release_repos(struct gitview *v)
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
	v->at = NULL;
	v->n = 0;
}

int gitview_find(struct gitview *out, int workspace_fd,
		 const struct gitview_rules *rules, const char *cache_dir,
		 struct err *err)
{
	int r;

	*out = (struct gitview){ .workspace_fd = workspace_fd, .cache = -1 };
	if (cache_dir && !io_mkdirs(cache_dir, 0700))
		out->cache = open(cache_dir, O_RDONLY | O_DIRECTORY |
				  O_CLOEXEC);
	r = find_root(out);
	if (!r && out->cache >= 0)
		out->recalled = gitrecall_get(out, rules, out->cache);
	if (!r && out->recalled == GITRECALL_NOTHING) {
		release_repos(out);
		out->large = 0;
		r = find_all(out, rules);
	}
	if (!r)
		return 0;
	gitview_release(out);
	return err_errno(err, r, "looking for git repositories");
}

void gitview_refresh(const struct gitview *v,
		     const struct gitview_rules *rules)
{
	struct gitview now = { .workspace_fd = v->workspace_fd, .cache = -1 };
	int same;

	now.root = strdup(v->root);
	same = now.root && !find_all(&now, rules) && now.n == v->n;
	for (size_t i = 0; same && i < v->n; i++)
		same = now.at[i].kind == v->at[i].kind &&
		       !strcmp(now.at[i].path, v->at[i].path);
	if (!same && v->cache >= 0)
		gitrecall_forget(v, rules, v->cache);
	gitview_release(&now);
}

void gitview_release(struct gitview *v)
{
	release_repos(v);
	gitstate_release(&v->dirs);
	gitstate_release(&v->files);
	io_close(&v->cache);
	free(v->root);
	v->root = NULL;
}
