/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/gitguard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

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

/* As gitguard_has; a file system that folds case has it by other names too. */
static int has_folded(const char *list, const char *path)
{
	size_t len = strlen(path);
	const char *end;

	for (; list && (end = strstr(list, "//")); list = end + 2)
		if ((size_t)(end - list) == len &&
		    !strncasecmp(list, path, len))
			return 1;
	return 0;
}

/* The name of a loose object's file. */
static int is_object(const char *name)
{
	return strspn(name, "0123456789abcdefABCDEF") == 38 && !name[38];
}

int gitguard_hides(const struct gitguard *g, const char *origin)
{
	if (g->seen && !strcasecmp(path_base(origin), ".git") &&
	    !gitguard_has(g->seen, origin))
		return 1;
	if (g->objects && is_object(path_base(origin)) &&
	    has_folded(g->objects, origin))
		return 1;
	return has_folded(g->hidden, origin);
}

/* Below a .git that is shown everything was looked through with it. */
static int is_in_git(const char *path)
{
	for (const char *p = path; (p = strcasestr(p, ".git")); p += 4)
		if ((p == path || p[-1] == '/') && (!p[4] || p[4] == '/'))
			return 1;
	return 0;
}

static int has_all(int dirfd, const char *name, const char *const *parts)
{
	char path[NAME_MAX + 16];

	for (; *parts; parts++) {
		snprintf(path, sizeof(path), "%s/%s", name, *parts);
		if (faccessat(dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW))
			return 0;
	}
	return 1;
}

static int is_pack(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && (!strcmp(name + len - 5, ".pack") ||
			   !strncmp(name, "tmp_p", 5));
}

static int is_fan(const char *name)
{
	return strspn(name, "0123456789abcdef") == 2 && !name[2];
}

static int has_entry(int dirfd, const char *name, int (*is)(const char *))
{
	struct dirent *e = NULL;
	int fd = -1;
	DIR *d;

	/* what cannot be looked into is not shown */
	if (quiet_open_beneath(dirfd, name, O_DIRECTORY, &fd))
		return 1;
	d = fdopendir(fd);
	if (!d) {
		io_close(&fd);
		return 1;
	}
	while ((e = readdir(d)) && !is(e->d_name))
		;
	closedir(d);
	return e != NULL;
}

/* git makes both directories in each; then it holds a pack or an object. */
static int is_store(int dirfd, const char *name)
{
	static const char *const parts[] = { "pack", "info", NULL };
	char pack[NAME_MAX + 16];

	snprintf(pack, sizeof(pack), "%s/pack", name);
	return has_all(dirfd, name, parts) &&
	       (has_entry(dirfd, pack, is_pack) ||
		has_entry(dirfd, name, is_fan));
}

/* 1 where origin is in a repository that was looked through. */
static int is_in_seen(const struct gitguard *g, const char *origin)
{
	size_t len = strlen(origin);
	const char *end;

	for (const char *s = g->seen; s && (end = strstr(s, "//")); s = end + 2) {
		size_t n = (size_t)(end - s);

		if (n < len && origin[n] == '/' && !memcmp(s, origin, n))
			return 1;
	}
	return 0;
}

int gitguard_is_unknown(const struct gitguard *g, const char *origin,
			int dirfd, const char *name)
{
	static const char *const bare[] = { "HEAD", "objects", "refs", NULL };

	if (!g->seen || is_in_git(origin) || gitguard_has(g->seen, origin))
		return 0;
	return has_all(dirfd, name, bare) ||
	       (is_store(dirfd, name) && !is_in_seen(g, origin));
}

/* "objects/ab/cdef..." or "objects/pack/...", at any depth. */
static int is_in_objects(const char *path)
{
	const char *name = path_base(path), *dir;

	if (name - path < 4)
		return 0;
	dir = memrchr(path, '/', (size_t)(name - path - 1));
	dir = dir ? dir + 1 : path;
	if (dir - path < 8 || strncasecmp(dir - 8, "objects/", 8) ||
	    (dir - path > 8 && dir[-9] != '/'))
		return 0;
	return !strncasecmp(dir, "pack/", 5) || is_object(name);
}

int gitguard_is_new(const struct gitguard *g, const char *origin,
		    const struct stat *st)
{
	return g->since.tv_sec && S_ISREG(st->st_mode) &&
	       io_time_cmp(&st->st_ctim, &g->since) >= 0 &&
	       is_in_objects(origin);
}

int gitguard_may_be_new(const struct gitguard *g, const char *origin)
{
	return g->since.tv_sec && is_in_objects(origin);
}

int gitguard_is_object(const char *origin)
{
	return is_object(path_base(origin));
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

#define BASE_LEN (40 + 2 + 40 + 1)

/* Each is "REAL  MADE PATH//", so that a path can hold anything. */
static int find_base(const struct buf *text, const char *path, char real[41],
		     char made[41])
{
	const char *p = text->ptr, *end;
	size_t len = strlen(path);

	for (; (end = strstr(p, "//")); p = end + 2) {
		if (end - p != (ptrdiff_t)(BASE_LEN + len) ||
		    memcmp(p + BASE_LEN, path, len))
			continue;
		memcpy(real, p, 40);
		memcpy(made, p + 42, 40);
		real[40] = made[40] = '\0';
		return 0;
	}
	return -ENOENT;
}

int gitguard_base(int session_fd, const char *path, char real[41],
		  char made[41])
{
	struct buf text = BUF_INIT;
	int r;

	r = io_read_file(session_fd, GITGUARD_BASES, GITGUARD_OBJECTS_MAX,
			 &text);
	if (!r)
		r = find_base(&text, path, real, made);
	buf_release(&text);
	return r;
}

int gitguard_add_base(int session_fd, const char *path, const char *real,
		      const char *made)
{
	struct buf text = BUF_INIT;
	char a[41], b[41];
	int r;

	if (strlen(real) != 40 || strlen(made) != 40)
		return -EINVAL;
	r = io_read_file(session_fd, GITGUARD_BASES, GITGUARD_OBJECTS_MAX,
			 &text);
	if (r == -ENOENT)
		r = 0;
	if (!r && !find_base(&text, path, a, b))
		goto out;
	buf_addf(&text, "%s  %s %s//", real, made, path);
	if (!r)
		r = buf_oom(&text) ? -ENOMEM :
		    io_replace(session_fd, GITGUARD_BASES, text.ptr, text.len,
			       0600);
out:
	buf_release(&text);
	return r;
}
