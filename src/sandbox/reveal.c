/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sandbox/sandbox.h"
#include "util/path.h"

static int below(const char *path, const char *dir)
{
	return path_is_below(path + 1, dir + 1);
}

/* 1 where one of the directories above hidden, or it itself, is st. */
static int is_above_by_identity(const char *hidden, const struct stat *st)
{
	char *at = strdup(hidden), *slash;
	struct stat up;
	int yes = !at;

	while (at && !yes) {
		yes = !stat(*at ? at : "/", &up) && up.st_dev == st->st_dev &&
			up.st_ino == st->st_ino;
		slash = strrchr(at, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(at);
	return yes;
}

/* path, real, lies in hidden or holds it; also by another mount of it. */
static int overlaps(const char *path, const char *hidden)
{
	struct stat st, top;

	if (below(path, hidden) || below(hidden, path))
		return 1;
	if (stat(path, &st) < 0)
		return 1;
	if (is_above_by_identity(hidden, &st))
		return 1;
	return !stat(hidden, &top) && is_above_by_identity(path, &top);
}

int sandbox_may_show(const struct sandbox_options *o, const char *path,
		     struct err *err)
{
	char *real = NULL;
	size_t i;
	int r = path_real(path, &real);

	if (r)
		return err_errno(err, r, "%s", path);
	for (i = 0; i < o->n_views && !r; i++)
		if (overlaps(real, o->views[i].workspace))
			r = err_set(err, -EACCES, "%s would show the "
				    "workspace %s without its rules", path,
				    o->views[i].workspace);
	if (!r && o->state_dir && overlaps(real, o->state_dir))
		r = err_set(err, -EACCES, "%s would show the sessions in %s",
			    path, o->state_dir);
	free(real);
	return r;
}
