/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/list.h"
#include "session/dirtime.h"
#include "session/links.h"
#include "session/lower.h"
#include "session/refuse.h"
#include "session/resolve.h"
#include "session/session.h"
#include "util/io.h"
#include "util/quiet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTS_MAX 32
#define COOKIE_DOT 1
#define COOKIE_DOTDOT 2
#define COOKIE_FIRST 3

struct slot {
	uint64_t cookie;
	uint64_t ino;
	uint32_t type;
	uint32_t name;		/* offset in names */
	uint8_t check;		/* enum check */
	atomic_uchar judged;	/* enum judged, of a check */
};

enum judged { JUDGED_NOT, JUDGED_SHOWN, JUDGED_HIDDEN };

/* Why only a lookup tells whether a name is shown. */
enum check {
	CHECK_FILE = 1 << 0,	/* its content, its other names */
	CHECK_GIT = 1 << 1,	/* an object of git, which may be new */
};

struct listing {
	struct listing *next;	/* in layer->lists */
	unsigned refs;		/* borrowers, and 1 for the list of them */
	struct node *dir;
	uint64_t dir_ino, up_ino;
	struct stat below;	/* of the workspace's directory when it was read */
	struct slot *at;
	size_t n, cap;
	struct buf names;
};

/* A keyed hash of the name alone: the agent cannot make two fall together. */
static uint64_t cookie_of(uint64_t key, const char *name)
{
	uint64_t h = key;

	for (; *name; name++) {
		h ^= (unsigned char)*name;
		h *= 0xff51afd7ed558ccdull;
		h ^= h >> 29;
		h += key;
	}
	h ^= h >> 32;
	h &= INT64_MAX;
	return h < COOKIE_FIRST ? h + COOKIE_FIRST : h;
}

static void listing_free(struct listing *list)
{
	free(list->at);
	buf_release(&list->names);
	free(list);
}

static int add_item(struct layer *l, struct listing *list, const char *name,
		    uint64_t ino, uint32_t type, unsigned check)
{
	struct slot *it;

	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 32;

		it = reallocarray(list->at, cap, sizeof(*it));
		if (!it)
			return -ENOMEM;
		list->at = it;
		list->cap = cap;
	}
	it = &list->at[list->n++];
	*it = (struct slot){ cookie_of(l->list_key, name), ino, type,
			     (uint32_t)list->names.len, (uint8_t)check, 0 };
	buf_add(&list->names, name, strlen(name) + 1);
	return buf_oom(&list->names) ? -ENOMEM : 0;
}

/* The entries that the session puts there. */
static int add_overrides(struct layer *l, struct listing *list)
{
	int r = 0;

	pthread_mutex_lock(&l->lock);
	for (struct dent *d = list->dir->kids; d && !r; d = d->sib_next)
		if (d->is_override && d->node)
			r = add_item(l, list, d->name, d->node->ino,
				     d->node->type, 0);
	pthread_mutex_unlock(&l->lock);
	return r;
}

static int may_be_file(const struct dirent *de)
{
	return de->d_type == DT_REG || de->d_type == DT_UNKNOWN;
}

static unsigned checks_of(struct layer *l, const struct dirent *de,
			  const struct verdict *v, const char *origin)
{
	if (v->confirm || de->d_type == DT_DIR ||
	    (may_be_file(de) && links_may_be(l, de->d_ino)))
		return CHECK_FILE;
	return gitguard_may_be_new(&l->session->gitguard, origin) ? CHECK_GIT
								  : 0;
}

/* 1 if the workspace's entry is not covered, and no rule hides its name. */
static int shows(struct layer *l, struct node *dir, const struct dirent *de,
		 struct buf *origin, unsigned *check)
{
	const char *name = de->d_name;
	struct verdict v;
	struct dent *d;
	int show;

	pthread_mutex_lock(&l->lock);
	d = dent_find(&l->tree, dir, name, strlen(name));
	show = !(d && d->is_override);
	if (show) {
		lower_policy_locked(l, dir, name, &v, origin);
		show = v.action != ACTION_HIDE || v.confirm;
		if (show)
			*check = checks_of(l, de, &v, origin->ptr);
	}
	pthread_mutex_unlock(&l->lock);
	return show;
}

/*
 * What came into a directory changed it: in one that is older than the look at
 * the repositories no name is new. To be asked after the names were read.
 */
static void drop_git_checks(struct listing *list, int fd,
			    const struct timespec *since)
{
	struct stat st;

	if (!since->tv_sec || fstat(fd, &st) ||
	    io_time_cmp(&st.st_ctim, since) >= 0)
		return;
	for (size_t i = 0; i < list->n; i++)
		list->at[i].check &= (uint8_t)~CHECK_GIT;
}

static int add_lower(struct layer *l, struct listing *list, DIR *d)
{
	struct buf origin = BUF_INIT;
	struct timespec since;
	struct dirent *de;
	unsigned check;
	int r = 0;

	pthread_mutex_lock(&l->lock);
	since = l->session->gitguard.since;
	pthread_mutex_unlock(&l->lock);
	while (!r && (errno = 0, de = readdir(d))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (shows(l, list->dir, de, &origin, &check))
			r = add_item(l, list, de->d_name, de->d_ino,
				     DTTOIF(de->d_type), check);
	}
	if (!r && errno)
		r = -errno;
	drop_git_checks(list, dirfd(d), &since);
	buf_release(&origin);
	return r;
}

static int read_lower(struct layer *l, struct listing *list)
{
	struct handle *h;
	DIR *d;
	int r;

	r = lower_dir(l, list->dir, &h);
	if (r)
		return r == -EXDEV || (r == -ESTALE && list->dir->up) ? 0 : r;
	/* a merged directory is as readable as its mode says, no more */
	r = quiet_opendir(h->fd, ".", &d);
	handle_put(&l->handles, h);
	if (r)
		return r;
	r = fstat(dirfd(d), &list->below) ? -errno : add_lower(l, list, d);
	closedir(d);
	return r;
}

static int by_cookie(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return x->cookie < y->cookie ? -1 : x->cookie > y->cookie;
}

static int read_dir(struct layer *l, struct node *dir, struct listing **out)
{
	struct listing *list = calloc(1, sizeof(*list));
	uint32_t flags;
	int r;

	if (!list)
		return -ENOMEM;
	buf_init(&list->names);
	list->refs = 1;
	list->dir = dir;
	pthread_mutex_lock(&l->lock);
	flags = dir->flags;
	list->dir_ino = dir->ino;
	list->up_ino = dir->names ? dir->names->parent->ino : dir->ino;
	pthread_mutex_unlock(&l->lock);
	r = add_overrides(l, list);
	if (!r && (flags & NODE_LOWER) && !(flags & NODE_FOREIGN))
		r = read_lower(l, list);
	if (r) {
		listing_free(list);
		return r;
	}
	if (list->n)
		qsort(list->at, list->n, sizeof(*list->at), by_cookie);
	*out = list;
	return 0;
}

static void put_list_locked(struct listing *list)
{
	if (list && !--list->refs)
		listing_free(list);
}

static struct listing *unchain(struct layer *l, struct node *dir)
{
	for (struct listing **slot = &l->lists; *slot; slot = &(*slot)->next) {
		struct listing *list = *slot;

		if (dir && list->dir != dir)
			continue;
		*slot = list->next;
		l->n_lists--;
		return list;
	}
	return NULL;
}

static void chain(struct layer *l, struct listing *list)
{
	struct listing **slot = &l->lists, *last;

	list->next = l->lists;
	l->lists = list;
	if (++l->n_lists <= LISTS_MAX)
		return;
	while ((*slot)->next)
		slot = &(*slot)->next;
	last = *slot;
	*slot = NULL;
	l->n_lists--;
	put_list_locked(last);
}

void list_forget(struct layer *l, struct node *dir)
{
	struct listing *list;

	pthread_mutex_lock(&l->list_lock);
	while ((list = unchain(l, dir)))
		put_list_locked(list);
	pthread_mutex_unlock(&l->list_lock);
}

int list_get(struct layer *l, const struct who *w, struct node *dir,
	     uint64_t from, struct listing **out)
{
	struct listing *list;
	int r;

	r = refuse_read(l, w, dir, "list");
	if (r)
		return r;
	pthread_mutex_lock(&l->list_lock);
	list = unchain(l, dir);
	if (list && !from) {
		put_list_locked(list);
		list = NULL;
	}
	if (list) {
		list->refs++;
		chain(l, list);
	}
	pthread_mutex_unlock(&l->list_lock);
	if (!list) {
		r = read_dir(l, dir, &list);
		if (r)
			return r;
		pthread_mutex_lock(&l->list_lock);
		put_list_locked(unchain(l, dir));
		list->refs++;
		chain(l, list);
		pthread_mutex_unlock(&l->list_lock);
	}
	*out = list;
	return 0;
}

static size_t first_after(const struct listing *list, uint64_t at)
{
	size_t lo = 0, hi = list->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (list->at[mid].cookie > at)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

int list_next(struct listing *list, uint64_t *at, struct list_entry *out)
{
	const struct slot *it;
	size_t i;

	if (*at < COOKIE_DOTDOT) {
		*out = (struct list_entry){ *at ? ".." : ".",
			*at ? list->up_ino : list->dir_ino, S_IFDIR, *at + 1, 0 };
		(*at)++;
		return 1;
	}
	i = first_after(list, *at);
	if (i == list->n)
		return 0;
	it = &list->at[i];
	*out = (struct list_entry){ list->names.ptr + it->name, it->ino,
				    it->type, it->cookie, it->check != 0 };
	*at = it->cookie;
	return 1;
}

void list_judged(struct listing *list, uint64_t cookie, int shown)
{
	size_t i = first_after(list, cookie - 1);

	if (i < list->n && list->at[i].cookie == cookie)
		list->at[i].judged = shown ? JUDGED_SHOWN : JUDGED_HIDDEN;
}

/* The order does not matter: it is that of cookies, which are names'. */
static uint64_t digest_of(const struct listing *list)
{
	uint64_t sum = 1;

	for (size_t i = 0; i < list->n; i++) {
		const struct slot *it = &list->at[i];

		if (!it->check || it->judged == JUDGED_SHOWN)
			sum += (it->cookie ^ it->ino << 20) *
			       0xc4ceb9fe1a85ec53ull;
	}
	return sum ? sum : 1;
}

void list_ended(struct layer *l, struct listing *list)
{
	if (!list->below.st_ino)
		return;
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].check && !list->at[i].judged)
			return;
	dirtime_listed(l, list->dir, &list->below, digest_of(list));
}

/* Asks for an entry; newest may be NULL. */
static int look_at(struct layer *l, struct listing *list, struct slot *it,
		   struct timespec *newest)
{
	struct found f;
	int r;

	r = resolve(l, NULL, list->dir, list->names.ptr + it->name, &f);
	if (r)
		return r;
	it->judged = f.node ? JUDGED_SHOWN : JUDGED_HIDDEN;
	if (f.node && newest && io_time_cmp(&f.lower.st_ctim, newest) > 0)
		*newest = f.lower.st_ctim;
	found_release(l, &f);
	return 0;
}

int list_digest(struct layer *l, struct node *dir, uint64_t *digest,
		struct timespec *newest)
{
	struct listing *list;
	int r = read_dir(l, dir, &list);

	if (r)
		return r;
	for (size_t i = 0; i < list->n && !r; i++)
		if (list->at[i].check || newest)
			r = look_at(l, list, &list->at[i], newest);
	*digest = digest_of(list);
	listing_free(list);
	return r;
}

void list_put(struct layer *l, struct listing *list)
{
	pthread_mutex_lock(&l->list_lock);
	put_list_locked(list);
	pthread_mutex_unlock(&l->list_lock);
}
