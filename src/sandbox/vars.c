/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/vars.h"

static size_t name_len(const char *assignment)
{
	return strcspn(assignment, "=");
}

static char **find(const struct strlist *list, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (name_len(list->at[i]) == len &&
		    !memcmp(list->at[i], name, len))
			return &list->at[i];
	return NULL;
}

const char *vars_get(const struct strlist *list, const char *name)
{
	char **at = find(list, name, strlen(name));

	return at ? *at + strlen(name) + 1 : NULL;
}

int vars_set(struct strlist *list, const char *assignment)
{
	char **at = find(list, assignment, name_len(assignment)), *copy;

	if (!at)
		return strlist_add(list, assignment);
	copy = strdup(assignment);
	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

int vars_setf(struct strlist *list, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (r < 0)
		return -ENOMEM;
	r = vars_set(list, s);
	free(s);
	return r;
}
