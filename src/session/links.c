/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/links.h"
#include "session/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "util/io.h"
#include "util/walk.h"

/*
 * A protected file may have a second name that no rule knows. The whole
 * workspace is walked once, and the protected inodes that have several names are
 * remembered for good. A name that came later changed its inode's ctime, so a
 * file with several names whose ctime is not older than the last walk is reason
 * for another.
 *
 * Inode numbers are used again, so the time of birth goes with each. Where the
 * file system has none it is zero for all.
 */
struct inode {
	uint64_t ino;
	int64_t sec;
	uint32_t nsec;
};

struct links {
	pthread_mutex_t lock;
	int done, started;
	atomic_int stop;
	pthread_t thread;
	struct timespec since;		/* start of the last walk */
	struct inode *at;		/* sorted */
	atomic_size_t n;
	size_t cap;
};

struct links *links_new(void)
{
	struct links *k = calloc(1, sizeof(*k));

	if (k)
		pthread_mutex_init(&k->lock, NULL);
	return k;
}

void links_free(struct links *k)
{
	if (!k)
		return;
	if (k->started) {
		k->stop = 1;
		pthread_join(k->thread, NULL);
	}
	pthread_mutex_destroy(&k->lock);
	free(k->at);
	free(k);
}

static int compare(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->nsec < y->nsec ? -1 : x->nsec > y->nsec;
}

static int identify(int dirfd, const char *name, struct inode *out)
{
	struct statx sx;

	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH |
		  AT_STATX_DONT_SYNC, STATX_INO | STATX_BTIME, &sx))
		return -errno;
	*out = (struct inode){ .ino = sx.stx_ino };
	if (sx.stx_mask & STATX_BTIME) {
		out->sec = sx.stx_btime.tv_sec;
		out->nsec = sx.stx_btime.tv_nsec;
	}
	return 0;
}

/* The place in the sorted list where the inode is or would be. */
static size_t place_of(const struct links *k, const struct inode *i)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(&k->at[mid], i) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int add_inode(struct links *k, const struct inode *i)
{
	size_t at = place_of(k, i);

	if (at < k->n && !compare(&k->at[at], i))
		return 0;
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		struct inode *p = reallocarray(k->at, cap, sizeof(*p));

		if (!p)
			return -ENOMEM;
		k->at = p;
		k->cap = cap;
	}
	memmove(&k->at[at + 1], &k->at[at], (k->n - at) * sizeof(*k->at));
	k->at[at] = *i;
	k->n++;
	return 0;
}

struct walk_state {
	struct layer *l;
	/* everything below this path length is protected with its directory */
	size_t inside;
};

static int visit(void *payload, const struct walk_entry *e)
{
	struct walk_state *s = payload;
	size_t len = strlen(e->path);
	struct inode i;
	struct verdict v;
	int r;

	if (s->l->links->stop)
		return -ECANCELED;
	if (e->error)
		return 0;
	if (s->inside && !(len > s->inside && e->path[s->inside] == '/'))
		s->inside = 0;
	if (!S_ISDIR(e->st.st_mode) &&
	    (!S_ISREG(e->st.st_mode) || e->st.st_nlink < 2))
		return WALK_GO;
	if (!s->inside) {
		policy_path(s->l->policy, e->path, len, &v);
		if (v.confirm && S_ISREG(e->st.st_mode))
			view_confirm(s->l, &v, e->dirfd, e->name, e->path);
		if (v.action < ACTION_DENY)
			return WALK_GO;
		if (S_ISDIR(e->st.st_mode))
			s->inside = len;
	}
	if (S_ISDIR(e->st.st_mode))
		return WALK_GO;
	r = identify(e->dirfd, e->name, &i);
	return r == -ENOENT ? WALK_GO : r ? r : add_inode(s->l->links, &i);
}

static int walk_again(struct layer *l)
{
	struct walk_state s = { l, 0 };
	struct links *k = l->links;
	struct timespec start;
	int r;

	clock_gettime(CLOCK_REALTIME_COARSE, &start);
	r = walk_tree(l->rootfd, visit, &s);
	k->done = !r;
	k->since = start;
	return r;
}

static void *first_walk(void *payload)
{
	struct layer *l = payload;

	pthread_mutex_lock(&l->links->lock);
	if (!l->links->done)
		walk_again(l);
	pthread_mutex_unlock(&l->links->lock);
	return NULL;
}

void links_start(struct layer *l)
{
	struct links *k = l->links;

	if (l->policy && !pthread_create(&k->thread, NULL, first_walk, l))
		k->started = 1;
}

static int is_listed(const struct links *k, uint64_t ino, int dirfd,
		     const char *name)
{
	struct inode i = { .ino = ino, .sec = INT64_MIN };
	size_t at = place_of(k, &i);

	if (at == k->n || k->at[at].ino != ino)
		return 0;
	if (identify(dirfd, name, &i))
		return 1;
	at = place_of(k, &i);
	return i.ino != ino || (at < k->n && !compare(&k->at[at], &i));
}

int links_hidden(struct layer *l, const struct stat *st, int dirfd,
		 const char *name)
{
	struct links *k = l->links;
	int hidden = 1;

	if (!l->policy || (st->st_nlink < 2 && !k->n))
		return 0;
	pthread_mutex_lock(&k->lock);
	if (st->st_nlink < 2 ||
	    (k->done && io_time_cmp(&st->st_ctim, &k->since) < 0) ||
	    !walk_again(l))
		hidden = is_listed(k, st->st_ino, dirfd, name);
	pthread_mutex_unlock(&k->lock);
	return hidden;
}
