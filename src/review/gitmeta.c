/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitjudge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/gitconf.h"
#include "review/gitdir.h"
#include "review/gitobjects.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"
#include "util/walk.h"

/*
 * What a plain repository is made of. Anything else may hold pieces of any
 * file (a patch of a rebase, a recorded conflict...) and counts as found.
 */
static const char *const plain_dirs[] = {
	"hooks/", "info/", "logs/", "refs/", "branches/", "remotes/", "lfs/",
	NULL
};
static const char *const plain_files[] = {
	"HEAD", "config", "config.worktree", "description", "packed-refs",
	"shallow", "gitdir", "commondir", "locked", "MERGE_MODE", "MERGE_RR",
	"gc.log", "gc.pid", "index", NULL
};
static const char *const plain_ends[] = { "_HEAD", "_MSG", "_EDITMSG", NULL };

static int found(struct gitmeta *m, const char *path, const char *what)
{
	buf_clear(m->why);
	buf_addf(m->why, "%s%s%s %s", m->judge->repo->path,
		 *m->judge->repo->path ? "/" : "", path, what);
	return -ECANCELED;	/* ends the walk */
}

static int is_listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return 1;
	return 0;
}

static int is_plain(const char *rel)
{
	size_t len = strlen(rel), n;

	for (size_t i = 0; plain_dirs[i]; i++)
		if (!strncmp(rel, plain_dirs[i], strlen(plain_dirs[i])))
			return 1;
	if (strchr(rel, '/'))
		return 0;
	for (size_t i = 0; plain_ends[i]; i++) {
		n = strlen(plain_ends[i]);
		if (len > n && !strcmp(rel + len - n, plain_ends[i]))
			return 1;
	}
	return is_listed(plain_files, rel);
}

/* Without the "worktrees/ID/" of a linked worktree's own files. */
static const char *strip_worktree(const char *rel)
{
	const char *slash;

	if (strncmp(rel, "worktrees/", 10))
		return rel;
	slash = strchr(rel + 10, '/');
	return slash ? slash + 1 : rel;
}

/* The innermost repository that holds path, and what is left of path. */
static size_t innermost(const struct gitmeta *m, const char *path,
			const char **rel)
{
	size_t best = 0, len = 0;

	for (size_t i = 1; i < m->n_repos; i++)
		if (path_is_below(path, m->repos[i].path) &&
		    strlen(m->repos[i].path) > len) {
			best = i;
			len = strlen(m->repos[i].path);
		}
	*rel = path + len + (len && path[len] == '/');
	return best;
}

/* Where the files of a module are: as a .git file says, else by its name. */
static char *module_prefix(const struct gitmeta *m, const char *path)
{
	const struct gitview *v = m->judge->v;
	const char *name = path, *next;
	struct buf full = BUF_INIT;
	char *out = NULL;

	path_join(&full, m->judge->repo->path, path);
	for (size_t i = 0; i < v->n && !out; i++)
		if (v->at[i].gitdir && !strcmp(v->at[i].gitdir, full.ptr))
			out = strndup(v->at[i].path,
				      path_parent_len(v->at[i].path));
	if (!out) {
		while ((next = strstr(name, "modules/")))
			name = next + strlen("modules/");
		path_join(&full, m->repos[0].prefix, name);
		out = strdup(full.ptr);
	}
	buf_release(&full);
	return out;
}

static int add_repo(struct gitmeta *m, const char *path, char *prefix)
{
	struct gitmeta_repo *at;

	at = reallocarray(m->repos, m->n_repos + 1, sizeof(*at));
	if (!at || !prefix) {
		m->repos = at ? at : m->repos;
		free(prefix);
		return -ENOMEM;
	}
	m->repos = at;
	at += m->n_repos;
	at->prefix = prefix;
	at->path = strdup(path);
	if (!at->path) {
		free(prefix);
		return -ENOMEM;
	}
	m->n_repos++;
	return 0;
}

static int add_index(struct gitmeta *m, size_t repo, const char *path)
{
	struct gitmeta_index *at;

	at = reallocarray(m->indexes, m->n_indexes + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	m->indexes = at;
	at += m->n_indexes;
	at->repo = repo;
	at->path = strdup(path);
	if (!at->path)
		return -ENOMEM;
	m->n_indexes++;
	return 0;
}

struct config_check {
	struct gitmeta *m;
	const char *path;
	int is_module;
};

static int check_variable(void *payload, const char *section, const char *sub,
			  const char *key, const char *value)
{
	struct config_check *c = payload;

	if (!strcmp(section, "include") || !strcmp(section, "includeif"))
		return found(c->m, c->path, "includes another file");
	if (!strcmp(section, "core") && !strcmp(key, "worktree") &&
	    (!c->is_module || !value || value[0] == '/'))
		return found(c->m, c->path, "points to another work tree");
	if (gitconf_is_login(section, key, value) ||
	    (value && gitconf_text_has_login(value, strlen(value))) ||
	    (sub && gitconf_text_has_login(sub, strlen(sub))))
		return found(c->m, c->path, "holds a login");
	return 0;
}

static int check_text(struct gitmeta *m, const char *path, const char *rel,
		      int is_module)
{
	struct config_check c = { m, path, is_module };
	struct buf text = BUF_INIT;
	int r;

	if (!strncmp(rel, "lfs/", 4))
		return 0;
	r = gitdir_read(m->fd, path, GITDIR_LARGE, &text);
	if (!r && gitconf_text_has_login(text.ptr, text.len))
		r = found(m, path, "holds a URL with a login");
	else if (!r && !strncmp(rel, "config", 6))
		r = gitconf_parse(text.ptr, text.len, check_variable, &c);
	buf_wipe(&text);
	return r == -EINVAL ? found(m, path, "is damaged") : r;
}

static int check_content(struct gitmeta *m, const char *path)
{
	static const struct verdict show = { .action = ACTION_SHOW };
	const struct gitview_rules *rules = m->judge->rules;
	struct buf full = BUF_INIT;
	int fd, r;

	r = quiet_open_beneath(m->fd, path, O_NONBLOCK, &fd);
	if (r)
		return r;
	path_join(&full, m->judge->repo->path, path);
	r = rules->content(rules->payload, &show, full.ptr, fd, NULL);
	close(fd);
	buf_release(&full);
	if (r < 0)
		return found(m, path, "could not be judged");
	return r ? found(m, path, "holds a secret") : 0;
}

static int visit_file(struct gitmeta *m, const struct walk_entry *e)
{
	const char *rel;
	size_t repo = innermost(m, e->path, &rel);
	int r;

	rel = strip_worktree(rel);
	if (!is_plain(rel))
		return found(m, e->path, "is no part of a plain repository");
	if (!strcmp(rel, "index"))
		return add_index(m, repo, e->path);
	r = check_text(m, e->path, rel, repo > 0);
	return r ? r : check_content(m, e->path);
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct gitmeta *m = payload;
	char sub[NAME_MAX + 16];
	const char *rel;

	if (e->error)
		return e->error;
	if (S_ISREG(e->st.st_mode))
		return visit_file(m, e);
	if (!S_ISDIR(e->st.st_mode))
		return found(m, e->path, "is neither a file nor a directory");
	innermost(m, e->path, &rel);
	if (!strcmp(rel, "objects"))
		return WALK_SKIP;
	snprintf(sub, sizeof(sub), "%s/HEAD", e->name);
	if (!gitdir_has(e->dirfd, sub))
		return WALK_GO;
	snprintf(sub, sizeof(sub), "%s/objects", e->name);
	if (!gitdir_has(e->dirfd, sub))
		return WALK_GO;
	return add_repo(m, e->path, module_prefix(m, e->path));
}

int gitmeta_walk(struct gitmeta *m)
{
	const struct gitview_repo *repo = m->judge->repo;
	int r;

	r = add_repo(m, "", repo->kind == GITVIEW_BARE ? strdup("") :
		     strndup(repo->path, path_parent_len(repo->path)));
	if (!r)
		r = walk_tree(m->fd, visit, m);
	if (r == -ECANCELED)
		return buf_oom(m->why) ? -ENOMEM : GITOBJECTS_FOUND;
	return r;
}

void gitmeta_release(struct gitmeta *m)
{
	for (size_t i = 0; i < m->n_repos; i++) {
		free(m->repos[i].path);
		free(m->repos[i].prefix);
	}
	for (size_t i = 0; i < m->n_indexes; i++)
		free(m->indexes[i].path);
	free(m->repos);
	free(m->indexes);
}
