/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/delta_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session/list.h"
#include "session/node.h"

static int names_add(struct names *names, const char *name)
{
	if (names->n == names->cap) {
		size_t cap = names->cap ? names->cap * 2 : 32;
		char **at = reallocarray(names->at, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		names->at = at;
		names->cap = cap;
	}
	names->at[names->n] = strdup(name);
	if (!names->at[names->n])
		return -ENOMEM;
	names->n++;
	return 0;
}

int names_add_listing(struct names *names, struct layer *l, struct node *dir)
{
	struct listing *list;
	struct list_entry e;
	uint64_t at = 0;
	int r;

	r = list_get(l, NULL, dir, 0, &list);
	if (r)
		return r;
	while (!r && list_next(list, &at, &e))
		if (strcmp(e.name, ".") && strcmp(e.name, ".."))
			r = names_add(names, e.name);
	list_put(l, list);
	return r;
}

int names_add_overrides(struct names *names, const struct node *dir)
{
	int r = 0;

	for (struct dent *d = dir->kids; d && !r; d = d->sib_next)
		if (d->is_override)
			r = names_add(names, d->name);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_sort(struct names *names)
{
	size_t to = 0;

	if (names->n)
		qsort(names->at, names->n, sizeof(*names->at), by_name);
	for (size_t i = 0; i < names->n; i++) {
		if (to && !strcmp(names->at[to - 1], names->at[i]))
			free(names->at[i]);
		else
			names->at[to++] = names->at[i];
	}
	names->n = to;
}

void names_release(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	free(names->at);
	*names = (struct names){ NULL, 0, 0 };
}
