/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/taint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/taint_set.h"
#include "util/digest.h"
#include "util/io.h"
#include "util/quiet.h"
#include "util/walk.h"

/* Files that are known are looked at again after so long at the earliest. */
#define KNOWN_NS 20000000L

void taint_sum(const void *s, size_t len, uint8_t out[TAINT_SUM])
{
	uint8_t sum[DIGEST_LEN] = { 0 };
	struct digest *d = NULL;

	if (!digest_new(&d, NULL, 0)) {
		digest_add(d, s, len);
		digest_end(d, sum);
	}
	digest_free(d);
	memcpy(out, sum, TAINT_SUM);
}

static int compare(const void *a, const void *b)
{
	const struct taint_value *x = a, *y = b;

	if (x->window != y->window)
		return x->window < y->window ? -1 : 1;
	return memcmp(x->sum, y->sum, TAINT_SUM);
}

/* ========== adding ========== */

struct adder {
	struct taint *t;
	const struct taint_source *from;
	int added;
};

static size_t place_of(const struct taint *t, const struct taint_value *v)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(&t->at[mid], v) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int insert_locked(struct taint *t, const struct taint_value *v)
{
	size_t at = place_of(t, v), cap = t->cap ? 2 * t->cap : 256;
	struct taint_value *p;

	if (at < t->n && !compare(&t->at[at], v))
		return 0;
	if (t->n == TAINT_VALUES_MAX) {
		t->full = 1;
		return 0;
	}
	if (t->n == t->cap) {
		p = reallocarray(t->at, cap, sizeof(*p));
		if (!p)
			return -ENOMEM;
		t->at = p;
		t->cap = cap;
	}
	memmove(&t->at[at + 1], &t->at[at], (t->n - at) * sizeof(*t->at));
	t->at[at] = *v;
	t->n++;
	t->bits[taint_bit(v->window) >> 6] |=
		1ull << (taint_bit(v->window) & 63);
	return 1;
}

static int add(void *payload, const struct taint_form *f)
{
	struct adder *a = payload;
	struct taint_value v = { .window = taint_window(f->s),
				 .len = (uint32_t)f->len,
				 .width = (uint8_t)f->width,
				 .whole = (uint8_t)f->whole, .from = a->from };
	int r;

	taint_sum(f->s, f->len, v.sum);
	pthread_rwlock_wrlock(&a->t->lock);
	r = insert_locked(a->t, &v);
	pthread_rwlock_unlock(&a->t->lock);
	if (r < 0)
		return r;
	a->added += r;
	return 0;
}

/* ========== looking ========== */

static int same_version(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && !io_time_cmp(&a->st_mtim, &b->st_mtim) &&
	       !io_time_cmp(&a->st_ctim, &b->st_ctim);
}

static int read_source(struct taint *t, struct taint_source *s, int fd)
{
	struct adder a = { t, s, 0 };
	struct stat st;
	int r;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || same_version(&st, &s->st))
		return 0;
	r = taint_values(t->policy, fd, s->path, add, &a);
	if (!r)
		s->st = st;
	if (a.added)
		t->epoch++;
	return r;
}

static struct taint_source *find_source(const struct taint *t,
					const char *path, size_t *at)
{
	size_t lo = 0, hi = t->n_sources;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(t->sources[mid]->path, path);

		if (!c)
			return t->sources[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*at = lo;
	return NULL;
}

static int add_source(struct taint *t, size_t at, const char *path,
		      const struct rule *rule, struct taint_source **out)
{
	size_t cap = t->cap_sources ? 2 * t->cap_sources : 32;
	struct taint_source *s, **p;

	if (t->n_sources == t->cap_sources) {
		p = reallocarray(t->sources, cap, sizeof(*p));
		if (!p)
			return -ENOMEM;
		t->sources = p;
		t->cap_sources = cap;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->path = strdup(path);
	s->rule = rule;
	if (!s->path) {
		free(s);
		return -ENOMEM;
	}
	memmove(&t->sources[at + 1], &t->sources[at],
		(t->n_sources - at) * sizeof(*p));
	t->sources[at] = s;
	t->n_sources++;
	*out = s;
	return 0;
}

static int look_at(struct taint *t, const struct walk_entry *e, int fd,
		   struct verdict *v)
{
	struct taint_source *s;
	size_t at = 0;
	int r = 0;

	policy_confirm(t->policy, v, fd, e->path);
	if (v->action < ACTION_MASK)
		return WALK_GO;
	s = find_source(t, e->path, &at);
	if (!s)
		r = add_source(t, at, e->path, v->rule, &s);
	return r ? r : read_source(t, s, fd);
}

static int visit(void *payload, const struct walk_entry *e)
{
	struct taint *t = payload;
	struct verdict v;
	int fd, r;

	if (e->error)
		return WALK_SKIP;
	if (S_ISDIR(e->st.st_mode))
		return strcmp(e->name, ".git") ? WALK_GO : WALK_SKIP;
	if (!S_ISREG(e->st.st_mode))
		return WALK_GO;
	policy_whole_path(t->policy, e->path, strlen(e->path), &v);
	if (v.action < ACTION_MASK && !v.confirm)
		return WALK_GO;
	/* what cannot be read is not where a copy came from */
	if (quiet_open(e->dirfd, e->name, O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		       &fd))
		return WALK_GO;
	r = look_at(t, e, fd, &v);
	close(fd);
	return r < 0 ? r : WALK_GO;
}

static int look_all(struct taint *t)
{
	struct timespec start;
	int r;

	clock_gettime(CLOCK_REALTIME_COARSE, &start);
	r = walk_tree(t->rootfd, visit, t);
	if (!r)
		t->looked = start;
	return r;
}

static int look_known(struct taint *t)
{
	struct timespec now;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec <= t->looked_known.tv_sec + 1 &&
	    (now.tv_sec - t->looked_known.tv_sec) * 1000000000L +
	    now.tv_nsec - t->looked_known.tv_nsec < KNOWN_NS)
		return 0;
	for (size_t i = 0; !r && i < t->n_sources; i++) {
		int fd;

		if (quiet_open_beneath(t->rootfd, t->sources[i]->path,
				       O_NOFOLLOW | O_NONBLOCK, &fd))
			continue;
		r = read_source(t, t->sources[i], fd);
		close(fd);
	}
	t->looked_known = now;
	return r;
}

int taint_look(struct taint *t, const struct timespec *changed)
{
	int r = 0;

	pthread_mutex_lock(&t->look);
	if (!changed || io_time_cmp(changed, &t->looked) >= 0)
		r = look_all(t);
	else
		r = look_known(t);
	pthread_mutex_unlock(&t->look);
	return r;
}

int taint_look_known(struct taint *t)
{
	int r;

	pthread_mutex_lock(&t->look);
	r = look_known(t);
	pthread_mutex_unlock(&t->look);
	return r;
}

/* ========== as a whole ========== */

int taint_new(struct taint **out, const struct policy *policy,
	      int workspace_fd)
{
	struct taint *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	pthread_mutex_init(&t->look, NULL);
	pthread_rwlock_init(&t->lock, NULL);
	t->policy = policy;
	t->rootfd = fcntl(workspace_fd, F_DUPFD_CLOEXEC, 3);
	r = t->rootfd < 0 ? -errno : look_all(t);
	t->made = t->epoch;
	if (r)
		taint_free(t);
	else
		*out = t;
	return r;
}

void taint_free(struct taint *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_sources; i++) {
		free(t->sources[i]->path);
		free(t->sources[i]);
	}
	free(t->sources);
	free(t->at);
	io_close(&t->rootfd);
	pthread_mutex_destroy(&t->look);
	pthread_rwlock_destroy(&t->lock);
	free(t);
}

unsigned long taint_epoch(const struct taint *t)
{
	return atomic_load(&t->epoch);
}

int taint_is_as_made(const struct taint *t)
{
	return atomic_load(&t->epoch) == t->made;
}

size_t taint_count(struct taint *t)
{
	size_t n;

	pthread_rwlock_rdlock(&t->lock);
	n = t->n;
	pthread_rwlock_unlock(&t->lock);
	return n;
}

int taint_is_full(struct taint *t)
{
	int full;

	pthread_rwlock_rdlock(&t->lock);
	full = t->full;
	pthread_rwlock_unlock(&t->lock);
	return full;
}

void taint_digest(struct taint *t, char out[65])
{
	uint8_t sum[DIGEST_LEN] = { 0 };
	struct digest *d = NULL;

	pthread_rwlock_rdlock(&t->lock);
	if (!digest_new(&d, NULL, 0)) {
		for (size_t i = 0; i < t->n; i++)
			digest_add_field(d, t->at[i].sum, TAINT_SUM);
		digest_end(d, sum);
	}
	pthread_rwlock_unlock(&t->lock);
	digest_free(d);
	digest_hex(sum, out);
}
