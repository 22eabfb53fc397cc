/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "session/session.h"
#include "util/io.h"
#include "util/path.h"

#define NAME_LEN_MAX 64
#define STALE_SECONDS (24 * 60 * 60)

static const char id_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

int place_is_id(const char *s)
{
	return strlen(s) == SESSION_ID_LEN &&
	       strspn(s, id_chars) == SESSION_ID_LEN;
}

int place_is_name(const char *s)
{
	size_t len = strlen(s);

	return len && len <= NAME_LEN_MAX && strspn(s, name_chars) == len &&
	       *s != '.' && *s != '-';
}

void place_make_id(char *out)
{
	size_t n = sizeof(id_chars) - 1;
	unsigned char c;

	for (int i = 0; i < SESSION_ID_LEN;) {
		io_random(&c, 1);
		/* so that all characters are equally likely */
		if (c < 256 / n * n)
			out[i++] = id_chars[c % n];
	}
	out[SESSION_ID_LEN] = '\0';
}

int session_state_dir(const char *state_dir, char **out, struct err *err)
{
	int ret;

	if (state_dir) {
		*out = *state_dir ? strdup(state_dir) : NULL;
		if (!*state_dir)
			return err_set(err, -EINVAL,
				       "the state directory has no name");
		return *out ? 0 : err_errno(err, -ENOMEM, "state directory");
	}
	ret = path_user(PATH_STATE, "sessions", out);
	if (ret)
		return err_set(err, -EINVAL, "no place for sessions: set HOME or "
			       "XDG_STATE_HOME, or use --state-dir");
	return 0;
}

static int check_place(const char *path, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_errno(err, -errno, "%s", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, -EPERM, "state directory %s belongs to "
			       "another user; use --state-dir", path);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return err_set(err, -EPERM, "others may write in state "
			       "directory %s; chmod go-w it, or use --state-dir",
			       path);
	return 0;
}

/*
 * The path of fd without symlinks. One that leads into another mount namespace,
 * through /proc, has none: it stays as given.
 */
static int real_path_of(int fd, const char *given, char **out)
{
	struct stat st, found;
	int ret = path_real(given, out);

	if (!ret && !fstat(fd, &st) && !stat(*out, &found) &&
	    st.st_dev == found.st_dev && st.st_ino == found.st_ino)
		return 0;
	if (ret && ret != -ENOENT)
		return ret;
	free(*out);
	*out = strdup(given);
	return *out ? 0 : -ENOMEM;
}

int place_open(const char *state_dir, int flags, char **path, int *fd,
	       struct err *err)
{
	char *given = NULL, *real = NULL;
	int d = -1, ret;

	ret = session_state_dir(state_dir, &given, err);
	if (ret)
		goto out;
	if (flags & PLACE_CREATE)
		ret = io_mkdirs(given, 0700);
	if (!ret) {
		d = open(given, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = d < 0 ? -errno : real_path_of(d, given, &real);
	}
	if (ret) {
		err_errno(err, ret, "state directory %s (--state-dir chooses "
			  "another)", given);
		goto out;
	}
	ret = check_place(real, d, err);
	if (ret)
		goto out;
	*path = real;
	*fd = d;
	real = NULL;
	d = -1;
out:
	free(given);
	free(real);
	io_close(&d);
	return ret;
}

unsigned place_missing(const char *state_dir)
{
	unsigned n = 0;
	char *path, *end;

	if (session_state_dir(state_dir, &path, NULL))
		return 0;
	while (access(path, F_OK) && errno == ENOENT) {
		n++;
		end = strrchr(path, '/');
		if (!end || end == path)
			break;
		*end = '\0';
	}
	free(path);
	return n;
}

/* 1 where no session is or comes; then without the lock's file, too. */
static int is_bare(int placefd)
{
	int lockfd = -1, bare = 1, fd;
	struct dirent *de;
	DIR *d;

	if (place_lock(placefd, &lockfd, NULL))
		return 0;
	fd = openat(placefd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		io_close(&fd);
	while (d && bare && (de = readdir(d)))
		bare = !strcmp(de->d_name, ".") || !strcmp(de->d_name, "..") ||
		       !strcmp(de->d_name, PLACE_LOCK);
	if (d)
		closedir(d);
	io_close(&lockfd);
	/* after it was closed, see session_destroy */
	if (d && bare)
		unlinkat(placefd, PLACE_LOCK, 0);
	return d && bare;
}

void place_unmake(const char *path, unsigned levels)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *copy, *end;

	if (!levels || (fd >= 0 && !is_bare(fd))) {
		io_close(&fd);
		return;
	}
	io_close(&fd);
	copy = strdup(path);
	for (; copy && levels; levels--) {
		if (rmdir(copy) && errno != ENOENT)
			break;
		end = strrchr(copy, '/');
		if (!end || end == copy)
			break;
		*end = '\0';
	}
	free(copy);
}

int place_open_session(int placefd, const char *id, int *fd, struct err *err)
{
	struct stat st;
	int d, ret = 0;

	d = openat(placefd, id,
		   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d < 0 || fstat(d, &st)) {
		ret = err_errno(err, -errno, "session %s", id);
	} else if (st.st_uid != geteuid()) {
		ret = err_set(err, -EPERM, "session %s belongs to another user",
			      id);
	} else if (st.st_mode & 077) {
		ret = err_set(err, -EPERM, "session %s is open to others (mode "
			      "%04o), so it cannot be trusted", id,
			      (unsigned)st.st_mode & 07777);
	} else {
		*fd = d;
		return 0;
	}
	io_close(&d);
	return ret;
}

static int same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int place_is_inside(int fd, const struct stat *root)
{
	struct stat st, above;
	int d = fcntl(fd, F_DUPFD_CLOEXEC, 0), up, ret;

	ret = d < 0 || fstat(d, &st) ? -errno : 0;
	while (!ret) {
		ret = same_file(&st, root);
		if (ret)
			break;
		up = openat(d, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0 || fstat(up, &above)) {
			ret = -errno;
			io_close(&up);
			break;
		}
		io_close(&d);
		d = up;
		if (same_file(&above, &st))
			break;
		st = above;
	}
	io_close(&d);
	return ret;
}

int place_lock(int placefd, int *fd, struct err *err)
{
	int l = openat(placefd, PLACE_LOCK,
		       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int ret = 0;

	if (l < 0)
		return err_errno(err, -errno, "lock of the state directory");
	while (flock(l, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		ret = err_errno(err, -errno, "lock of the state directory");
		io_close(&l);
		return ret;
	}
	*fd = l;
	return 0;
}

static int is_leftover(int placefd, const char *name)
{
	struct stat st;

	if (!strncmp(name, PLACE_GONE, strlen(PLACE_GONE)))
		return 1;
	return !strncmp(name, PLACE_NEW, strlen(PLACE_NEW)) &&
	       !fstatat(placefd, name, &st, AT_SYMLINK_NOFOLLOW) &&
	       st.st_uid == geteuid() &&
	       st.st_mtime < time(NULL) - STALE_SECONDS;
}

void place_sweep(int placefd)
{
	int d = openat(placefd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = d < 0 ? NULL : fdopendir(d);
	struct dirent *e;

	if (!dir) {
		io_close(&d);
		return;
	}
	while ((e = readdir(dir)))
		if (is_leftover(placefd, e->d_name))
			io_remove_tree(placefd, e->d_name);
	closedir(dir);
}

int place_no_workspace(const char *path, int code, struct err *err)
{
	static const struct {
		int code;
		const char *what;
	} hints[] = {
		{ -ENOENT, "; mistyped, or moved since?" },
		{ -ENOTDIR, "; name a directory" },
		{ -EACCES, "; run scrim as a user who may read it" },
	};
	const char *what = "";

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].code == code)
			what = hints[i].what;
	return err_set(err, code, "workspace %s: %s%s", path, strerror(-code),
		       what);
}
