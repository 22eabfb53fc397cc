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

int fold_deltas(const struct delta_list *list, size_t least, const char *keep,
		struct fold **out)
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

		if (f[i].into == i)
			continue;
		if (f[f[i].into].files < least)
			f[i].into = i;
		else if (S_ISREG(st->st_mode))
			f[f[i].into].bytes += (unsigned long long)st->st_size;
	}
	for (size_t i = 0; i < list->n; i++)
		if (f[i].files < least)
			f[i].files = 0;
	*out = f;
	return 0;
}
