/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/gitguard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/buf.h"
#include "util/path.h"

void gitguard_release(struct gitguard *g)
{
	free(g->seen);
	free(g->hidden);
	free(g->made);
	*g = (struct gitguard){ 0 };
}

int gitguard_has(const char *list, const char *path)
{
	size_t len = strlen(path);
	const char *end;

	for (; list && (end = strstr(list, "//")); list = end + 2)
		if ((size_t)(end - list) == len && !memcmp(list, path, len))
			return 1;
	return 0;
}

int gitguard_add(char **list, const char *path)
{
	struct buf text = BUF_INIT;
	char *out;

	if (gitguard_has(*list, path))
		return 0;
	if (*list)
		buf_addstr(&text, *list);
	buf_addstr(&text, path);
	buf_addstr(&text, "//");
	out = buf_take(&text);
	if (!out)
		return -ENOMEM;
	free(*list);
	*list = out;
	return 0;
}

int gitguard_hides(const struct gitguard *g, const char *origin)
{
	if (g->seen && !strcasecmp(path_base(origin), ".git") &&
	    !gitguard_has(g->seen, origin))
		return 1;
	return gitguard_has(g->hidden, origin);
}
