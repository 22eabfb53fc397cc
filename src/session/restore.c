/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/gitguard.h"
#include "session/leftover.h"
#include "session/meta.h"
#include "session/session.h"
#include "session/shown.h"
#include "session/snapshot.h"
#include "util/io.h"

#define MARK "restoring"

/* Calls fn for each entry of the directory; a negative return ends it. */
static int each_entry(int dirfd, const char *name,
		      int (*fn)(void *payload, int fd, const char *entry),
		      void *payload)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			O_CLOEXEC), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		r = -errno;
		io_close(&fd);
		return r;
	}
	while (!r && (errno = 0, de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			r = fn(payload, fd, de->d_name);
	if (!r && errno)
		r = -errno;
	closedir(d);
	return r;
}

/* ---- list ---- */

static int add_size(void *payload, int fd, const char *entry)
{
	struct snapshot *s = payload;
	struct stat st;

	if (!fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW)) {
		s->bytes += st.st_size;
		s->files++;
	}
	return 0;
}

static int add_sizes(void *payload, int fd, const char *entry)
{
	return each_entry(fd, entry, add_size, payload);
}

static int add_snapshot(void *payload, int fd, const char *entry)
{
	struct snapshot_list *l = payload;
	struct snapshot *at;
	struct stat st;
	int dir, r;

	if (entry[0] == '.' || !strncmp(entry, LEFTOVER_SEAL,
					strlen(LEFTOVER_SEAL)))
		return 0;
	at = reallocarray(l->at, l->n + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	l->at = at;
	at = &at[l->n];
	*at = (struct snapshot){ .name = strdup(entry) };
	if (!at->name)
		return -ENOMEM;
	l->n++;
	dir = openat(fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		     O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = fstatat(dir, "log", &st, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
	at->when = r ? 0 : st.st_mtime;
	each_entry(dir, "data", add_sizes, at);
	close(dir);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct snapshot *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return strcmp(x->name, y->name);
}

int snapshot_list(const struct session *s, struct snapshot_list *out,
		  struct err *err)
{
	int r;

	*out = (struct snapshot_list){ NULL, 0 };
	r = each_entry(s->fd, "snap", add_snapshot, out);
	if (r == -ENOENT)
		r = 0;
	if (r) {
		snapshot_list_release(out);
		return err_errno(err, r, "snapshots");
	}
	if (out->n)
		qsort(out->at, out->n, sizeof(*out->at), by_time);
	return 0;
}

void snapshot_list_release(struct snapshot_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].name);
	free(l->at);
	*l = (struct snapshot_list){ NULL, 0 };
}

/* ---- content files and logs from one directory to another ---- */

static int copy_file(int from, const char *name, int to, const char *as)
{
	int src, dst, r;

	src = openat(from, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (src < 0)
		return -errno;
	dst = openat(to, as, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW |
		     O_CLOEXEC, 0600);
	r = dst < 0 ? -errno : io_copy(src, dst);
	if (!r && fsync(dst))
		r = -errno;
	io_close(&dst);
	close(src);
	return r;
}

static int share_file(void *payload, int fd, const char *entry)
{
	int to = *(int *)payload;

	if (!linkat(fd, entry, to, entry, 0))
		return 0;
	if (errno != EMLINK && errno != EPERM && errno != EOPNOTSUPP &&
	    errno != EXDEV)
		return -errno;
	return copy_file(fd, entry, to, entry);
}

/* One of the directories of content files. */
static int share_dir(void *payload, int fd, const char *entry)
{
	int to = *(int *)payload, dir, r;

	if (mkdirat(to, entry, 0700))
		return -errno;
	dir = openat(to, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = each_entry(fd, entry, share_file, &dir);
	if (!r)
		r = io_sync_dir(dir);
	close(dir);
	return r;
}

static int share_data(int from, int to)
{
	int data, r;

	r = io_remove_tree(to, "data");
	if (r && r != -ENOENT)
		return r;
	if (mkdirat(to, "data", 0700))
		return -errno;
	data = openat(to, "data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data < 0)
		return -errno;
	r = each_entry(from, "data", share_dir, &data);
	if (!r)
		r = io_sync_dir(data);
	close(data);
	return r;
}

static int replace_log(int from, int to)
{
	int r = copy_file(from, "log", to, "log.new");

	if (!r && renameat(to, "log.new", to, "log"))
		r = -errno;
	return r ? r : io_sync_dir(to);
}

/* ---- restore ---- */

int restore_is_pending(int session_fd)
{
	return !faccessat(session_fd, MARK, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int open_snapshot(int session_fd, const char *name, int *fd)
{
	struct session s = { .fd = session_fd };

	return snapshot_dir(&s, name, fd);
}

int restore_finish(int session_fd, struct err *err)
{
	struct buf name = BUF_INIT;
	int fd = -1, r;

	r = io_read_file(session_fd, MARK, 4096, &name);
	if (r == -ENOENT)
		return 0;
	if (!r)
		r = open_snapshot(session_fd, name.ptr, &fd);
	if (!r)
		r = share_data(fd, session_fd);
	if (!r)
		r = replace_log(fd, session_fd);
	if (!r && unlinkat(session_fd, MARK, 0))
		r = -errno;
	if (!r)
		r = io_sync_dir(session_fd);
	io_close(&fd);
	buf_release(&name);
	return r ? err_errno(err, r, "cannot finish a restore that was cut "
			     "short; free room on the disk and try again") : 0;
}

int restore_begin(const struct session *s, const char *name, struct err *err)
{
	int fd, r;

	r = open_snapshot(s->fd, name, &fd);
	if (r)
		return err_errno(err, r, "snapshot %s", name);
	close(fd);
	r = io_replace(s->fd, MARK, name, strlen(name), 0600);
	if (r)
		return err_errno(err, r, "cannot begin to restore");
	return restore_finish(s->fd, err);
}

/* ---- fork ---- */

/* What else of the session goes with its state; may be missing. */
static int copy_companions(int from, int to)
{
	static const char *const names[] = { GITGUARD_OBJECTS,
					     GITGUARD_BASES, SHOWN_FILE };
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(names) / sizeof(names[0]); i++) {
		r = copy_file(from, names[i], to, names[i]);
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

/* The new session sees by the same options and masks with the same key. */
static int take_meta(struct session *n, const struct session *s,
		     struct err *err)
{
	struct session *d;
	int fd = fcntl(n->fd, F_DUPFD_CLOEXEC, 3), r;

	if (fd < 0)
		return err_errno(err, -errno, "session");
	r = session_derive(&d, s, fd);
	if (r) {
		close(fd);
		return err_errno(err, r, "session");
	}
	free(d->name);
	d->name = n->name;
	d->created = n->created;
	d->created_nsec = n->created_nsec;
	r = meta_write(d, err);
	d->name = NULL;
	session_close(d);
	return r;
}

static int fill_fork(struct session *n, const struct session *s, int snap,
		     struct err *err)
{
	int r;

	r = share_data(snap, n->fd);
	if (!r)
		r = copy_file(snap, "base", n->fd, "base");
	if (!r)
		r = copy_companions(s->fd, n->fd);
	if (!r)
		r = replace_log(snap, n->fd);
	return r ? err_errno(err, r, "cannot fill the new session")
		 : take_meta(n, s, err);
}

int session_fork(struct session **out, const struct session *s,
		 const char *snapshot, const char *state_dir, const char *name,
		 struct err *err)
{
	struct session *n = NULL;
	int snap, r;

	r = open_snapshot(s->fd, snapshot, &snap);
	if (r)
		return err_errno(err, r, "snapshot %s", snapshot);
	r = session_create(&n, state_dir, s->workspace, name, err);
	if (!r)
		r = fill_fork(n, s, snap, err);
	close(snap);
	if (r && n) {
		session_destroy(n, NULL);
		session_close(n);
		return r;
	}
	*out = n;
	return r;
}
