/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_IDS (1ull << 62)	/* above any that is counted */
#define ROOT_ID 1	/* FUSE_ROOT_ID; the root's number in the log, too */

static size_t mix(uint64_t v)
{
	v *= 0x9e3779b97f4a7c15ull;
	return (size_t)(v ^ v >> 32);
}

#define FIRST_SIZE 64

/*
 * Fits a power-of-two table of chains to what is in it: twice as large when it is
 * full, a quarter when an eighth is used.
 */
#define DEFINE_FIT(NAME, TABLE, ELEM, NEXT, KEY)                              \
	static void NAME(struct TABLE *t)                                     \
	{                                                                     \
		size_t size = t->mask + 1, mask;                              \
		struct ELEM **at, *e, *next;                                  \
                                                                              \
		if (t->n >= size)                                             \
			mask = size * 2 - 1;                                  \
		else if (size > 4 * FIRST_SIZE && t->n < size / 8)            \
			mask = size / 4 - 1;                                  \
		else                                                          \
			return;                                               \
		at = calloc(mask + 1, sizeof(*at));                           \
		if (!at)                                                      \
			return;                                               \
		for (size_t i = 0; i < size; i++) {                           \
			for (e = t->at[i]; e; e = next) {                     \
				next = e->NEXT;                               \
				e->NEXT = at[KEY & mask];                     \
				at[KEY & mask] = e;                           \
			}                                                     \
		}                                                             \
		free(t->at);                                                  \
		t->at = at;                                                   \
		t->mask = mask;                                               \
	}

DEFINE_FIT(fit_ids, node_table, node, id_next, mix(e->id))
DEFINE_FIT(fit_nids, node_table, node, up->nid_next, mix(e->up->nid))
DEFINE_FIT(fit_lower, node_table, node, ino_next, mix(e->lower_ino))
DEFINE_FIT(fit_dents, dent_table, dent, hash_next, e->hash)

int tree_init(struct tree *t)
{
	memset(t, 0, sizeof(*t));
	t->by_id.at = calloc(FIRST_SIZE, sizeof(*t->by_id.at));
	t->by_nid.at = calloc(FIRST_SIZE, sizeof(*t->by_nid.at));
	t->by_lower.at = calloc(FIRST_SIZE, sizeof(*t->by_lower.at));
	t->dents.at = calloc(FIRST_SIZE, sizeof(*t->dents.at));
	t->by_id.mask = t->by_nid.mask = FIRST_SIZE - 1;
	t->by_lower.mask = t->dents.mask = FIRST_SIZE - 1;
	t->next_id = t->next_nid = ROOT_ID;
	if (t->by_id.at && t->by_nid.at && t->by_lower.at && t->dents.at)
		t->root = node_new(t, S_IFDIR);
	if (!t->root || node_materialize(t, t->root, ROOT_ID)) {
		tree_release(t);
		return -ENOMEM;
	}
	t->root->refs = 1;
	t->root->flags |= NODE_LOWER;
	t->root->up->nlink = 2;
	t->root->up->origin = strdup("");
	return t->root->up->origin ? 0 : -ENOMEM;
}

void tree_release(struct tree *t)
{
	for (size_t i = 0; t->dents.at && i <= t->dents.mask; i++) {
		while (t->dents.at[i]) {
			struct dent *d = t->dents.at[i];

			t->dents.at[i] = d->hash_next;
			free(d->base);
			free(d);
		}
	}
	for (size_t i = 0; t->by_id.at && i <= t->by_id.mask; i++) {
		while (t->by_id.at[i]) {
			struct node *n = t->by_id.at[i];

			n->names = n->kids = NULL;
			node_free(t, n);
		}
	}
	free(t->by_id.at);
	free(t->by_nid.at);
	free(t->by_lower.at);
	free(t->dents.at);
	memset(t, 0, sizeof(*t));
}

static void chain_id(struct tree *t, struct node *n)
{
	struct node **slot = &t->by_id.at[mix(n->id) & t->by_id.mask];

	n->id_next = *slot;
	*slot = n;
	t->by_id.n++;
}

struct node *node_new(struct tree *t, uint32_t type)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	fit_ids(&t->by_id);
	n->id = t->next_id++;
	n->type = type & S_IFMT;
	chain_id(t, n);
	return n;
}

static void upper_free(struct upper *up)
{
	while (up->xattrs) {
		struct xattr *x = up->xattrs;

		up->xattrs = x->next;
		free(x->value);
		free(x);
	}
	free(up->origin);
	free(up->target);
	free(up);
}

static void unchain_nid(struct tree *t, struct node *n)
{
	struct node **slot = &t->by_nid.at[mix(n->up->nid) & t->by_nid.mask];

	for (; *slot; slot = &(*slot)->up->nid_next) {
		if (*slot == n) {
			*slot = n->up->nid_next;
			t->by_nid.n--;
			return;
		}
	}
}

static void unchain(struct node_table *t, struct node *n, size_t hash,
		    size_t link)
{
	struct node **slot = &t->at[hash & t->mask];

	for (; *slot; slot = (struct node **)((char *)*slot + link)) {
		if (*slot == n) {
			*slot = *(struct node **)((char *)n + link);
			t->n--;
			return;
		}
	}
}

void node_free(struct tree *t, struct node *n)
{
	if (t->freed)
		t->freed(t->payload, n);
	unchain(&t->by_id, n, mix(n->id), offsetof(struct node, id_next));
	node_drop_lower(t, n);
	if (n->up) {
		unchain_nid(t, n);
		upper_free(n->up);
		t->n_upper--;
	}
	free(n);
}

struct node *node_by_id(struct tree *t, uint64_t id)
{
	struct node *n = t->by_id.at[mix(id) & t->by_id.mask];

	while (n && n->id != id)
		n = n->id_next;
	return n;
}

struct node *node_by_nid(struct tree *t, uint64_t nid)
{
	struct node *n = t->by_nid.at[mix(nid) & t->by_nid.mask];

	while (n && n->up->nid != nid)
		n = n->up->nid_next;
	return n;
}

struct node *node_by_lower(struct tree *t, uint64_t lower_ino)
{
	struct node *n = t->by_lower.at[mix(lower_ino) & t->by_lower.mask];

	while (n && n->lower_ino != lower_ino)
		n = n->ino_next;
	return n;
}

void node_add_lower(struct tree *t, struct node *n)
{
	struct node **slot;

	fit_lower(&t->by_lower);
	slot = &t->by_lower.at[mix(n->lower_ino) & t->by_lower.mask];
	n->ino_next = *slot;
	*slot = n;
	t->by_lower.n++;
}

void node_drop_lower(struct tree *t, struct node *n)
{
	unchain(&t->by_lower, n, mix(n->lower_ino),
		offsetof(struct node, ino_next));
	n->ino_next = NULL;
}

size_t node_own_names(const struct node *n)
{
	size_t names = 0;

	for (const struct dent *d = n->names; d; d = d->alias)
		names += d->is_override;
	return names;
}

int node_materialize(struct tree *t, struct node *n, uint64_t nid)
{
	struct node **slot;

	n->up = calloc(1, sizeof(*n->up));
	if (!n->up)
		return -ENOMEM;
	if (!nid)
		nid = t->next_nid;
	if (nid >= t->next_nid)
		t->next_nid = nid + 1;
	fit_nids(&t->by_nid);
	n->up->nid = nid;
	n->up->from_off = BASE_NONE;
	slot = &t->by_nid.at[mix(nid) & t->by_nid.mask];
	n->up->nid_next = *slot;
	*slot = n;
	t->by_nid.n++;
	t->n_upper++;
	return 0;
}

void node_keep_id(struct tree *t, struct node *n)
{
	unchain(&t->by_id, n, mix(n->id), offsetof(struct node, id_next));
	n->id = KEPT_IDS + n->up->nid;
	chain_id(t, n);
}

/* By the session; or it is a changed file of which the workspace has names. */
static int is_named(const struct node *n)
{
	if (n->up && n->up->nlink && n->type != S_IFDIR)
		return 1;
	for (const struct dent *d = n->names; d; d = d->alias)
		if (d->is_override)
			return 1;
	return 0;
}

int node_unneeded(struct tree *t, struct node *n)
{
	int went = 0;

	while (n != t->root && !n->refs && !n->n_kids &&
	       !(n->flags & (NODE_PINNED | NODE_BUSY)) &&
	       !is_named(n)) {
		struct node *parent = n->names ? n->names->parent : NULL;

		while (n->names)
			dent_drop(t, n->names);
		node_free(t, n);
		went = 1;
		if (!parent)
			break;
		n = parent;
	}
	if (went) {
		fit_ids(&t->by_id);
		fit_dents(&t->dents);
	}
	return went;
}

static uint32_t hash_name(const struct node *dir, const char *name, size_t len)
{
	uint64_t h = dir->id * 0x9e3779b97f4a7c15ull ^ len;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3ull;
	return (uint32_t)(h ^ h >> 32);
}

struct dent *dent_find(struct tree *t, const struct node *dir,
		       const char *name, size_t len)
{
	uint32_t hash = hash_name(dir, name, len);
	struct dent *d = t->dents.at[hash & t->dents.mask];

	while (d && !(d->hash == hash && d->parent == dir &&
		      d->name_len == len && !memcmp(d->name, name, len)))
		d = d->hash_next;
	return d;
}

static void add_alias(struct dent *d, struct node *node)
{
	d->node = node;
	d->alias = node ? node->names : NULL;
	if (node)
		node->names = d;
}

static void remove_alias(struct dent *d)
{
	struct dent **slot;

	if (!d->node)
		return;
	for (slot = &d->node->names; *slot; slot = &(*slot)->alias) {
		if (*slot == d) {
			*slot = d->alias;
			break;
		}
	}
	d->node = NULL;
	d->alias = NULL;
}

struct dent *dent_add(struct tree *t, struct node *dir, const char *name,
		      size_t len, struct node *node, int is_override)
{
	struct dent *d = calloc(1, sizeof(*d) + len + 1), **slot;

	if (!d)
		return NULL;
	fit_dents(&t->dents);
	memcpy(d->name, name, len);
	d->name_len = (uint8_t)len;
	d->is_override = (uint8_t)is_override;
	d->hash = hash_name(dir, name, len);
	d->parent = dir;
	slot = &t->dents.at[d->hash & t->dents.mask];
	d->hash_next = *slot;
	*slot = d;
	t->dents.n++;
	t->n_names += (size_t)is_override;
	d->sib_next = dir->kids;
	if (dir->kids)
		dir->kids->sib_prev = d;
	dir->kids = d;
	dir->n_kids++;
	add_alias(d, node);
	return d;
}

void dent_override(struct tree *t, struct dent *d)
{
	t->n_names += !d->is_override;
	d->is_override = 1;
}

void dent_point(struct dent *d, struct node *node)
{
	remove_alias(d);
	add_alias(d, node);
}

void dent_drop(struct tree *t, struct dent *d)
{
	struct dent **slot = &t->dents.at[d->hash & t->dents.mask];

	for (; *slot; slot = &(*slot)->hash_next) {
		if (*slot == d) {
			*slot = d->hash_next;
			t->dents.n--;
			break;
		}
	}
	t->n_names -= d->is_override;
	remove_alias(d);
	if (d->sib_prev)
		d->sib_prev->sib_next = d->sib_next;
	else
		d->parent->kids = d->sib_next;
	if (d->sib_next)
		d->sib_next->sib_prev = d->sib_prev;
	d->parent->n_kids--;
	free(d->base);
	free(d);
}

static int reverse_path(const struct node *n, struct buf *out, int origin)
{
	size_t need = 0, at;

	buf_clear(out);
	for (const struct node *p = n;; p = p->names->parent) {
		if (origin && p->up && p->up->origin) {
			need += strlen(p->up->origin);
			break;
		}
		if (origin && p->up)
			return -ENOENT;
		if (!p->names) {
			if (p->id != ROOT_ID)
				return -ENOENT;
			break;
		}
		need += p->names->name_len + 1u;
	}
	if (buf_grow(out, need + 1))
		return -ENOMEM;
	at = need;
	for (const struct node *p = n;; p = p->names->parent) {
		if (origin && p->up && p->up->origin) {
			memcpy(out->ptr, p->up->origin, at);
			break;
		}
		if (!p->names)
			break;
		at -= p->names->name_len;
		memcpy(out->ptr + at, p->names->name, p->names->name_len);
		out->ptr[--at] = '/';
	}
	/* below the root the first byte is a '/' too many */
	if (need && out->ptr[0] == '/')
		memmove(out->ptr, out->ptr + 1, --need);
	out->len = need;
	out->ptr[need] = '\0';
	return 0;
}

int node_path_below(const struct node *n, const struct node *from,
		    struct buf *out)
{
	size_t at = 0;

	buf_clear(out);
	for (const struct node *p = n; p != from; p = p->names->parent)
		at += p->names->name_len + 1u;
	if (!at)
		return 0;
	if (buf_grow(out, at))
		return -ENOMEM;
	out->len = --at;
	out->ptr[at] = '\0';
	for (const struct node *p = n; p != from; p = p->names->parent) {
		at -= p->names->name_len;
		memcpy(out->ptr + at, p->names->name, p->names->name_len);
		if (at)
			out->ptr[--at] = '/';
	}
	return 0;
}

int node_path(const struct node *n, struct buf *out)
{
	return reverse_path(n, out, 0);
}

int node_origin(const struct node *n, struct buf *out)
{
	return reverse_path(n, out, 1);
}
