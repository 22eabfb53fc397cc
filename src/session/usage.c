/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "session/session.h"
#include "util/io.h"
#include "util/walk.h"

/* The lock and the socket are touched by whoever looks. */
static int is_content(const char *path)
{
	return strcmp(path, "lock") && strcmp(path, "ctl");
}

static int add(void *payload, const struct walk_entry *e)
{
	struct usage *u = payload;
	nlink_t names = e->st.st_nlink;

	if (e->error)
		return WALK_GO;
	if (S_ISDIR(e->st.st_mode))
		names = 1;
	u->bytes += (uint64_t)e->st.st_blocks * 512 / (names ? names : 1);
	if (S_ISREG(e->st.st_mode) && is_content(e->path) &&
	    e->st.st_mtime > u->last)
		u->last = e->st.st_mtime;
	return WALK_GO;
}

int usage_of(const struct session *s, struct usage *out, struct err *err)
{
	int fd = s->fd, r;

	*out = (struct usage){ 0, s->created };
	if (fd < 0)
		fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			  O_CLOEXEC);
	r = fd < 0 ? -errno : walk_tree(fd, add, out);
	if (fd != s->fd)
		io_close(&fd);
	return r ? err_errno(err, r, "session %s", s->id) : 0;
}
