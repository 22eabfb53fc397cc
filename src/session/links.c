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

#include "scan/mask_make.h"
#include "util/io.h"
#include "util/walk.h"

/*
 * A protected file may have a second name that no rule knows, or get one and lose
 * its own. The whole workspace is walked once, and the protected inodes are
 * remembered for good. A name that came later changed its inode's ctime, so a
 * file with several names whose ctime is not older than the last walk is reason
 * for another. What its content protects is remembered only where it has
 * several names: the content of a single one is asked each time.
 *
 * Inode numbers are used again, so the time of birth goes with each. Where the
 * file system has none it is zero for all.
 */
struct inode {
	uint64_t ino;
	int64_t sec;
	uint32_t nsec;
	enum action action;	/* the strictest of its names */
	const struct rule *rule;
	char *origin;		/* the name that it is of */
};

struct links {
	pthread_mutex_t walking;	/* taken before lock, and for long */
	struct timespec since;		/* start of the last walk; walking's */
	int started;
	atomic_int done, stop;
	pthread_t thread;
	pthread_mutex_t lock;		/* of what follows */
	struct inode *at;		/* sorted */
	atomic_size_t n;
	size_t cap;
};

struct links *links_new(void)
{
	struct links *k = calloc(1, sizeof(*k));

	if (k) {
		pthread_mutex_init(&k->walking, NULL);
		pthread_mutex_init(&k->lock, NULL);
	}
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
	pthread_mutex_destroy(&k->walking);
	pthread_mutex_destroy(&k->lock);
	for (size_t i = 0; i < k->n; i++)
		free(k->at[i].origin);
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

/* Of two names that ask for masks, a dotenv's hides more. */
static int is_stricter(const struct inode *i, const struct inode *than)
{
	if (i->action != than->action)
		return i->action > than->action;
	return i->action == ACTION_MASK && !mask_is_dotenv(than->origin) &&
	       mask_is_dotenv(i->origin);
}

static int make_room(struct links *k)
{
	size_t cap = k->cap ? k->cap * 2 : 64;
	struct inode *p;

	if (k->n < k->cap)
		return 0;
	p = reallocarray(k->at, cap, sizeof(*p));
	if (!p)
		return -ENOMEM;
	k->at = p;
	k->cap = cap;
	return 0;
}

static int add_inode_locked(struct links *k, const struct inode *i)
{
	size_t at = place_of(k, i);
	int known = at < k->n && !compare(&k->at[at], i);
	char *origin;

	if (known && !is_stricter(i, &k->at[at]))
		return 0;
	origin = strdup(i->origin);
	if (!origin || make_room(k)) {
		free(origin);
		return -ENOMEM;
	}
	if (known) {
		free(k->at[at].origin);
	} else {
		memmove(&k->at[at + 1], &k->at[at],
			(k->n - at) * sizeof(*k->at));
		k->n++;
	}
	k->at[at] = *i;
	k->at[at].origin = origin;
	return 0;
}

static int add_inode(struct links *k, const struct inode *i)
{
	int r;

	pthread_mutex_lock(&k->lock);
	r = add_inode_locked(k, i);
	pthread_mutex_unlock(&k->lock);
	return r;
}

static int has_one_name(const struct walk_entry *e)
{
	struct stat st;

	return fstatat(e->dirfd, e->name, &st, AT_SYMLINK_NOFOLLOW) ?
	       errno == ENOENT : S_ISREG(st.st_mode) && st.st_nlink < 2;
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct layer *l = payload;
	struct verdict v;
	struct inode i;
	int r;

	if (l->links->stop)
		return -ECANCELED;
	if (e->error)
		return 0;
	if (!S_ISREG(e->st.st_mode))
		return WALK_GO;
	policy_whole_path(l->policy, e->path, strlen(e->path), &v);
	if (v.confirm && has_one_name(e))
		return WALK_GO;
	policy_confirm_at(l->policy, &v, e->dirfd, e->name, e->path);
	if (v.action < ACTION_MASK)
		return WALK_GO;
	r = identify(e->dirfd, e->name, &i);
	if (r)
		return r == -ENOENT ? WALK_GO : r;
	i.action = v.action;
	i.rule = v.rule;
	i.origin = (char *)e->path;
	return add_inode(l->links, &i);
}

static int walk_again(struct layer *l)
{
	struct links *k = l->links;
	struct timespec start;
	int r;

	clock_gettime(CLOCK_REALTIME_COARSE, &start);
	r = walk_types(l->rootfd, visit, l);
	k->done = !r;
	k->since = start;
	return r;
}

static void *first_walk(void *payload)
{
	struct layer *l = payload;

	pthread_mutex_lock(&l->links->walking);
	if (!l->links->done)
		walk_again(l);
	pthread_mutex_unlock(&l->links->walking);
	return NULL;
}

void links_start(struct layer *l)
{
	struct links *k = l->links;

	if (l->policy && !pthread_create(&k->thread, NULL, first_walk, l))
		k->started = 1;
}

/* The entry of the inode; one of that number where its birth is not known. */
static const struct inode *find_inode(const struct links *k, uint64_t ino,
				      int dirfd, const char *name)
{
	struct inode i = { .ino = ino, .sec = INT64_MIN };
	size_t at = place_of(k, &i), any = at;

	if (at == k->n || k->at[at].ino != ino)
		return NULL;
	/* another one came in its place meanwhile: rather too strict */
	if (identify(dirfd, name, &i) || i.ino != ino)
		return &k->at[any];
	at = place_of(k, &i);
	return at < k->n && !compare(&k->at[at], &i) ? &k->at[at] : NULL;
}

/* 0 where the walks have seen every name that the file had at st. */
static int see_names(struct layer *l, const struct stat *st, int dirfd,
		     const char *name)
{
	struct links *k = l->links;
	struct stat now;
	int r = 0;

	pthread_mutex_lock(&k->walking);
	if (!k->done || io_time_cmp(&st->st_ctim, &k->since) >= 0) {
		r = walk_again(l);
		/* its other name may have gone while we were looking */
		if (!r && (fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW |
				   AT_EMPTY_PATH) ||
			   now.st_ino != st->st_ino ||
			   io_time_cmp(&now.st_ctim, &st->st_ctim)))
			r = -ESTALE;
	}
	pthread_mutex_unlock(&k->walking);
	return r;
}

int links_verdict(struct layer *l, const struct stat *st, int dirfd,
		  const char *name, struct verdict *out, struct buf *origin)
{
	struct links *k = l->links;
	const struct inode *i;
	int r;

	*out = (struct verdict){ ACTION_SHOW, NULL, 0 };
	if (!l->policy || (st->st_nlink < 2 && !k->n))
		return 0;
	r = st->st_nlink < 2 ? 0 : see_names(l, st, dirfd, name);
	pthread_mutex_lock(&k->lock);
	i = find_inode(k, st->st_ino, dirfd, name);
	if (i) {
		*out = (struct verdict){ i->action, i->rule, 0 };
		if (origin)
			buf_addstr(origin, i->origin);
	} else if (r) {
		out->action = ACTION_HIDE;
	}
	pthread_mutex_unlock(&k->lock);
	return r;
}

int links_may_be(struct layer *l, uint64_t ino)
{
	struct inode i = { .ino = ino, .sec = INT64_MIN };
	struct links *k = l->links;
	size_t at;
	int may;

	if (!l->policy)
		return 0;
	if (!k->done)
		return 1;
	if (!k->n)
		return 0;
	pthread_mutex_lock(&k->lock);
	at = place_of(k, &i);
	may = at < k->n && k->at[at].ino == ino;
	pthread_mutex_unlock(&k->lock);
	return may;
}
