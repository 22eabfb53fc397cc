/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/commit_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"

#define MARK "committing"

static int hold(int state, int flags, int *fd)
{
	int r;

	*fd = openat(state, MARK, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags,
		     0600);
	if (*fd < 0)
		return -errno;
	if (!flock(*fd, LOCK_EX | LOCK_NB))
		return 0;
	r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	io_close(fd);
	return r;
}

/* 1 where the file holds what git was to be told, or the beginning of it. */
static int is_ours(const char *lock, const char *id)
{
	struct buf has = BUF_INIT;
	struct stat st;
	int fd, ours = 0;

	fd = open(lock, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    !io_read_all(fd, strlen(id), &has))
		ours = !memcmp(has.ptr, id, has.len);
	close(fd);
	buf_release(&has);
	return ours;
}

/* The mark: the lock's content, with its newline, and then the lock's path. */
static int take_away(int fd)
{
	struct buf mark = BUF_INIT;
	char *end;
	int r = io_read_all(fd, PATH_MAX + 128, &mark), taken = 0;

	end = r ? NULL : strchr(mark.ptr, '\n');
	if (end && end[1] == '/') {
		char *id = strndup(mark.ptr, (size_t)(end - mark.ptr) + 1);

		taken = id && is_ours(end + 1, id) && !unlink(end + 1);
		free(id);
	}
	buf_release(&mark);
	if (!r && ftruncate(fd, 0))
		r = -errno;
	return r ? r : taken;
}

int commit_recover(int state)
{
	int fd, r = hold(state, 0, &fd);

	if (r)
		return 0;
	r = take_away(fd);
	close(fd);
	return r > 0;
}

int commit_mark_set(int state, const char *lock, const char *id, int *fd,
		    struct err *err)
{
	struct buf mark = BUF_INIT;
	int r = hold(state, O_CREAT, fd);

	if (r == -EBUSY)
		return err_set(err, r, "another commit of the session is being"
			       " made; try again when it is done");
	if (!r)
		r = take_away(*fd);
	buf_addf(&mark, "%s%s", id, lock);
	if (r >= 0)
		r = buf_oom(&mark) ? -ENOMEM :
		    io_pwrite_full(*fd, mark.ptr, mark.len, 0);
	buf_release(&mark);
	if (!r && fdatasync(*fd))
		r = -errno;
	if (!r)
		return 0;
	io_close(fd);
	return err_errno(err, r, "the session's directory");
}

void commit_mark_clear(int *fd)
{
	/* no harm in one that stays: it tells of a lock that is not there */
	int r = *fd < 0 ? 0 : ftruncate(*fd, 0);

	(void)r;
	io_close(fd);
}
