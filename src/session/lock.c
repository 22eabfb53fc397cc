/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/place.h"
#include "session/session.h"
#include "session/upgrade.h"
#include "util/io.h"
#include "util/mounts.h"
#include "util/procstat.h"

/*
 * The lock is an open file description lock on the file "lock": the daemon
 * inherits it over fork, it goes when the last descriptor closes, however that
 * process ends, and F_OFD_GETLK can ask for it without taking it. The file's
 * text ("PID\nMOUNTPOINT\n") means something only while the lock is held.
 */
#define LOCK_FILE "lock"
#define LOCK_TEXT_MAX (64 * 1024)

/*
 * umount(2) returns before the daemon knows of it, and one that was killed keeps
 * the lock until it is gone: it is given two seconds.
 */
#define LEAVE_STEP_US 10000
#define LEAVE_STEPS 200

static int open_lock(const struct session *s, int flags)
{
	int dir = s->fd, fd;

	if (dir < 0)
		dir = open(s->dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fd = openat(dir, LOCK_FILE, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	fd = fd < 0 ? -errno : fd;
	if (dir != s->fd)
		close(dir);
	return fd;
}

static int read_text(const struct session *s, struct buf *out)
{
	int fd = open_lock(s, O_RDONLY), ret;

	if (fd < 0)
		return fd;
	ret = io_read_all(fd, LOCK_TEXT_MAX, out);
	close(fd);
	return ret;
}

static int write_text(int fd, const char *mountpoint, struct err *err)
{
	struct buf text = BUF_INIT;
	int ret;

	buf_addf(&text, "%ld\n%s\n", (long)getpid(), mountpoint);
	ret = buf_oom(&text) ? -ENOMEM : 0;
	if (!ret && ftruncate(fd, 0))
		ret = -errno;
	if (!ret)
		ret = io_pwrite_full(fd, text.ptr, text.len, 0);
	if (ret)
		err_errno(err, ret, "lock of the session");
	buf_release(&text);
	return ret;
}

static char *named_mountpoint(const struct session *s)
{
	struct buf text = BUF_INIT;
	char *nl, *out = NULL;

	if (!read_text(s, &text)) {
		nl = strchr(text.ptr, '\n');
		if (nl && nl[1] == '/' && text.ptr[text.len - 1] == '\n') {
			buf_cut(&text, text.len - 1);
			out = strdup(nl + 1);
		}
	}
	buf_release(&text);
	return out;
}

/* 1 where another open file has the lock; what cannot be asked counts as that. */
static int is_held(const struct session *s)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd, held;

	fd = open_lock(s, O_RDWR);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return 1;
	held = fcntl(fd, F_OFD_GETLK, &whole) || whole.l_type != F_UNLCK;
	close(fd);
	return held;
}

/*
 * Is the process that the lock names on its way out? It has SIGKILL pending, or
 * is past that and has not yet closed its files.
 */
static int is_dying(const struct session *s)
{
	struct buf text = BUF_INIT;
	struct procstat p = { 0 };

	if (!read_text(s, &text))
		procstat_read((pid_t)atol(text.ptr), &p);
	buf_release(&text);
	return p.flags & PROCSTAT_EXITING ||
	       p.pending & 1UL << (SIGKILL - 1) ||
	       p.state == 'Z' || p.state == 'X';
}

/* Its holder names a mount point at which there is no view, or is dying. */
static int is_leaving(const struct session *s)
{
	char *at = named_mountpoint(s);
	int leaving = at && (!mounts_has(at, MOUNTS_VIEW) || is_dying(s));

	free(at);
	return leaving;
}

void session_await_leaving(const struct session *s)
{
	for (int i = 0; i < LEAVE_STEPS && is_held(s) && is_leaving(s); i++)
		usleep(LEAVE_STEP_US);
}

int session_is_mounted(const struct session *s)
{
	return s->lock_fd < 0 && is_held(s);
}

static int refuse_busy(const struct session *s, struct err *err)
{
	const char *what = session_label(s);
	char *mountpoint = session_mountpoint(s);
	struct buf text = BUF_INIT;

	if (read_text(s, &text))
		buf_clear(&text);
	if (mountpoint)
		err_set(err, -EBUSY, "session %s is mounted at %s; unmount it "
			"first: scrim umount %s", what, mountpoint, mountpoint);
	else
		err_set(err, -EBUSY, "session %s is in use by process %.*s; "
			"wait for it to end", what,
			(int)strcspn(text.ptr, "\n"), text.ptr);
	free(mountpoint);
	buf_release(&text);
	return -EBUSY;
}

int session_lock(struct session *s, struct err *err)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct err why = ERR_INIT;
	int fd, ret;

	if (s->lock_fd >= 0)
		return 0;
	fd = open_lock(s, O_RDWR | O_CREAT);
	if (fd < 0)
		return err_errno(err, fd, "lock of session %s", s->id);
	if (fcntl(fd, F_OFD_SETLK, &whole)) {
		ret = errno == EAGAIN || errno == EACCES ? refuse_busy(s, err) :
		      err_errno(err, -errno, "lock of session %s", s->id);
		close(fd);
		return ret;
	}
	ret = write_text(fd, "", &why);
	/* it is locked without our number, too: there must be a way to look */
	if (ret && ret != -ENOSPC && ret != -EDQUOT) {
		close(fd);
		return err_set(err, ret, "%s", why.msg);
	}
	s->lock_fd = fd;
	ret = session_upgrade(s, err);
	if (ret)
		io_close(&s->lock_fd);
	return ret;
}

char *session_mountpoint(const struct session *s)
{
	if (s->lock_fd < 0 && !session_is_mounted(s))
		return NULL;
	return named_mountpoint(s);
}

char *session_last_mountpoint(const struct session *s)
{
	return session_is_mounted(s) ? NULL : named_mountpoint(s);
}

int session_set_mountpoint(struct session *s, const char *path, struct err *err)
{
	if (s->lock_fd < 0)
		return err_set(err, -ENOLCK, "session %s is not locked", s->id);
	return write_text(s->lock_fd, path ? path : "", err);
}
