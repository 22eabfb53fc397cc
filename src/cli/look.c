/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/out.h"
#include "review/ignored.h"
#include "session/session.h"
#include "util/io.h"
#include "util/json.h"

int changes_look(struct changes *c)
{
	int r;

	c->similar = calloc(c->list.n + 1, sizeof(*c->similar));
	c->ignored = calloc(c->list.n + 1, 1);
	if (!c->similar || !c->ignored)
		return -ENOMEM;
	if (!c->list.n)
		return 0;
	r = similar_find(&c->source, &c->list, c->consumed, c->similar);
	return r ? r : ignored_mark(c->use.session->workspace, &c->list,
				    c->ignored);
}

int changes_is_old_name(const struct changes *c, size_t i)
{
	return c->similar && c->similar[i].other != SIMILAR_NONE &&
	       c->list.at[i].kind == DELTA_DELETE;
}

json_t *changes_similar_json(const struct changes *c, size_t i)
{
	json_t *o = json_object();

	jout_name(o, "path", c->list.at[c->similar[i].other].path);
	json_object_set_new(o, "score", json_integer(c->similar[i].score));
	return o;
}

static int is_in_workspace(const struct changes *c, const char *path)
{
	int fd, r = io_open_beneath(c->where.ws, path, O_PATH | O_NOFOLLOW, 0,
				    &fd);

	if (!r)
		close(fd);
	return !r;
}

int changes_unknown(const struct changes *c, char **argv,
		    const struct strlist *paths)
{
	int unknown = 0;

	for (size_t k = 0; k < paths->n; k++) {
		size_t i = 0;

		while (i < c->list.n &&
		       !delta_is_below(&c->list.at[i], paths->at[k]))
			i++;
		if (i < c->list.n || !*paths->at[k] ||
		    is_in_workspace(c, paths->at[k]))
			continue;
		out_fail("%s: no change of this session", argv[k]);
		unknown++;
	}
	return unknown;
}
