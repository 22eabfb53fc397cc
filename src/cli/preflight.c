/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/preflight.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "fs/mount.h"
#include "session/place.h"
#include "util/io.h"
#include "util/path.h"

static int open_dir(const char *what, const char *path, char **real, int *fd,
		    struct err *err)
{
	int ret = path_real(path, real);

	if (!ret) {
		*fd = open(*real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = *fd < 0 ? -errno : 0;
	}
	if (!ret)
		return 0;
	if (ret == -ENOTCONN)
		return err_set(err, ret, "%s %s: the daemon of a view that was "
			       "mounted here is gone; scrim umount %s", what,
			       path, path);
	return err_errno(err, ret, "%s %s", what, path);
}

/* The mounted view that is path or an ancestor of it; a heap string. */
static char *view_above(const char *path)
{
	char *at = strdup(path), *slash;

	while (at && *at) {
		if (mount_is_view(at))
			return at;
		slash = strrchr(at, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(at);
	return NULL;
}

int preflight_workspace(const char *path, char **real, struct err *err)
{
	char *view = NULL, *found = NULL;
	int fd = -1, ret;

	ret = open_dir("workspace", path, &found, &fd, err);
	if (ret)
		goto out;
	view = view_above(found);
	if (view) {
		ret = err_set(err, -EINVAL, "%s lies inside the view mounted at "
			      "%s; a view is no workspace", found, view);
		goto out;
	}
	*real = found;
	found = NULL;
out:
	io_close(&fd);
	free(view);
	free(found);
	return ret;
}

/* -ENOTEMPTY where there is an entry in it. */
static int check_empty(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), ret = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d) {
		ret = -errno;
		io_close(&copy);
		return ret;
	}
	while (!ret && (errno = 0, e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			ret = -ENOTEMPTY;
	if (!ret)
		ret = -errno;
	closedir(d);
	return ret;
}

/* Does one of the two directories hold the other? */
static int check_apart(const char *mnt, int mntfd, const char *workspace,
		       struct err *err)
{
	int wsfd = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat ws, at;
	int ret;

	if (wsfd < 0 || fstat(wsfd, &ws) || fstat(mntfd, &at)) {
		ret = place_no_workspace(workspace, -errno, err);
		goto out;
	}
	ret = place_is_inside(mntfd, &ws);
	if (ret > 0) {
		ret = err_set(err, -EINVAL, "mount point %s lies inside the "
			      "workspace %s; choose one outside of it", mnt,
			      workspace);
		goto out;
	}
	if (!ret)
		ret = place_is_inside(wsfd, &at);
	if (ret > 0)
		ret = err_set(err, -EINVAL, "the workspace %s lies inside the "
			      "mount point %s; choose another", workspace, mnt);
	else if (ret < 0)
		err_errno(err, ret, "mount point %s", mnt);
out:
	io_close(&wsfd);
	return ret;
}

static int check_mountpoint(const char *mnt, int fd, const char *workspace,
			    struct err *err)
{
	int ret;

	if (mount_is_view(mnt))
		return err_set(err, -EBUSY, "a view is mounted at %s; unmount "
			       "it first: scrim umount %s", mnt, mnt);
	ret = check_apart(mnt, fd, workspace, err);
	if (ret)
		return ret;
	ret = check_empty(fd);
	if (ret == -ENOTEMPTY)
		return err_set(err, ret, "mount point %s is not empty; choose "
			       "an empty directory", mnt);
	return ret ? err_errno(err, ret, "mount point %s", mnt) : 0;
}

int preflight_mountpoint(const char *path, const char *workspace, char **real,
			 struct err *err)
{
	char *found = NULL;
	int fd = -1, ret;

	ret = open_dir("mount point", path, &found, &fd, err);
	if (ret == -ENOENT)
		ret = err_set(err, ret, "mount point %s does not exist; make it "
			      "first: mkdir %s", path, path);
	if (!ret)
		ret = check_mountpoint(found, fd, workspace, err);
	if (!ret) {
		*real = found;
		found = NULL;
	}
	io_close(&fd);
	free(found);
	return ret;
}

int preflight_fuse(struct err *err)
{
	static const struct {
		const char *name;
		void (*look)(struct finding *f);
	} needed[] = {
		{ "/dev/fuse", doctor_fuse_device },
		{ "fusermount3", doctor_fusermount },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		struct finding f = { DOCTOR_OK, "", "" };

		needed[i].look(&f);
		if (f.state == DOCTOR_MISSING)
			return err_set(err, -ENODEV, "no view without %s: %s; "
				       "as root: %s", needed[i].name, f.what,
				       f.fix);
	}
	return 0;
}

static int has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word))) {
		int begins = at == words || (at[-1] == ',' &&
			     (at - words < 2 || at[-2] != '\\'));

		if (begins && (at[len] == ',' || !at[len]))
			return 1;
		at += len;
	}
	return 0;
}

int preflight_options(const char *words, struct err *err)
{
	static const char *const others[] = { "allow_other", "allow_root" };
	struct finding f = { DOCTOR_OK, "", "" };

	doctor_allow_other(&f);
	for (size_t i = 0; i < 2 && words && *f.fix; i++)
		if (has_word(words, others[i]))
			return err_set(err, -EPERM, "-o %s is for root alone "
				       "here; leave it out, or as root: %s",
				       others[i], f.fix);
	return 0;
}

int preflight_real_mountpoint(const char *path, char **real)
{
	struct buf copy = BUF_INIT;
	char *parent = NULL, *base;
	int ret;

	if (!path_real(path, real))
		return 0;
	buf_addstr(&copy, path);
	while (copy.len > 1 && copy.ptr[copy.len - 1] == '/')
		buf_cut(&copy, copy.len - 1);
	base = strrchr(copy.ptr, '/');
	if (base)
		*base++ = '\0';
	ret = path_real(!base ? "." : *copy.ptr ? copy.ptr : "/", &parent);
	if (!ret && asprintf(real, "%s/%s", strcmp(parent, "/") ? parent : "",
			     base ? base : copy.ptr) < 0)
		ret = -ENOMEM;
	free(parent);
	buf_release(&copy);
	return ret;
}
