/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/strlist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void strlist_release(struct strlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i]);
	free(l->at);
	*l = (struct strlist)STRLIST_INIT;
}

int strlist_addn(struct strlist *l, const char *s, size_t len)
{
	char *copy;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 4;
		char **at = realloc(l->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, s, len);
	copy[len] = '\0';
	l->at[l->n++] = copy;
	return 0;
}

int strlist_add(struct strlist *l, const char *s)
{
	return strlist_addn(l, s, strlen(s));
}

int strlist_split(struct strlist *l, const char *s, const char *separators)
{
	static const char blank[] = " \t\r\n";
	int r;

	for (;;) {
		size_t len = strcspn(s, separators), n = len;
		const char *p = s;

		for (; n && strchr(blank, *p); n--)
			p++;
		while (n && strchr(blank, p[n - 1]))
			n--;
		if (n) {
			r = strlist_addn(l, p, n);
			if (r)
				return r;
		}
		if (!s[len])
			return 0;
		s += len + 1;
	}
}

int strlist_has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->at[i], s))
			return 1;
	return 0;
}
