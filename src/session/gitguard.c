/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/gitguard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"

void gitguard_release(struct gitguard *g)
{
	free(g->seen);
	free(g->hidden);
	free(g->made);
	free(g->objects);
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

/* The name of a loose object's file. */
static int is_object(const char *name)
{
	return strspn(name, "0123456789abcdef") == 38 && !name[38];
}

int gitguard_hides(const struct gitguard *g, const char *origin)
{
	if (g->seen && !strcasecmp(path_base(origin), ".git") &&
	    !gitguard_has(g->seen, origin))
		return 1;
	if (g->objects && is_object(path_base(origin)) &&
	    gitguard_has(g->objects, origin))
		return 1;
	return gitguard_has(g->hidden, origin);
}

int gitguard_load_objects(struct gitguard *g, int session_fd)
{
	struct buf text = BUF_INIT;
	int r;

	r = io_read_file(session_fd, GITGUARD_OBJECTS, GITGUARD_OBJECTS_MAX,
			 &text);
	if (!r) {
		free(g->objects);
		g->objects = buf_take(&text);
		r = g->objects ? 0 : -ENOMEM;
	}
	buf_release(&text);
	return r == -ENOENT ? 0 : r;
}

int gitguard_save_objects(const struct gitguard *g, int session_fd)
{
	if (g->objects)
		return io_replace(session_fd, GITGUARD_OBJECTS, g->objects,
				  strlen(g->objects), 0600);
	if (unlinkat(session_fd, GITGUARD_OBJECTS, 0) && errno != ENOENT)
		return -errno;
	return 0;
}
