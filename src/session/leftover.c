/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "session/shown.h"
#include "util/io.h"

#define SNAP "snap"

static int starts(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

/* ".NAME.0123456789abcdef", as io_replace makes it. */
static int is_replacement(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] == '.' && dot > name && strlen(dot) == 17 &&
	       strspn(dot + 1, "0123456789abcdef") == 16;
}

static int is_file(const char *name)
{
	return !strcmp(name, "log.new") || !strcmp(name, "rewrite") ||
	       is_replacement(name);
}

static int is_top(const char *name)
{
	return is_file(name) || !strcmp(name, "git") ||
	       starts(name, "agent-git");
}

static int is_sealed(const char *name)
{
	return starts(name, LEFTOVER_SEAL);
}

static int is_snapshot(const char *name)
{
	return is_sealed(name) || starts(name, LEFTOVER_NEW);
}

int leftover_is_known(const char *name)
{
	static const char *const names[] = {
		"audit.jsonl", "base", "choices", "committing", "conflicts",
		"ctl", "data", "edit.diff", "git-bases", "git-objects", "home",
		"lock", "log", "log.damaged", "meta.ini", "restoring",
		"reviewing", SHOWN_FILE, SNAP, "undo",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return 1;
	return is_top(name);
}

/* Entries of fd, which it takes over, for which is() holds. */
static int each(int fd, int (*is)(const char *name), const char *prefix,
		leftover_fn fn, void *payload)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char path[600];
	struct dirent *de;
	int r = 0;

	if (!d) {
		r = errno == ENOENT ? 0 : -errno;
		io_close(&fd);
		return r;
	}
	while (!r && (de = readdir(d))) {
		if (!is(de->d_name))
			continue;
		snprintf(path, sizeof(path), "%s%s", prefix, de->d_name);
		r = fn(payload, path);
	}
	closedir(d);
	return r;
}

static int open_dir(int fd, const char *name)
{
	return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		      O_CLOEXEC);
}

int leftover_each(int session_fd, leftover_fn fn, void *payload)
{
	int r = each(open_dir(session_fd, "."), is_top, "", fn, payload);

	return r ? r : each(open_dir(session_fd, SNAP), is_snapshot, SNAP "/",
			    fn, payload);
}

/* A review that is open reads a sealed snapshot without the session's lock. */
static int is_in_use(int snap, const char *name)
{
	int fd = open_dir(snap, name), used;

	used = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	io_close(&fd);
	return used;
}

static int remove_it(void *payload, const char *path)
{
	int dir = *(int *)payload;

	if (starts(path, SNAP "/")) {
		dir = open_dir(dir, SNAP);
		if (dir < 0)
			return 0;
		if (!is_in_use(dir, path + strlen(SNAP "/")))
			io_remove_tree(dir, path + strlen(SNAP "/"));
		close(dir);
		return 0;
	}
	io_remove_tree(dir, path);
	return 0;
}

void leftover_sweep(int session_fd, int trees)
{
	each(open_dir(session_fd, "."), trees ? is_top : is_file, "", remove_it,
	     &session_fd);
	each(open_dir(session_fd, SNAP), is_snapshot, SNAP "/", remove_it,
	     &session_fd);
}

void leftover_sweep_sealed(int session_fd)
{
	each(open_dir(session_fd, SNAP), is_sealed, SNAP "/", remove_it,
	     &session_fd);
}
