/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/folding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/path.h"

static int path_cmp(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

static int can_hold(const struct delta *d)
{
	mode_t mode = d->kind == DELTA_DELETE ? d->base.st_mode : d->st.st_mode;

	return S_ISDIR(mode) && d->kind != DELTA_MODIFY;
}

/* The farthest directory above that came or went as a whole; itself else. */
static size_t topmost(const struct delta_list *list, size_t i, char *path)
{
	size_t top = i;

	for (size_t len = path_parent_len(path); len;
	     len = path_parent_len(path)) {
		const struct delta *up;

		path[len] = '\0';
		up = bsearch(path, list->at, list->n, sizeof(*up), path_cmp);
		if (!up || !can_hold(up) || up->kind != list->at[i].kind)
			break;
		top = (size_t)(up - list->at);
	}
	return top;
}

size_t fold_git(const char *path)
{
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 4 && !strncasecmp(p, ".git", 4) && p[n])
			return (size_t)(p - path) + n;
		p += n + (p[n] == '/');
	}
	return 0;
}

/* The list is sorted, so those of one .git stand together. */
static void fold_repositories(const struct delta_list *list, struct fold *f)
{
	size_t first = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t n = fold_git(list->at[i].path);

		if (!n)
			continue;
		if (!f[first].git || f[first].git != n ||
		    strncmp(list->at[first].path, list->at[i].path, n + 1)) {
			first = i;
			f[first].git = n;
			f[first].files = 0;
		} else {
			f[first].files++;
		}
		f[i].into = first;
	}
}

int fold_deltas(const struct delta_list *list, size_t least, const char *keep,
		int git, struct fold **out)
{
	struct fold *f = calloc(list->n + 1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		char *path = strdup(list->at[i].path);

		if (!path) {
			free(f);
			return -ENOMEM;
		}
		f[i].into = keep[i] ? i : topmost(list, i, path);
		if (f[i].into != i)
			f[f[i].into].files++;
		free(path);
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct delta *d = &list->at[i];
		const struct stat *st = d->kind == DELTA_DELETE ? &d->base :
								  &d->st;

		if (f[i].into == i || (git && fold_git(d->path)))
			continue;
		if (f[f[i].into].files < least)
			f[i].into = i;
		else if (S_ISREG(st->st_mode))
			f[f[i].into].bytes += (unsigned long long)st->st_size;
	}
	for (size_t i = 0; i < list->n; i++)
		if (f[i].files < least)
			f[i].files = 0;
	if (git)
		fold_repositories(list, f);
	*out = f;
	return 0;
}
