/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/leftover.h"
#include "session/restore.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/io.h"

int check_add(struct check *c, const char *part, const char *path,
	      const char *fmt, ...)
{
	struct check_problem *at = reallocarray(c->at, c->n + 1, sizeof(*at));
	va_list ap;
	int n;

	if (!at)
		return -ENOMEM;
	c->at = at;
	at = &at[c->n];
	*at = (struct check_problem){ part, NULL, path ? strdup(path) : NULL };
	va_start(ap, fmt);
	n = vasprintf(&at->what, fmt, ap);
	va_end(ap);
	if (n < 0 || (path && !at->path)) {
		free(at->path);
		return -ENOMEM;
	}
	c->n++;
	return 0;
}

int check_has(const struct check *c, const struct check_problem *p)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct check_problem *q = &c->at[i];

		if (!strcmp(p->part, q->part) && !strcmp(p->what, q->what) &&
		    !strcmp(p->path ? p->path : "", q->path ? q->path : ""))
			return 1;
	}
	return 0;
}

void check_release(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->at[i].what);
		free(c->at[i].path);
	}
	free(c->at);
	*c = (struct check)CHECK_INIT;
}

/* Calls fn with the directory of each finished snapshot. */
static int each_snapshot(const struct session *s,
			 int (*fn)(void *payload, int fd, const char *name),
			 void *payload)
{
	struct snapshot_list l;
	int r = snapshot_list(s, &l, NULL), fd;

	if (r)
		return r;
	for (size_t i = 0; i < l.n && !r; i++) {
		r = snapshot_dir(s, l.at[i].name, &fd);
		if (r == -EINVAL || r == -ENOENT)
			r = 0;
		else if (!r) {
			r = fn(payload, fd, l.at[i].name);
			close(fd);
		}
	}
	snapshot_list_release(&l);
	return r;
}

static int look_at_snapshot(void *payload, int fd, const char *name)
{
	struct check *c = payload;
	struct stat st;
	uint64_t cut;

	c->snapshots++;
	if (fstatat(fd, "log", &st, AT_SYMLINK_NOFOLLOW))
		return check_add(c, "snapshot", name, "it has no log");
	return check_state(c, fd, name, 1, &cut);
}

static int add_leftover(void *payload, const char *path)
{
	return check_add(payload, "leftover", path, "left over by a command "
			 "that was killed");
}

static int look_for_strangers(struct check *c, int session_fd)
{
	int fd = openat(session_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;
	int r = 0;

	if (!d) {
		r = -errno;
		io_close(&fd);
		return r;
	}
	while (!r && (de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, "..") &&
		    !leftover_is_known(de->d_name))
			r = check_add(c, "stranger", de->d_name, "no file of a "
				      "session; it is left alone");
	closedir(d);
	return r;
}

int check_look(struct check *c, const struct session *s, int locked,
	       struct err *err)
{
	uint64_t cut;
	int r = 0;

	if (locked && restore_is_pending(s->fd))
		r = check_add(c, "restore", NULL, "a restore was cut short");
	if (!r)
		r = check_state(c, s->fd, NULL, locked, &cut);
	if (!r && locked)
		r = leftover_each(s->fd, add_leftover, c);
	if (!r && locked)
		r = look_for_strangers(c, s->fd);
	if (!r)
		r = each_snapshot(s, look_at_snapshot, c);
	return r ? err_errno(err, r, "session %s", s->id) : 0;
}

/* One without a log was never finished. */
static int repair_snapshot(void *payload, int fd, const char *name)
{
	const struct session *s = payload;
	struct stat st;

	if (fstatat(fd, "log", &st, AT_SYMLINK_NOFOLLOW))
		return snapshot_remove(s, name, NULL);
	return check_state_repair(fd);
}

int check_repair(const struct session *s, struct err *err)
{
	int r = restore_finish(s->fd, err);

	if (r)
		return r;
	leftover_sweep(s->fd, 1);
	r = check_state_repair(s->fd);
	if (!r)
		r = each_snapshot(s, repair_snapshot, (void *)s);
	return r ? err_errno(err, r, "session %s cannot be repaired", s->id) : 0;
}
