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
#include "session/change.h"

#define MASK (IN_ATTRIB | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY | \
	      IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO | IN_EXCL_UNLINK | \
	      IN_ONLYDIR | IN_DONT_FOLLOW)

#define FIRST_SIZE 256

struct dir_watch {
	struct dir_watch *next, *id_next;
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
	struct dir_watch **at, **ids;	/* by wd, and by id */
	size_t mask, n;
	atomic_int full;
	struct again *first, **last;	/* of the thread alone */
	unsigned n_again;
	int again_all;			/* too many: all at once, later */
	int64_t all_due_ms;
};

/* So many are compared with each new one; beyond it all is told instead. */
#define AGAIN_MAX 256

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

static struct dir_watch **id_slot_of(struct watch *w, uint64_t id)
{
	struct dir_watch **slot = &w->ids[id & w->mask];

	while (*slot && (*slot)->id != id)
		slot = &(*slot)->id_next;
	return slot;
}

static void chain(struct watch *w, struct dir_watch *d)
{
	struct dir_watch **slot = &w->at[(unsigned)d->wd & w->mask];

	d->next = *slot;
	*slot = d;
	slot = &w->ids[d->id & w->mask];
	d->id_next = *slot;
	*slot = d;
}

/* Fits the tables to how many watches there are. */
static void fit(struct watch *w)
{
	struct dir_watch **at = w->at, **ids = w->ids, *d;
	size_t size = w->mask + 1, want = size;

	if (w->n >= size)
		want = size * 2;
	else if (size > 4 * FIRST_SIZE && w->n < size / 8)
		want = size / 4;
	if (want == size)
		return;
	w->at = calloc(want, sizeof(*at));
	w->ids = calloc(want, sizeof(*ids));
	if (!w->at || !w->ids) {
		free(w->at);
		free(w->ids);
		w->at = at;
		w->ids = ids;
		return;
	}
	w->mask = want - 1;
	for (size_t i = 0; i < size; i++) {
		while ((d = at[i])) {
			at[i] = d->next;
			chain(w, d);
		}
	}
	free(at);
	free(ids);
}

static void drop_locked(struct watch *w, struct dir_watch *d)
{
	*slot_of(w, d->wd) = d->next;
	*id_slot_of(w, d->id) = d->id_next;
	w->n--;
	free(d);
	fit(w);
}

/* Remembers that wd is of the node; a second watch on one directory moves. */
static int remember_locked(struct watch *w, int wd, uint64_t id)
{
	struct dir_watch *d = *slot_of(w, wd);

	if (d)
		drop_locked(w, d);
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->wd = wd;
	d->id = id;
	chain(w, d);
	w->n++;
	fit(w);
	return 0;
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
	struct dir_watch *d;

	pthread_mutex_lock(&w->lock);
	d = *slot_of(w, wd);
	if (d)
		drop_locked(w, d);
	pthread_mutex_unlock(&w->lock);
}

/* With the layer's lock held: the node is on its way out. */
static void unwatch(void *payload, uint64_t id)
{
	struct watch *w = payload;
	struct dir_watch *d;

	pthread_mutex_lock(&w->lock);
	d = *id_slot_of(w, id);
	if (d) {
		inotify_rm_watch(w->fd, d->wd);
		drop_locked(w, d);
		w->full = 0;
	}
	pthread_mutex_unlock(&w->lock);
}

/* One lock over both, lest another thread removes what was just added. */
static int add_watch(struct watch *w, const char *path, uint64_t id)
{
	int wd, r;

	pthread_mutex_lock(&w->lock);
	wd = inotify_add_watch(w->fd, path, MASK);
	r = wd < 0 ? -errno : remember_locked(w, wd, id);
	if (r && wd >= 0)
		inotify_rm_watch(w->fd, wd);
	if (r == -ENOSPC || r == -ENOMEM)
		w->full = 1;
	pthread_mutex_unlock(&w->lock);
	return r;
}

void watch_dir(struct watch *w, struct node *dir)
{
	char path[64];
	int fd;

	if (!w || w->full || layer_is_watched(w->fs->layer, dir))
		return;
	if (layer_lower_dir(w->fs->layer, dir, &fd))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fd);
	if (!add_watch(w, path, node_id(dir)))
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

	if (mask & ~(uint32_t)(IN_MODIFY | IN_ATTRIB) ||
	    (n && layer_is_settling(fs->layer, n)))
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
	/* that the kernel asks again would tell of it, by the time it takes */
	if (*name && layer_hides(fs->layer, dir, name)) {
		layer_forget(fs->layer, dir, 1);
		return;
	}
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
	if (w->n_again >= AGAIN_MAX) {
		w->again_all = 1;
		w->all_due_ms = now_ms() + WATCH_AGAIN_MS;
		return;
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
	w->n_again++;
}

static void drop_first(struct watch *w)
{
	struct again *a = w->first;

	w->first = a->next;
	if (!w->first)
		w->last = &w->first;
	w->n_again--;
	free(a);
}

void watch_tell_all(struct fs *fs)
{
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

static void repeat_due(struct watch *w)
{
	int64_t t = now_ms();

	while (w->first && w->first->due_ms <= t) {
		tell(w->fs, w->first->dir_id, w->first->name, w->first->mask);
		drop_first(w);
	}
	if (w->again_all && w->all_due_ms <= t) {
		w->again_all = 0;
		watch_tell_all(w->fs);
	}
}

static void on_event(struct watch *w, const struct inotify_event *e)
{
	const char *name = e->len ? e->name : "";
	uint64_t id;

	if (e->mask & IN_Q_OVERFLOW) {
		watch_tell_all(w->fs);
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
	int64_t due, left;

	if (!w->first && !w->again_all)
		return -1;
	due = w->first ? w->first->due_ms : w->all_due_ms;
	left = due - now_ms();
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
	w->mask = FIRST_SIZE - 1;
	w->last = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	w->at = calloc(FIRST_SIZE, sizeof(*w->at));
	w->ids = calloc(FIRST_SIZE, sizeof(*w->ids));
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (!w->at || !w->ids || w->fd < 0 || w->stop_fd < 0 ||
	    pthread_create(&w->thread, NULL, run, w)) {
		io_close(&w->fd);
		io_close(&w->stop_fd);
		free(w->at);
		free(w->ids);
		free(w);
		return NULL;
	}
	layer_on_unwatch(fs->layer, unwatch, w);
	return w;
}

void watch_stop(struct watch *w)
{
	uint64_t one = 1;

	if (!w)
		return;
	layer_on_unwatch(w->fs->layer, NULL, NULL);
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
	free(w->ids);
	free(w);
}
