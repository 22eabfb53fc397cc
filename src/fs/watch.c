/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fs/fs.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "fs/watch.h"
#include "util/io.h"
#include "session/below.h"

#define MASK (IN_ATTRIB | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY | \
	      IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO | IN_EXCL_UNLINK | \
	      IN_ONLYDIR | IN_DONT_FOLLOW)

struct dir_watch {
	struct dir_watch *next;
	int wd;
	uint64_t id;		/* of the node */
};

/* One invalidation that is to be repeated. */
struct again {
	struct again *next;
	int64_t due_ms;
	uint64_t dir_id;
	uint32_t mask;
	char name[];		/* "" for the directory itself */
};

struct watch {
	struct fs *fs;
	int fd, stop_fd;
	pthread_t thread;
	pthread_mutex_t lock;
	struct dir_watch **at;	/* by wd */
	size_t mask, n;
	int full;
	struct again *first, **last;	/* of the thread alone */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct dir_watch **slot_of(struct watch *w, int wd)
{
	struct dir_watch **slot = &w->at[(unsigned)wd & w->mask];

	while (*slot && (*slot)->wd != wd)
		slot = &(*slot)->next;
	return slot;
}

static void grow(struct watch *w)
{
	size_t size = w->mask + 1;
	struct dir_watch **at, *d;

	if (w->n < size || !(at = calloc(size * 2, sizeof(*at))))
		return;
	for (size_t i = 0; i < size; i++) {
		while ((d = w->at[i])) {
			struct dir_watch **to;

			w->at[i] = d->next;
			to = &at[(unsigned)d->wd & (size * 2 - 1)];
			d->next = *to;
			*to = d;
		}
	}
	free(w->at);
	w->at = at;
	w->mask = size * 2 - 1;
}

/* Remembers that wd is of the node; a second watch on one directory moves. */
static int remember(struct watch *w, int wd, uint64_t id)
{
	struct dir_watch **slot, *d;
	int r = 0;

	pthread_mutex_lock(&w->lock);
	grow(w);
	slot = slot_of(w, wd);
	if (*slot) {
		(*slot)->id = id;
		goto out;
	}
	d = calloc(1, sizeof(*d));
	if (!d) {
		r = -ENOMEM;
		goto out;
	}
	d->wd = wd;
	d->id = id;
	*slot = d;
	w->n++;
out:
	pthread_mutex_unlock(&w->lock);
	return r;
}

static uint64_t id_of(struct watch *w, int wd)
{
	struct dir_watch *d;
	uint64_t id;

	pthread_mutex_lock(&w->lock);
	d = *slot_of(w, wd);
	id = d ? d->id : 0;
	pthread_mutex_unlock(&w->lock);
	return id;
}

static void forget(struct watch *w, int wd)
{
	struct dir_watch **slot, *d;

	pthread_mutex_lock(&w->lock);
	slot = slot_of(w, wd);
	d = *slot;
	if (d) {
		*slot = d->next;
		w->n--;
		free(d);
	}
	pthread_mutex_unlock(&w->lock);
}

void watch_dir(struct watch *w, struct node *dir)
{
	char path[64];
	int fd, wd;

	if (!w || w->full || layer_is_watched(w->fs->layer, dir))
		return;
	if (layer_lower_dir(w->fs->layer, dir, &fd))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fd);
	wd = inotify_add_watch(w->fd, path, MASK);
	if (wd < 0)
		w->full = errno == ENOSPC || errno == ENOMEM;
	else if (remember(w, wd, node_id(dir)))
		inotify_rm_watch(w->fd, wd);
	else
		layer_set_watched(w->fs->layer, dir, 1);
	close(fd);
}

unsigned watch_count(struct watch *w, int *full)
{
	unsigned n;

	if (!w) {
		*full = 1;
		return 0;
	}
	pthread_mutex_lock(&w->lock);
	n = (unsigned)w->n;
	*full = w->full;
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* ---- telling the kernel ---- */

static void tell_child(struct fs *fs, struct node *dir, const char *name,
		       uint32_t mask)
{
	struct node *n = layer_cached(fs->layer, dir, name);

	if (mask & ~(uint32_t)(IN_MODIFY | IN_ATTRIB))
		fuse_lowlevel_notify_inval_entry(fs->se, node_id(dir), name,
						 strlen(name));
	if (!n)
		return;
	if (node_is_dir(n) && mask & (IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
				      IN_CREATE))
		layer_moved_below(fs->layer, n);
	fuse_lowlevel_notify_inval_inode(fs->se, node_id(n), 0, 0);
	layer_forget(fs->layer, n, 1);
}

static void tell(struct fs *fs, uint64_t id, const char *name, uint32_t mask)
{
	struct node *dir = layer_get(fs->layer, id);

	if (!dir)
		return;
	if (mask & (IN_DELETE_SELF | IN_MOVE_SELF))
		layer_moved_below(fs->layer, dir);
	if (*name)
		tell_child(fs, dir, name, mask);
	if (!*name || mask & ~(uint32_t)(IN_MODIFY | IN_ATTRIB))
		fuse_lowlevel_notify_inval_inode(fs->se, id, 0, 0);
	layer_forget(fs->layer, dir, 1);
}

/* The last of those to be repeated is the same: it need not be there twice. */
static void repeat_later(struct watch *w, uint64_t id, const char *name,
			 uint32_t mask)
{
	struct again *a;

	for (a = w->first; a; a = a->next) {
		if (a->dir_id == id && !strcmp(a->name, name)) {
			a->mask |= mask;
			return;
		}
	}
	a = calloc(1, sizeof(*a) + strlen(name) + 1);
	if (!a)
		return;
	a->due_ms = now_ms() + WATCH_AGAIN_MS;
	a->dir_id = id;
	a->mask = mask;
	memcpy(a->name, name, strlen(name));
	*w->last = a;
	w->last = &a->next;
}

static void drop_first(struct watch *w)
{
	struct again *a = w->first;

	w->first = a->next;
	if (!w->first)
		w->last = &w->first;
	free(a);
}

static void repeat_due(struct watch *w)
{
	int64_t t = now_ms();

	while (w->first && w->first->due_ms <= t) {
		tell(w->fs, w->first->dir_id, w->first->name, w->first->mask);
		drop_first(w);
	}
}

/* Events were lost: nothing that the kernel keeps can be trusted. */
static void tell_all(struct watch *w)
{
	struct fs *fs = w->fs;
	struct cached_name *names;
	size_t n;

#ifdef HAVE_FUSE_NOTIFY_EPOCH
	fuse_lowlevel_notify_increment_epoch(fs->se);
#endif
	if (layer_cached_names(fs->layer, &names, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		fuse_lowlevel_notify_inval_entry(fs->se, names[i].dir_id,
						 names[i].name,
						 strlen(names[i].name));
		fuse_lowlevel_notify_inval_inode(fs->se, names[i].id, 0, 0);
		fuse_lowlevel_notify_inval_inode(fs->se, names[i].dir_id, 0,
						 0);
		free(names[i].name);
	}
	free(names);
}

static void on_event(struct watch *w, const struct inotify_event *e)
{
	const char *name = e->len ? e->name : "";
	uint64_t id;

	if (e->mask & IN_Q_OVERFLOW) {
		tell_all(w);
		return;
	}
	id = id_of(w, e->wd);
	if (!id)
		return;
	if (e->mask & (IN_IGNORED | IN_UNMOUNT)) {
		struct node *dir = layer_get(w->fs->layer, id);

		forget(w, e->wd);
		if (dir) {
			layer_set_watched(w->fs->layer, dir, 0);
			layer_forget(w->fs->layer, dir, 1);
		}
	}
	tell(w->fs, id, name, e->mask);
	repeat_later(w, id, name, e->mask);
}

static void read_events(struct watch *w)
{
	char buf[16384] __attribute__((aligned(8)));
	ssize_t len = read(w->fd, buf, sizeof(buf));

	for (char *p = buf; len > 0 && p < buf + len;) {
		const struct inotify_event *e = (void *)p;

		on_event(w, e);
		p += sizeof(*e) + e->len;
	}
}

static int wait_ms(const struct watch *w)
{
	int64_t left;

	if (!w->first)
		return -1;
	left = w->first->due_ms - now_ms();
	return left < 0 ? 0 : (int)left;
}

static void *run(void *arg)
{
	struct watch *w = arg;
	struct pollfd fds[2] = {
		{ .fd = w->fd, .events = POLLIN },
		{ .fd = w->stop_fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, wait_ms(w)) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		if (fds[0].revents & POLLIN)
			read_events(w);
		repeat_due(w);
	}
	return NULL;
}

struct watch *watch_start(struct fs *fs)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fs = fs;
	w->mask = 255;
	w->last = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	w->at = calloc(w->mask + 1, sizeof(*w->at));
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (!w->at || w->fd < 0 || w->stop_fd < 0 ||
	    pthread_create(&w->thread, NULL, run, w)) {
		io_close(&w->fd);
		io_close(&w->stop_fd);
		free(w->at);
		free(w);
		return NULL;
	}
	return w;
}

void watch_stop(struct watch *w)
{
	uint64_t one = 1;

	if (!w)
		return;
	if (write(w->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(w->thread, NULL);
	while (w->first)
		drop_first(w);
	for (size_t i = 0; i <= w->mask; i++) {
		while (w->at[i]) {
			struct dir_watch *d = w->at[i];

			w->at[i] = d->next;
			free(d);
		}
	}
	io_close(&w->fd);
	io_close(&w->stop_fd);
	pthread_mutex_destroy(&w->lock);
	free(w->at);
	free(w);
}
