/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/guess.h"

#include <ctype.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[GUESS_LEN + 1][GUESS_LEN + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] +
					!same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

void guess_offer(struct guess *g, const char *name)
{
	size_t len = strlen(name), near = g->len == 2 ? 1 : g->len / 3, n;

	if (g->len > GUESS_LEN || len > GUESS_LEN)
		return;
	n = distance(g->word, g->len, name, len);
	if (n > near || (g->best && n >= g->distance))
		return;
	g->best = name;
	g->distance = n;
}
