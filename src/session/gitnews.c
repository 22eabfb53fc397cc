/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/gitnews.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "session/session.h"

#define DIRS_MAX 4096

void layer_on_git(struct layer *l, layer_git_fn fn, void *payload)
{
	pthread_mutex_lock(&l->lock);
	l->git_new = fn;
	l->git_payload = payload;
	pthread_mutex_unlock(&l->lock);
}

void gitnews_left_out_locked(struct layer *l, const struct node *dir)
{
	struct gitnews *g = &l->git_left_out;

	if (!l->git_new)
		return;
	for (size_t i = g->n; i-- > 0;)
		if (g->dirs[i] == dir->id)
			return;
	if (g->n == DIRS_MAX) {
		g->lost = 1;
		return;
	}
	if (!g->dirs)
		g->dirs = calloc(DIRS_MAX, sizeof(*g->dirs));
	if (g->dirs)
		g->dirs[g->n++] = dir->id;
	else
		g->lost = 1;
}

int gitnews_is_new(struct layer *l, struct node *dir, const char *origin,
		   const struct stat *st)
{
	layer_git_fn tell = NULL;
	void *payload;
	int is_new;

	pthread_mutex_lock(&l->lock);
	is_new = gitguard_is_new(&l->session->gitguard, origin, st);
	if (is_new) {
		gitnews_left_out_locked(l, dir);
		tell = l->git_new;
	}
	payload = l->git_payload;
	pthread_mutex_unlock(&l->lock);
	if (tell)
		tell(payload);
	return is_new;
}

int layer_git_looked(struct layer *l, const struct timespec *since,
		     char *objects, uint64_t **dirs, size_t *n)
{
	struct gitguard *guard = &l->session->gitguard;
	struct gitnews *g = &l->git_left_out;
	int lost;

	pthread_mutex_lock(&l->lock);
	free(guard->objects);
	guard->objects = objects;
	guard->since = *since;
	*dirs = g->dirs;
	*n = g->n;
	lost = g->lost;
	*g = (struct gitnews){ NULL, 0, 0 };
	pthread_mutex_unlock(&l->lock);
	return lost ? -EAGAIN : 0;
}

void layer_git_refused(struct layer *l, const char *why)
{
	audit_add(l->audit, getpid(), "git", ".git", why);
}
