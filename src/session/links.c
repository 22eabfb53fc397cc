/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/internal.h"
#include "session/links.h"
#include "session/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/io.h"
#include "util/walk.h"

/*
 * A protected file may have a second name that no rule knows. When the first
 * file with several names is looked up, the whole workspace is walked once and
 * the inodes of protected files are remembered. A name that came later changed
 * its inode's ctime, so a file whose ctime is not older than the last walk is
 * reason for another.
 */
struct links {
	pthread_mutex_t lock;
	int done;
	struct timespec since;		/* start of the last walk */
	uint64_t *ino;			/* sorted */
	size_t n, cap;
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
	pthread_mutex_destroy(&k->lock);
	free(k->ino);
	free(k);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int add_ino(struct links *k, uint64_t ino)
{
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		uint64_t *p = reallocarray(k->ino, cap, sizeof(*p));

		if (!p)
			return -ENOMEM;
		k->ino = p;
		k->cap = cap;
	}
	k->ino[k->n++] = ino;
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
	struct verdict v;

	if (e->error)
		return 0;
	if (s->inside && !(len > s->inside && e->path[s->inside] == '/'))
		s->inside = 0;
	if (!s->inside) {
		policy_path(s->l->policy, e->path, len, &v);
		if (v.confirm && S_ISREG(e->st.st_mode) && e->st.st_nlink > 1)
			view_confirm(s->l, &v, e->dirfd, e->name, e->path);
		if (v.action < ACTION_DENY)
			return WALK_GO;
		if (S_ISDIR(e->st.st_mode))
			s->inside = len;
	}
	if (!S_ISREG(e->st.st_mode) || e->st.st_nlink < 2)
		return WALK_GO;
	return add_ino(s->l->links, e->st.st_ino);
}

static int walk_again(struct layer *l)
{
	struct walk_state s = { l, 0 };
	struct links *k = l->links;
	struct timespec start;
	int r;

	clock_gettime(CLOCK_REALTIME_COARSE, &start);
	k->n = 0;
	r = walk_tree(l->rootfd, visit, &s);
	if (k->n)
		qsort(k->ino, k->n, sizeof(*k->ino), by_value);
	k->done = !r;
	k->since = start;
	return r;
}

int links_hidden(struct layer *l, const struct stat *st)
{
	struct links *k = l->links;
	uint64_t ino = st->st_ino;
	int hidden = 1;

	if (!l->policy)
		return 0;
	pthread_mutex_lock(&k->lock);
	if ((k->done && io_time_cmp(&st->st_ctim, &k->since) < 0) ||
	    !walk_again(l))
		hidden = k->n && bsearch(&ino, k->ino, k->n, sizeof(*k->ino),
					 by_value);
	pthread_mutex_unlock(&k->lock);
	return hidden;
}
