/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/state.h"
#include "session/tail.h"
#include "util/io.h"

/* ========== a session's state without its workspace ========== */

static void close_bare(struct layer *l)
{
	tree_release(&l->tree);
	store_close(&l->store);
	buf_release(&l->items);
	buf_release(&l->unsaved);
	free(l);
}

/*
 * A layer of which only tree and store are used. -EBADMSG with *cut where the
 * log is damaged; the tree then has what is before.
 */
static int open_bare(struct layer **out, int dirfd, int writable, uint64_t *cut)
{
	struct layer *l = calloc(1, sizeof(*l));
	int r;

	*cut = 0;
	*out = NULL;
	if (!l)
		return -ENOMEM;
	l->readonly = !writable;
	buf_init(&l->items);
	buf_init(&l->unsaved);
	r = tree_init(&l->tree);
	if (r) {
		free(l);
		return r;
	}
	r = store_open(&l->store, dirfd, writable, NULL);
	if (!r)
		r = state_load(l, NULL);
	if (r == -EBADMSG)
		*cut = l->store.log_len;
	if (r && r != -EBADMSG)
		close_bare(l);
	else
		*out = l;
	return r;
}

/* ========== what is wrong ========== */

static int content_is_there(struct layer *l, const struct node *n)
{
	struct stat st;

	return !store_data_stat(&l->store, n->up->nid, &st) &&
	       S_ISREG(st.st_mode);
}

static int base_is_there(const struct layer *l, uint64_t off, uint64_t len)
{
	return off == BASE_NONE || (off <= l->store.base_len &&
				    len <= l->store.base_len - off);
}

struct look {
	struct check *c;
	struct layer *l;
	const char *snapshot;
};

static int say(struct look *k, const char *part, const struct node *n,
	       const char *what)
{
	struct buf path = BUF_INIT;
	int r;

	if (node_path(n, &path)) {
		buf_clear(&path);
		buf_addf(&path, "node %llu", (unsigned long long)n->up->nid);
	}
	r = check_add(k->c, part, path.ptr, "%s%s%s", what,
		      k->snapshot ? " in snapshot " : "",
		      k->snapshot ? k->snapshot : "");
	buf_release(&path);
	return r;
}

static int look_at_node(struct look *k, const struct node *n)
{
	int r = 0;

	if (n->flags & NODE_DATA) {
		k->c->files += !k->snapshot;
		if (!content_is_there(k->l, n))
			r = say(k, "content", n, "its content is missing");
	}
	if (!r && !base_is_there(k->l, n->up->from_off, n->up->from_len))
		r = say(k, "base", n, "what it was before is missing");
	for (struct dent *d = n->kids; d && !r; d = d->sib_next)
		if (d->base && !base_is_there(k->l, d->base->off, d->base->len))
			r = say(k, "base", n, "what a name in it covers is "
				"missing");
	return r;
}

static int look_at_nodes(struct look *k)
{
	struct node_table *t = &k->l->tree.by_nid;
	int r = 0;

	for (size_t i = 0; i <= t->mask && !r; i++)
		for (struct node *n = t->at[i]; n && !r; n = n->up->nid_next)
			r = look_at_node(k, n);
	return r;
}

struct counting {
	struct layer *l;
	size_t n;		/* of those that no node has */
};

static int count_unnamed(void *payload, uint64_t nid)
{
	struct counting *c = payload;
	struct node *n = node_by_nid(&c->l->tree, nid);
	int has = n && (n->flags & NODE_DATA);

	c->n += !has;
	return has;
}

static int look_at_leftovers(struct look *k)
{
	struct counting c = { k->l, 0 };
	int r = store_data_sweep(&k->l->store, count_unnamed, &c);
	size_t n = c.n;

	if (!r && n)
		r = check_add(k->c, "leftover", k->snapshot, "%zu content "
			      "file%s without a record", n, n == 1 ? "" : "s");
	return r;
}

static int look_at_end(struct look *k)
{
	uint64_t rest;
	struct stat st;

	if (k->l->store.logfd < 0 || fstat(k->l->store.logfd, &st) ||
	    (uint64_t)st.st_size <= k->l->store.log_len)
		return 0;
	rest = (uint64_t)st.st_size - k->l->store.log_len;
	return check_add(k->c, "log", k->snapshot, "a record that was not "
			 "finished at its end (%llu bytes)",
			 (unsigned long long)rest);
}

static int say_damaged(struct check *c, const struct layer *l,
		       const char *snapshot, uint64_t cut)
{
	uint32_t len;
	struct stat st;
	int whole = l && l->store.logfd >= 0 && !fstat(l->store.logfd, &st) &&
		(uint64_t)st.st_size >= cut + 8 &&
		tail_look(l->store.logfd, cut, (uint64_t)st.st_size, &len) ==
		TAIL_LENGTH;

	return check_add(c, "log", snapshot, "damaged at byte %llu%s",
			 (unsigned long long)cut, whole ? ": the length of a "
			 "record, which is whole" : "");
}

int check_state(struct check *c, int dirfd, const char *snapshot, int locked,
		uint64_t *cut)
{
	struct look k = { c, NULL, snapshot };
	int r = open_bare(&k.l, dirfd, 0, cut);

	if (r == -EBADMSG)
		r = say_damaged(c, k.l, snapshot, *cut);
	else if (!r && locked)
		r = look_at_end(&k);
	if (!r && locked)
		r = look_at_nodes(&k);
	if (!r && locked && !*cut)
		r = look_at_leftovers(&k);
	if (k.l && !snapshot) {
		c->log_bytes = k.l->store.log_len;
		c->records = k.l->store.replayed;
	}
	if (k.l)
		close_bare(k.l);
	return r;
}

/* ========== repair ========== */

/* Back to the workspace's content, or to none. */
static int mend_content(struct layer *l, struct node *n)
{
	int fd, r;

	if (n->up->from.ino && n->up->origin) {
		n->flags |= NODE_LOWER;
		n->flags &= ~(uint32_t)(NODE_DATA | NODE_MASKED | NODE_CLEAN);
		return 0;
	}
	r = store_data_open(&l->store, n->up->nid, O_RDWR | O_CREAT, &fd);
	if (!r)
		close(fd);
	return r;
}

static int mend_node(struct layer *l, struct node *n)
{
	int r = layer_begin(l), changed = 0;

	if (!r && n->flags & NODE_DATA && !content_is_there(l, n)) {
		r = mend_content(l, n);
		changed = 1;
	}
	if (!base_is_there(l, n->up->from_off, n->up->from_len)) {
		n->up->from_off = BASE_NONE;
		n->up->from_len = 0;
		changed = 1;
	}
	if (changed)
		put_node(l, n);
	for (struct dent *d = n->kids; d && !r; d = d->sib_next) {
		if (!d->base || base_is_there(l, d->base->off, d->base->len))
			continue;
		d->base->off = BASE_NONE;
		d->base->len = 0;
		put_entry(l, d);
	}
	return r ? r : layer_commit(l);
}

static int mend_nodes(struct layer *l)
{
	struct node_table *t = &l->tree.by_nid;
	int r = 0;

	for (size_t i = 0; i <= t->mask && !r; i++)
		for (struct node *n = t->at[i]; n && !r; n = n->up->nid_next)
			r = mend_node(l, n);
	return r ? r : store_sync(&l->store);
}

int check_state_repair(int dirfd)
{
	struct layer *l = NULL;
	uint64_t cut, last = 0;
	int r, keep = 1;

	for (;;) {
		r = open_bare(&l, dirfd, 0, &cut);
		if (l)
			close_bare(l);
		if (r != -EBADMSG || (!keep && cut <= last))
			break;
		last = cut;
		r = store_cut(dirfd, cut, keep);
		if (r)
			break;
		keep = 0;
	}
	if (!r)
		r = open_bare(&l, dirfd, 1, &cut);
	if (r)
		return r;
	r = mend_nodes(l);
	close_bare(l);
	return r;
}
