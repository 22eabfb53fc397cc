/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/walk.h"

/* A displaced file of several names, with all its names that are known of. */
struct several {
	uint64_t ino, dev;
	size_t known;
	size_t links;
};

struct search {
	struct several *at;
	size_t n;
};

static int is_displaced(const struct op *op)
{
	return (op->kind == OP_SWAP || op->kind == OP_TAKE) &&
	       S_ISREG(op->was.mode) && op->was.nlink > 1;
}

static int by_ino(const void *a, const void *b)
{
	const struct several *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static struct several *find(const struct search *s, uint64_t ino, uint64_t dev)
{
	struct several key = { ino, dev, 0, 0 };

	return s->n ? bsearch(&key, s->at, s->n, sizeof(key), by_ino) : NULL;
}

/* What the job displaces has temporary names by now. */
static int found_name(void *payload, const struct walk_entry *e)
{
	struct several *f;

	if (e->error || !S_ISREG(e->st.st_mode) || e->st.st_nlink < 2)
		return WALK_GO;
	f = find(payload, e->st.st_ino, e->st.st_dev);
	if (f) {
		f->known++;
		f->links = e->st.st_nlink;
	}
	return WALK_GO;
}

static void collect(struct job *j, struct search *s)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		if (is_displaced(&j->ops[i]))
			s->at[n++] = (struct several){ j->ops[i].was.ino,
						       j->ops[i].was.dev, 0, 0 };
	if (n)
		qsort(s->at, n, sizeof(*s->at), by_ino);
	for (size_t i = 0; i < n; i++)
		if (!i || by_ino(&s->at[i], &s->at[s->n - 1]))
			s->at[s->n++] = s->at[i];
}

int engine_outside(struct job *j, const struct where *w)
{
	struct search s = { NULL, 0 };
	size_t n = 0;
	int r;

	for (size_t i = 0; i < j->n; i++)
		n += is_displaced(&j->ops[i]);
	if (!n)
		return 0;
	s.at = calloc(n, sizeof(*s.at));
	if (!s.at)
		return -ENOMEM;
	collect(j, &s);
	r = walk_tree(w->ws, found_name, &s);
	for (size_t i = 0; !r && i < j->n; i++) {
		struct op *op = &j->ops[i];
		struct several *f = is_displaced(op) ?
				    find(&s, op->was.ino, op->was.dev) : NULL;

		op->outside = f && f->links > f->known;
	}
	free(s.at);
	return r == -ENOMEM ? r : 0;
}
