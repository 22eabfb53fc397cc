/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitstate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "review/gitdir.h"
#include "util/io.h"
#include "util/path.h"
#include "util/walk.h"

/* File systems of old know whole seconds, or every second one, alone. */
#define YOUNG_SECONDS 3

void gitstate_begin(struct gitstate *s)
{
	*s = (struct gitstate){ .paths = BUF_INIT };
	sha1_begin(&s->sum);
}

void gitstate_release(struct gitstate *s)
{
	buf_release(&s->paths);
}

static void add_stat(struct sha1 *sum, const struct stat *st)
{
	const uint64_t what[] = {
		st->st_dev, st->st_ino, st->st_mode, (uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec, (uint64_t)st->st_mtim.tv_nsec,
		(uint64_t)st->st_ctim.tv_sec, (uint64_t)st->st_ctim.tv_nsec,
	};

	sha1_add(sum, what, sizeof(what));
}

/* The times of the past and of the future are both no clock to trust. */
static int is_young(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return t->tv_sec >= now.tv_sec - YOUNG_SECONDS;
}

void gitstate_add(struct gitstate *s, const char *path, const struct stat *st)
{
	buf_add(&s->paths, path, strlen(path) + 1);
	add_stat(&s->sum, st);
	s->n++;
	s->young |= is_young(&st->st_ctim) || is_young(&st->st_mtim);
}

struct adding {
	struct gitstate *state;
	const char *top;	/* before each path */
	int dirs_only;
	struct buf path;
};

static int is_objects(const char *path)
{
	size_t n = strlen(path);

	return n >= 7 && !strcmp(path + n - 7, "objects") &&
	       (n == 7 || path[n - 8] == '/');
}

static int add_below(struct adding *a, int dirfd, const char *name,
		     int dirs_only);

/* A loose object's name is its content: its directory tells of new ones. */
static int visit_git(void *payload, const struct walk_entry *e)
{
	struct adding *a = payload;
	int r;

	if (e->error)
		return e->error;
	path_join(&a->path, a->top, e->path);
	gitstate_add(a->state, a->path.ptr, &e->st);
	if (buf_oom(&a->path) || buf_oom(&a->state->paths))
		return -ENOMEM;
	if (!S_ISDIR(e->st.st_mode))
		return WALK_GO;
	if (a->dirs_only && !strcmp(e->path, "pack"))
		r = add_below(a, e->dirfd, e->name, 0);
	else if (!a->dirs_only && is_objects(e->path))
		r = add_below(a, e->dirfd, e->name, 1);
	else
		return WALK_GO;
	return r ? r : WALK_SKIP;
}

static int add_below(struct adding *a, int dirfd, const char *name,
		     int dirs_only)
{
	struct adding below = { a->state, NULL, dirs_only, BUF_INIT };
	char *top = strdup(a->path.ptr);
	int fd = -1, r;

	below.top = top;
	r = top ? io_open_beneath(dirfd, name, O_RDONLY | O_DIRECTORY, 0, &fd) :
	    -ENOMEM;
	if (!r)
		r = dirs_only ? walk_dirs(fd, "", visit_git, &below) :
		    walk_tree(fd, visit_git, &below);
	io_close(&fd);
	buf_release(&below.path);
	free(top);
	return r;
}

int gitstate_add_git(struct gitstate *s, int workspace_fd, const char *path)
{
	struct adding a = { s, path, 0, BUF_INIT };
	struct stat st;
	int r;

	if (fstatat(workspace_fd, *path ? path : ".", &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	gitstate_add(s, path, &st);
	buf_addstr(&a.path, path);
	r = S_ISDIR(st.st_mode) ?
	    add_below(&a, workspace_fd, path, 0) : 0;
	buf_release(&a.path);
	return r;
}

void gitstate_hex(const struct gitstate *s, char hex[41])
{
	struct sha1 sum = s->sum;
	uint8_t id[SHA1_LEN];

	sha1_end(&sum, id);
	gitdir_id_text(id, hex);
}
