/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/conflicts.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/out.h"
#include "session/session.h"
#include "util/io.h"

void conflicts_write(const struct session *s, const struct conflict *at,
		     size_t n)
{
	int dir;

	io_remove_tree(s->fd, "conflicts");
	if (!n)
		return;
	mkdirat(s->fd, "conflicts", 0700);
	dir = openat(s->fd, "conflicts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%zu", i + 1);
		if (dir < 0 || io_replace(dir, name, at[i].text->ptr,
					  at[i].text->len, 0600))
			out_warn("%s: the merge with conflict markers cannot be"
				 " written", at[i].path);
		else
			out_warn("%s: with conflict markers as %s/conflicts/%s",
				 at[i].path, s->dir, name);
	}
	io_close(&dir);
}
