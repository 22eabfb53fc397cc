/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/mount.h"
#include "fs/users.h"
#include "session/session.h"
#include "util/io.h"
#include "util/mounts.h"
#include "util/path.h"

extern char **environ;

/* Does a session still name this mount point as its own? */
static int still_held(const char *path, const char *state_dir)
{
	struct session_list list = { NULL, 0 };
	int held = 0;

	if (session_list(state_dir, &list, NULL))
		return 0;
	for (size_t i = 0; i < list.n && !held; i++) {
		char *at = session_mountpoint(list.at[i]);

		held = at && !strcmp(at, path);
		free(at);
	}
	session_list_release(&list);
	return held;
}

/* Starts fusermount3 with its stderr in a pipe. */
static int spawn_fusermount(const char *path, int lazy, pid_t *pid, int *fd)
{
	char *argv[] = { (char *)"fusermount3", (char *)(lazy ? "-uz" : "-u"),
			 (char *)"--", (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	r = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (r)
		close(ends[0]);
	*fd = r ? -1 : ends[0];
	return -r;
}

static int say_who(const char *path, struct err *err)
{
	struct buf who = BUF_INIT;
	unsigned n = users_of(path, &who);

	if (n && !buf_oom(&who))
		err_set(err, -EBUSY, "%s is still in use by %s; end %s, or "
			"give --lazy", path, who.ptr, n > 1 ? "them" : "it");
	else
		err_set(err, -EBUSY, "%s is still in use; end what runs in it,"
			" or give --lazy", path);
	buf_release(&who);
	return -EBUSY;
}

static int run_fusermount(const char *path, int lazy, struct err *err)
{
	char said[512];
	int status, fd = -1, r;
	ssize_t n;
	pid_t pid;

	r = spawn_fusermount(path, lazy, &pid, &fd);
	if (r)
		return err_errno(err, r, "cannot run fusermount3; install "
				 "the package fuse3");
	n = io_read_full(fd, said, sizeof(said) - 1);
	close(fd);
	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (!*said || strstr(said, strerror(EBUSY)))
		return -EBUSY;
	return err_set(err, -EIO, "cannot unmount %s: %s", path, said);
}

/* -EBUSY without a word: by whom it is in use takes a look at all processes. */
static int unmount(const char *path, int lazy, struct err *err)
{
	if (!umount2(path, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)))
		return 0;
	if (errno == EPERM)
		return run_fusermount(path, lazy, err);
	if (errno == EBUSY)
		return -EBUSY;
	return err_errno(err, -errno, "cannot unmount %s", path);
}

/* What only passes by (a statfs of all mounts) is not a use. */
#define BUSY_STEPS 100

#define WAIT_STEP_US 10000
#define WAIT_STEPS 500

/*
 * The daemon holds a lock on what it was mounted over until it ends, and one on
 * its session: that is enough where the mount point may not be read.
 */
static void wait_for_daemon(const char *path, const char *state_dir)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < WAIT_STEPS; i++) {
		if ((fd < 0 || !flock(fd, LOCK_EX | LOCK_NB)) &&
		    !still_held(path, state_dir))
			break;
		usleep(WAIT_STEP_US);
	}
	io_close(&fd);
}

int mount_stop(const char *path, const char *state_dir, int lazy,
	       struct err *err)
{
	struct err why = ERR_INIT;
	int r;

	if (!mount_is_view(path))
		return err_set(err, -EINVAL, "%s is no mounted view; scrim "
			       "list shows those there are", path);
	r = unmount(path, lazy, &why);
	for (int i = 0; r == -EBUSY && i < BUSY_STEPS; i++) {
		usleep(WAIT_STEP_US);
		why = (struct err)ERR_INIT;
		r = unmount(path, lazy, &why);
	}
	if (r == -EBUSY)
		return say_who(path, err);
	if (r)
		return err_set(err, r, "%s", why.msg);
	if (!lazy)
		wait_for_daemon(path, state_dir);
	return 0;
}

int mount_is_view(const char *path)
{
	return mounts_has(path, MOUNTS_VIEW);
}

/* Attributes may come from the kernel's cache; this asks the daemon. */
static int is_dead(const char *path)
{
	struct statvfs st;

	return mount_is_view(path) && statvfs(path, &st) &&
	       (errno == ENOTCONN || errno == ECONNABORTED ||
		errno == ECANCELED);
}

void mount_clean(const char *state_dir,
		 void (*tell)(const struct session *s, const char *path))
{
	struct session_list list = { NULL, 0 };

	if (!mounts_has(NULL, MOUNTS_VIEW) || session_list(state_dir, &list, NULL))
		return;
	for (size_t i = 0; i < list.n; i++) {
		char *at;

		session_await_leaving(list.at[i]);
		at = session_last_mountpoint(list.at[i]);
		if (at && is_dead(at) && !unmount(at, 1, NULL))
			tell(list.at[i], at);
		free(at);
	}
	session_list_release(&list);
}
