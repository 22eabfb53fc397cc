/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gitshow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "review/gitlinks.h"
#include "review/gitview.h"
#include "session/change.h"
#include "session/place.h"
#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

#define WORK_DIR "git"	/* in the session's directory, while they are made */

struct settle {
	struct session *s;
	const struct policy *policy;
	struct gitview view;
	struct gitview_rules rules;
	struct gitrules_policy source;
	int workspace;
	int work;
};

/* What the session made before keeps its place, and is not made again. */
static int keep_made(struct settle *g)
{
	for (size_t i = 0; i < g->view.n; i++) {
		struct gitview_repo *r = &g->view.at[i];

		if (!gitguard_has(g->s->gitguard.made, r->path))
			continue;
		free(r->why);
		r->why = strdup("the session has its own");
		if (!r->why)
			return -ENOMEM;
		r->choice = GITVIEW_SANITIZED;
		r->kept = 1;
	}
	return 0;
}

/*
 * The child of a child goes through the whole workspace meanwhile. It has
 * nothing of ours open, so that nobody waits for it.
 */
static void look_again(const struct settle *g)
{
	pid_t pid = fork();
	int null;

	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (pid)
		return;
	if (fork())
		_exit(0);
	setsid();
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (chdir("/") || nice(10) < 0 || null < 0)
		_exit(1);
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		if (fd != g->workspace && fd != g->view.cache)
			close(fd);
	gitview_refresh(&g->view, &g->rules);
	_exit(0);
}

static int look(struct settle *g, enum gitview_mode mode, struct err *err)
{
	char *cache = NULL;
	int r;

	path_user(PATH_CACHE, "git", &cache);
	r = gitview_find(&g->view, g->workspace, &g->rules, cache, err);
	free(cache);
	if (!r)
		r = gitview_decide(&g->view, mode, &g->rules, GITVIEW_SECONDS,
				   err);
	if (!r && g->view.large && g->view.recalled)
		look_again(g);
	if (!r && keep_made(g))
		r = err_errno(err, -ENOMEM, "git");
	return r;
}

static int make(struct settle *g, struct err *err)
{
	int r;

	r = io_remove_tree(g->s->fd, WORK_DIR);
	if (r && r != -ENOENT)
		return err_errno(err, r, "session %s: " WORK_DIR, g->s->id);
	if (mkdirat(g->s->fd, WORK_DIR, 0700))
		return err_errno(err, -errno, "session %s: " WORK_DIR,
				 g->s->id);
	r = io_open_beneath(g->s->fd, WORK_DIR, O_RDONLY | O_DIRECTORY, 0,
			    &g->work);
	return r ? err_errno(err, r, "session %s: " WORK_DIR, g->s->id) :
	       gitview_build(&g->view, &g->rules, g->work, err);
}

static int graft_one(struct settle *g, struct layer *l,
		     const struct gitview_repo *repo, struct err *err)
{
	int fd, r;

	r = io_open_beneath(g->work, repo->dir, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (r)
		return err_errno(err, r, "the view's git repository");
	r = layer_graft(l, repo->path, fd, err);
	close(fd);
	/* the agent made a .git of its own here: it stays */
	return r == -EEXIST ? 0 : r;
}

static int graft(struct settle *g, struct err *err)
{
	struct layer *l = NULL;
	int r;

	r = layer_open(&l, g->s, g->policy, LAYER_WRITE, err);
	for (size_t i = 0; !r && i < g->view.n; i++)
		if (g->view.at[i].dir)
			r = graft_one(g, l, &g->view.at[i], err);
	layer_close(l);
	return r;
}

static int is_named_git(const struct gitview_repo *r)
{
	return !strcmp(path_base(r->path), ".git");
}

/* Where the agent's own commits will begin. */
static int note_bases(struct settle *g)
{
	int r = 0;

	for (size_t i = 0; !r && i < g->view.n; i++) {
		struct gitview_repo *repo = &g->view.at[i];

		if (repo->choice == GITVIEW_FULL && is_named_git(repo)) {
			gitview_head(&g->view, repo, repo->head);
			snprintf(repo->new_head, sizeof(repo->new_head), "%s",
				 repo->head);
		}
		if (*repo->head && *repo->new_head)
			r = gitguard_add_base(g->s->fd, repo->path, repo->head,
					      repo->new_head);
	}
	return r;
}

/* From the choices to what the resolver asks. */
static int set_guard(struct settle *g)
{
	struct gitguard *guard = &g->s->gitguard;
	struct buf objects = BUF_INIT;
	int r = 0;

	free(guard->seen);
	free(guard->hidden);
	free(guard->objects);
	guard->hidden = guard->objects = NULL;
	guard->seen = strdup("");
	if (!guard->seen)
		return -ENOMEM;
	for (size_t i = 0; !r && i < g->view.n; i++) {
		const struct gitview_repo *repo = &g->view.at[i];

		if (repo->choice == GITVIEW_FULL)
			r = gitguard_add(&guard->seen, repo->path);
		else if (!is_named_git(repo))
			r = gitguard_add(&guard->hidden, repo->path);
		if (!r && repo->dir)
			r = gitguard_add(&guard->made, repo->path);
		if (!r && repo->choice == GITVIEW_FULL && repo->hide)
			buf_addstr(&objects, repo->hide);
	}
	if (!r && objects.len) {
		guard->objects = buf_take(&objects);
		r = guard->objects ? 0 : -ENOMEM;
	}
	buf_release(&objects);
	return r ? r : gitguard_save_objects(guard, g->s->fd);
}

/* The bare repository that is the workspace itself cannot be hidden in it. */
static int check_root(const struct settle *g, struct err *err)
{
	for (size_t i = 0; i < g->view.n; i++)
		if (!*g->view.at[i].path &&
		    g->view.at[i].choice != GITVIEW_FULL)
			return err_set(err, -EPERM, "the workspace is itself a "
				       "git repository: %s; --git=full shows it "
				       "all the same", g->view.at[i].why);
	return 0;
}

static int needs_build(const struct settle *g)
{
	for (size_t i = 0; i < g->view.n; i++)
		if (g->view.at[i].choice == GITVIEW_SANITIZED &&
		    !g->view.at[i].kept)
			return 1;
	return 0;
}

static int settle(struct settle *g, enum gitview_mode mode, struct err *err)
{
	int r;

	g->workspace = open(g->s->workspace, O_RDONLY | O_DIRECTORY |
			    O_CLOEXEC);
	if (g->workspace < 0)
		return place_no_workspace(g->s->workspace, -errno, err);
	g->source.links = gitlinks_new(g->workspace, g->policy);
	if (!g->source.links)
		return err_errno(err, -ENOMEM, "git");
	r = look(g, mode, err);
	if (!r)
		r = check_root(g, err);
	if (!r && needs_build(g))
		r = make(g, err);
	if (!r) {
		r = set_guard(g);
		if (!r)
			r = note_bases(g);
		if (r)
			err_errno(err, r, "session %s: git", g->s->id);
	}
	if (!r && g->work >= 0)
		r = graft(g, err);
	return r;
}

static int set_choice(struct settle *g, struct buf *line)
{
	char *choice = strdup(gitview_mode_name(gitview_choice(&g->view)));

	gitview_summary(&g->view, line);
	if (!choice || buf_oom(line)) {
		free(choice);
		return -ENOMEM;
	}
	free(g->s->git);
	g->s->git = choice;
	return 0;
}

int gitshow_settle(struct session *s, const struct policy *p, const char *mode,
		   struct buf *line, struct err *err)
{
	struct settle g = { .s = s, .policy = p, .view = GITVIEW_INIT,
			    .workspace = -1, .work = -1 };
	enum gitview_mode m = GITVIEW_AUTO;
	int r = 0;

	g.source.policy = p;
	memcpy(g.source.key, s->key, sizeof(g.source.key));
	gitrules_init(&g.rules, &g.source);
	if (mode)
		r = gitview_mode_parse(mode, &m, err);
	s->gitguard.since = (struct timespec){ 0 };
	if (m == GITVIEW_AUTO)
		clock_gettime(CLOCK_REALTIME_COARSE, &s->gitguard.since);
	if (!r)
		r = settle(&g, m, err);
	if (!r && set_choice(&g, line))
		r = err_errno(err, -ENOMEM, "git");
	io_remove_tree(s->fd, WORK_DIR);
	io_close(&g.work);
	io_close(&g.workspace);
	gitview_release(&g.view);
	gitlinks_free(g.source.links);
	explicit_bzero(g.source.key, sizeof(g.source.key));
	return r;
}
