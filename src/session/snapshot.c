/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "session/internal.h"
#include "session/leftover.h"
#include "session/session.h"
#include "session/state.h"
#include "util/io.h"

#define NAME_LEN 64

static int check_name(const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (!len || len > NAME_LEN || name[0] == '.' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789._-") != len)
		return err_set(err, -EINVAL, "a snapshot's name is of 1 to %d "
			       "letters, digits, '.', '_' and '-'", NAME_LEN);
	return 0;
}

static int open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens the directory snap/NAME. */
static int open_snap(int session_fd, const char *name, int *fd)
{
	int snap = open_dir(session_fd, "snap"), r = 0;

	if (snap < 0)
		return -errno;
	*fd = open_dir(snap, name);
	if (*fd < 0)
		r = -errno;
	close(snap);
	return r;
}

/* A snapshot on its way: it gets its name when it is whole. */
struct making {
	int snap, fd;
	char temp[NAME_LEN + sizeof(LEFTOVER_NEW)];
};

static int make_temp(struct making *m, int session_fd, const char *name)
{
	int r, tries = 0;

	m->fd = m->snap = -1;
	snprintf(m->temp, sizeof(m->temp), LEFTOVER_NEW "%s", name);
	/* whoever removes the last one removes snap */
	do {
		io_close(&m->snap);
		if (mkdirat(session_fd, "snap", 0700) && errno != EEXIST)
			return -errno;
		m->snap = open_dir(session_fd, "snap");
		if (m->snap >= 0 && !faccessat(m->snap, name, F_OK,
					       AT_SYMLINK_NOFOLLOW))
			return -EEXIST;
		r = m->snap < 0 || mkdirat(m->snap, m->temp, 0700) ? -errno : 0;
	} while (r == -ENOENT && ++tries < 100);
	if (r)
		return r;
	m->fd = open_dir(m->snap, m->temp);
	return m->fd < 0 ? -errno : 0;
}

/*
 * What it shares was perhaps not on the disk yet. A sealed one is for the command
 * that asked for it, and need not outlive the machine.
 */
static int give_name(struct making *m, const char *name)
{
	if (strncmp(name, LEFTOVER_SEAL, strlen(LEFTOVER_SEAL)) &&
	    syncfs(m->fd))
		return -errno;
	if (renameat(m->snap, m->temp, m->snap, name))
		return -errno;
	return io_sync_dir(m->snap);
}

static int share_by_copy(struct layer *l, uint64_t nid, struct store *to)
{
	int from = -1, dst = -1, r;

	r = store_data_open(&l->store, nid, O_RDONLY, &from);
	if (!r)
		r = store_data_open(to, nid, O_RDWR | O_CREAT | O_EXCL, &dst);
	if (!r)
		r = io_copy(from, dst);
	io_close(&from);
	io_close(&dst);
	return r;
}

static int share_content(struct layer *l, struct store *to)
{
	struct node_table *t = &l->tree.by_nid;
	int r = 0;

	for (size_t i = 0; i <= t->mask && !r; i++) {
		for (struct node *n = t->at[i]; n && !r; n = n->up->nid_next) {
			if (!(n->flags & NODE_DATA) || !n->up->nlink)
				continue;
			r = store_data_link(&l->store, n->up->nid, to);
			if (r == -EMLINK || r == -EPERM || r == -EOPNOTSUPP)
				r = share_by_copy(l, n->up->nid, to);
		}
	}
	return r;
}

/* It only ever grows, and a snapshot's is only read. */
static int share_base(struct layer *l, int fd)
{
	int from = l->store.basefd, to, r;

	if (!linkat(l->store.dirfd, "base", fd, "base", 0))
		return 0;
	to = openat(fd, "base", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = io_copy(from, to);
	close(to);
	return r;
}

static int fill_locked(struct layer *l, int fd, struct err *err)
{
	struct store to;
	int r;

	r = share_base(l, fd);
	if (!r)
		r = store_open(&to, fd, 1, err);
	if (r)
		return r;
	r = share_content(l, &to);
	if (!r)
		r = state_write(l, &to);
	if (!r)
		r = store_sync(&to);
	store_close(&to);
	if (!r)
		l->epoch++;
	return r;
}

int layer_snapshot(struct layer *l, const char *name, struct err *err)
{
	struct making m;
	int r, made;

	r = check_name(name, err);
	if (r)
		return r;
	r = make_temp(&m, l->store.dirfd, name);
	made = m.fd >= 0;
	if (!r) {
		pthread_rwlock_wrlock(&l->gate);
		pthread_mutex_lock(&l->lock);
		r = fill_locked(l, m.fd, err);
		pthread_mutex_unlock(&l->lock);
		pthread_rwlock_unlock(&l->gate);
	}
	if (!r)
		r = give_name(&m, name);
	if (r && made)
		io_remove_tree(m.snap, m.temp);
	io_close(&m.fd);
	io_close(&m.snap);
	return r ? err_errno(err, r, "snapshot %s", name) : 0;
}

int snapshot_dir(const struct session *s, const char *name, int *fd)
{
	int r = check_name(name, NULL);

	return r ? r : open_snap(s->fd, name, fd);
}

int snapshot_open(struct session **out, const struct session *s,
		  const char *name, struct err *err)
{
	struct session *snap;
	int fd, r;

	r = check_name(name, err);
	if (r)
		return r;
	r = open_snap(s->fd, name, &fd);
	if (r)
		return err_errno(err, r, "snapshot %s", name);
	r = session_derive(&snap, s, fd);
	if (r) {
		close(fd);
		return err_errno(err, r, "snapshot %s", name);
	}
	*out = snap;
	return 0;
}

int snapshot_hold(const struct session *snap)
{
	return flock(snap->fd, LOCK_SH | LOCK_NB) ? -errno : 0;
}

int layer_seal(struct layer *l, const char *name, struct session **sealed,
	       struct err *err)
{
	struct session *snap = NULL;
	int r = layer_snapshot(l, name, err);

	if (r)
		return r;
	r = snapshot_open(&snap, l->session, name, err);
	if (!r)
		r = snapshot_hold(snap);
	if (!r) {
		audit_close(l->audit);
		l->audit = NULL;
		l->readonly = 1;
		store_close(&l->store);
		r = store_open(&l->store, snap->fd, 0, err);
	}
	if (r)
		session_close(snap);
	else
		*sealed = snap;
	return r ? err_errno(err, r, "sealing the session") : 0;
}

int snapshot_remove(const struct session *s, const char *name,
		    struct err *err)
{
	int snap, r;

	r = check_name(name, err);
	if (r)
		return r;
	snap = openat(s->fd, "snap", O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		      O_CLOEXEC);
	r = snap < 0 ? -errno : io_remove_tree(snap, name);
	io_close(&snap);
	/* with the last of them; else it is not empty, and stays */
	unlinkat(s->fd, "snap", AT_REMOVEDIR);
	return r ? err_errno(err, r, "snapshot %s", name) : 0;
}

/* What the agent had put onto the disk stays there; of an earlier mount, all. */
static int may_be_synced(struct layer *l, const struct node *n)
{
	return n->up->nid < l->first_nid ||
	       layer_flags_of(l, n) & NODE_PROMISED;
}

/* The content goes to a new file, which takes the name of the shared one. */
static int part(struct layer *l, struct node *n)
{
	struct stat st;
	int from = -1, r;

	r = store_data_open(&l->store, n->up->nid, O_RDONLY, &from);
	/* the name is there all the same */
	if (r == -ENOENT)
		r = -EIO;
	if (!r && fstat(from, &st))
		r = -errno;
	if (!r && st.st_nlink > 1) {
		r = store_data_replace(&l->store, n->up->nid, from, &st,
				       may_be_synced(l, n));
		handle_drop(&l->handles, n);
	}
	io_close(&from);
	return r;
}

int snapshot_part(struct layer *l, struct node *n)
{
	int r = 0;

	pthread_mutex_lock(&l->lock);
	while (n->flags & NODE_BUSY)
		pthread_cond_wait(&l->copied, &l->lock);
	if (n->up->epoch == l->epoch) {
		pthread_mutex_unlock(&l->lock);
		return 0;
	}
	n->flags |= NODE_BUSY;
	pthread_mutex_unlock(&l->lock);
	r = part(l, n);
	pthread_mutex_lock(&l->lock);
	if (!r) {
		n->up->epoch = l->epoch;
		/* the name is of another file now */
		n->flags &= ~(uint32_t)NODE_SYNCED;
	}
	n->flags &= ~(uint32_t)NODE_BUSY;
	pthread_cond_broadcast(&l->copied);
	pthread_mutex_unlock(&l->lock);
	return r;
}
