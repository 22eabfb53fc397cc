/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitdir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitconf.h"
#include "review/gitview.h"
#include "util/io.h"
#include "util/path.h"
#include "util/quiet.h"

int gitdir_has(int dirfd, const char *path)
{
	struct stat st;

	return !fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW);
}

int gitdir_read(int dirfd, const char *path, size_t limit, struct buf *out)
{
	int fd, r;

	buf_clear(out);
	r = quiet_open_beneath(dirfd, path, O_NONBLOCK | O_NOCTTY, &fd);
	return r ? r : io_read_regular(fd, limit, out);
}

static void trim(struct buf *b)
{
	while (b->len && isspace((unsigned char)b->ptr[b->len - 1]))
		buf_cut(b, b->len - 1);
}

static int is_same_object(int a, int fd_b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(fd_b, &sb) &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* 1 if path, taken from the directory at, is the object that fd is open on. */
static int leads_to(int at, const char *path, int fd)
{
	int other = openat(at, path, O_PATH | O_CLOEXEC | O_NOFOLLOW), same;

	if (other < 0)
		return 0;
	same = is_same_object(other, fd);
	close(other);
	return same;
}

static int submodule_points_back(const struct gitdir *d, int tree)
{
	struct buf text = BUF_INIT;
	char *worktree = NULL;
	int same = 0;

	if (!gitdir_read(d->fd, "config", GITDIR_SMALL, &text) &&
	    !gitconf_get(text.ptr, text.len, "core", "worktree", &worktree) &&
	    worktree)
		same = leads_to(d->fd, worktree, tree);
	free(worktree);
	buf_wipe(&text);
	return same;
}

/* git writes into a worktree's own directory which .git file belongs to it. */
static int points_back(const struct gitdir *d, const struct gitview *v,
		       const char *path)
{
	struct buf text = BUF_INIT;
	int file = -1, tree = -1, same = 0;

	if (io_open_beneath(v->workspace_fd, path, O_PATH, 0, &file) ||
	    io_open_parent(v->workspace_fd, path, &tree))
		goto out;
	if (!gitdir_read(d->fd, "gitdir", PATH_MAX, &text)) {
		trim(&text);
		same = leads_to(d->fd, text.ptr, file);
	} else {
		same = submodule_points_back(d, tree);
	}
out:
	io_close(&file);
	io_close(&tree);
	buf_release(&text);
	return same;
}

static int is_in_workspace(const struct gitview *v, int fd)
{
	char link[64], path[PATH_MAX];
	size_t n = strlen(v->root);
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return 0;
	path[len] = '\0';
	return !strncmp(path, v->root, n) && (path[n] == '/' || !path[n]);
}

static int open_common(struct gitdir *d, const struct gitview *v,
		       const struct gitview_repo *repo, struct err *err)
{
	struct buf text = BUF_INIT;
	int r;

	r = gitdir_read(d->fd, "commondir", PATH_MAX, &text);
	if (r == -ENOENT) {
		r = io_open_beneath(d->fd, "", O_RDONLY | O_DIRECTORY, 0,
				    &d->common);
		goto out;
	}
	if (r)
		goto out;
	d->linked = 1;
	trim(&text);
	d->common = openat(d->fd, text.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->common < 0)
		r = -errno;
	else if (!repo->outside && !is_in_workspace(v, d->common))
		r = -EPERM;
out:
	buf_release(&text);
	return r ? err_errno(err, r, "its commondir cannot be used") : 0;
}

static int open_pointer(struct gitdir *d, const struct gitview *v,
			const struct gitview_repo *repo, struct err *err)
{
	if (!repo->outside)
		return io_open_beneath(v->workspace_fd, repo->gitdir ?
				       repo->gitdir : repo->path,
				       O_RDONLY | O_DIRECTORY, 0, &d->fd);
	d->fd = open(repo->outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return -errno;
	if (!points_back(d, v, repo->path))
		return err_set(err, -EPERM, "it points out of the workspace "
			       "to a place that does not point back");
	return 0;
}

static int check_setting(void *payload, const char *section, const char *sub,
			 const char *key, const char *value)
{
	static const char *const known[] = {
		"worktreeconfig", "noop", "preciousobjects", "partialclone",
		"relativeworktrees", NULL
	};
	struct err *err = payload;

	if (strcmp(section, "extensions"))
		return 0;
	for (int i = 0; known[i]; i++)
		if (!strcmp(key, known[i]))
			return 0;
	if (!strcmp(key, "objectformat") && value && !strcasecmp(value, "sha1"))
		return 0;
	if (!strcmp(key, "refstorage") && value && !strcasecmp(value, "files"))
		return 0;
	return err_set(err, -ENOTSUP, "a repository with extensions.%s is not "
		       "supported", key);
}

static int add_config(struct gitdir *d, int dirfd, const char *name)
{
	struct buf text = BUF_INIT;
	int r = gitdir_read(dirfd, name, GITDIR_SMALL, &text);

	if (!r) {
		buf_add(&d->config, text.ptr, text.len);
		buf_addch(&d->config, '\n');
	}
	buf_wipe(&text);
	return r == -ENOENT ? 0 : r;
}

static int read_config(struct gitdir *d, struct err *err)
{
	char *own = NULL;
	int r;

	r = add_config(d, d->common, "config");
	if (!r)
		r = gitconf_get(d->config.ptr, d->config.len, "extensions",
				"worktreeconfig", &own);
	if (!r && own && strcasecmp(own, "false"))
		r = add_config(d, d->fd, "config.worktree");
	free(own);
	if (!r && buf_oom(&d->config))
		r = -ENOMEM;
	if (r)
		return err_errno(err, r, "its configuration cannot be read");
	r = gitconf_parse(d->config.ptr, d->config.len, check_setting, err);
	return r == -EINVAL ? err_set(err, r, "its configuration is damaged")
			    : r;
}

static int borrows(int objects)
{
	return gitdir_has(objects, "info/alternates") ||
	       gitdir_has(objects, "info/http-alternates");
}

int gitdir_open(struct gitdir *d, const struct gitview *v,
		const struct gitview_repo *repo, struct err *err)
{
	struct err why = ERR_INIT;
	int r;

	*d = (struct gitdir){ .fd = -1, .common = -1, .objects = -1,
			      .config = BUF_INIT };
	if (repo->kind == GITVIEW_LINK)
		return err_set(err, -ENOTSUP, ".git is neither a directory "
			       "nor a file");
	r = open_pointer(d, v, repo, &why);
	if (!r)
		r = open_common(d, v, repo, &why);
	if (!r && d->linked && repo->kind != GITVIEW_FILE)
		r = err_set(&why, -EPERM, "its commondir points elsewhere");
	if (!r)
		r = io_open_beneath(d->common, "objects",
				    O_RDONLY | O_DIRECTORY, 0, &d->objects);
	if (!r && (!gitdir_has(d->fd, "HEAD") ||
		   !gitdir_has(d->common, "refs")))
		r = -ENOENT;
	if (!r)
		r = read_config(d, &why);
	if (!r && borrows(d->objects))
		r = err_set(&why, -EPERM, "it borrows objects from another "
			    "repository (git repack -a -d makes it whole)");
	if (!r)
		return 0;
	return why.code ? err_set(err, r, "%s", why.msg) :
	       err_errno(err, r, "it is not a repository that can be read");
}

void gitdir_release(struct gitdir *d)
{
	io_close(&d->fd);
	io_close(&d->common);
	io_close(&d->objects);
	buf_wipe(&d->config);
}
