/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room that one change of the view can need at the most, by far. */
#define CHANGE_MAX (256u << 10)
/* of one that makes room, which must be possible where nothing else is */
#define REMOVAL_MAX (8u << 10)
#define COMPACT_MIN (4u << 20)

int layer_save_locked(struct layer *l)
{
	int r;

	if (l->lost)
		return -EIO;
	if (!l->unsaved.len)
		return 0;
	r = store_append(&l->store, &l->unsaved);
	if (!r)
		buf_clear(&l->unsaved);
	return r;
}

static int begin(struct layer *l, size_t len)
{
	int r;

	if (l->readonly)
		return -EROFS;
	buf_clear(&l->items);
	r = layer_save_locked(l);
	return r ? r : store_reserve(&l->store, len);
}

int layer_begin(struct layer *l)
{
	return begin(l, CHANGE_MAX);
}

int layer_begin_removal(struct layer *l)
{
	int r = begin(l, CHANGE_MAX);

	return r == -ENOSPC || r == -EDQUOT ? begin(l, REMOVAL_MAX) : r;
}

static int can_be_read_back(const struct buf *items)
{
	const char *p = items->ptr;
	struct item it;
	int r;

	while ((r = item_next(&p, items->ptr + items->len, &it)) > 0)
		;
	return !r;
}

/* A record that no replay would take would cost the whole session. */
int layer_commit(struct layer *l)
{
	int r;

	if (buf_oom(&l->items) || !can_be_read_back(&l->items))
		l->lost = 1;
	buf_add(&l->unsaved, l->items.ptr, l->items.len);
	if (buf_oom(&l->unsaved))
		l->lost = 1;
	buf_clear(&l->items);
	r = layer_save_locked(l);
	if (!r)
		state_compact_locked(l, 0);
	return r;
}

static void node_item(const struct node *n, struct item *it)
{
	const struct upper *up = n->up;

	memset(it, 0, sizeof(*it));
	it->kind = ITEM_NODE;
	it->node = (struct item_node){
		.nid = up->nid, .ino = n->ino, .mode = up->mode | n->type,
		.uid = up->uid, .gid = up->gid, .nlink = up->nlink,
		.flags = n->flags & NODE_KEPT, .atime = up->atime,
		.mtime = up->mtime, .ctime = up->ctime, .btime = up->btime,
		.clean = up->clean,
		.from = up->from, .from_off = up->from_off,
		.from_len = up->from_len, .origin = up->origin,
		.origin_len = up->origin ? (uint32_t)strlen(up->origin) : 0,
		.target = up->target,
		.target_len = up->target ? (uint32_t)strlen(up->target) : 0,
	};
}

void put_node(struct layer *l, const struct node *n)
{
	struct item it;

	if (!n->up->nlink)
		return;
	node_item(n, &it);
	item_add(&l->items, &it);
}

static void entry_item(const struct dent *d, struct item *it)
{
	memset(it, 0, sizeof(*it));
	it->kind = ITEM_ENTRY;
	it->entry.parent = d->parent->up->nid;
	it->entry.nid = d->node ? d->node->up->nid : 0;
	it->entry.name = d->name;
	it->entry.name_len = d->name_len;
	it->entry.base_off = BASE_NONE;
	if (d->base) {
		it->entry.base = d->base->id;
		it->entry.base_off = d->base->off;
		it->entry.base_len = d->base->len;
		it->entry.base_when = d->base->when;
	}
}

void put_entry(struct layer *l, const struct dent *d)
{
	struct item it;

	entry_item(d, &it);
	item_add(&l->items, &it);
}

void put_unentry(struct layer *l, const struct node *dir, const char *name)
{
	struct item it = { .kind = ITEM_UNENTRY };

	it.entry.parent = dir->up->nid;
	it.entry.name = name;
	it.entry.name_len = (uint32_t)strlen(name);
	item_add(&l->items, &it);
}

static void xattr_item(const struct node *n, const char *name,
		       const struct xattr *x, struct item *it)
{
	memset(it, 0, sizeof(*it));
	it->kind = ITEM_XATTR;
	it->xattr.nid = n->up->nid;
	it->xattr.name = name;
	it->xattr.name_len = (uint32_t)strlen(name);
	it->xattr.value = x ? x->value : NULL;
	it->xattr.value_len = x ? (uint32_t)x->len : 0;
}

void put_xattr(struct layer *l, const struct node *n, const char *name)
{
	struct item it;

	if (!n->up->nlink)
		return;
	xattr_item(n, name, xattr_find(n->up, name), &it);
	item_add(&l->items, &it);
}

void put_free(struct layer *l, uint64_t nid)
{
	struct item it = { .kind = ITEM_FREE, .nid = nid };

	item_add(&l->items, &it);
}

/* ---- from the log to memory ---- */

static char *copy_string(const char *s, uint32_t len)
{
	return s ? strndup(s, len) : NULL;
}

static int load_node(struct layer *l, const struct item_node *it)
{
	struct node *n = node_by_nid(&l->tree, it->nid);

	if (!n) {
		n = node_new(&l->tree, it->mode);
		if (!n || node_materialize(&l->tree, n, it->nid))
			return -ENOMEM;
		node_keep_id(&l->tree, n);
	} else if (n->type != (it->mode & S_IFMT)) {
		return -EBADMSG;
	}
	free(n->up->origin);
	free(n->up->target);
	n->ino = it->ino;
	n->lower_ino = it->from.ino;
	n->flags = it->flags & NODE_KEPT;
	n->up->mode = it->mode & 07777;
	n->up->uid = it->uid;
	n->up->gid = it->gid;
	n->up->nlink = it->nlink;
	n->up->atime = it->atime;
	n->up->mtime = it->mtime;
	n->up->ctime = it->ctime;
	n->up->btime = it->btime;
	n->up->clean = it->clean;
	n->up->from = it->from;
	n->up->from_off = it->from_off;
	n->up->from_len = it->from_len;
	n->up->origin = copy_string(it->origin, it->origin_len);
	n->up->target = copy_string(it->target, it->target_len);
	if ((it->origin && !n->up->origin) || (it->target && !n->up->target))
		return -ENOMEM;
	return 0;
}

static int base_load(struct dent *d, const struct item_entry *it)
{
	free(d->base);
	d->base = NULL;
	if (!it->base.ino)
		return 0;
	d->base = malloc(sizeof(*d->base));
	if (!d->base)
		return -ENOMEM;
	*d->base = (struct base){ it->base, it->base_off, it->base_len,
				 it->base_when };
	return 0;
}

/* No directory may come to lie below itself, whatever a log says. */
static int is_above(const struct node *n, const struct node *dir)
{
	for (; dir; dir = dir->names ? dir->names->parent : NULL)
		if (dir == n)
			return 1;
	return 0;
}

static int load_entry(struct layer *l, const struct item_entry *it)
{
	struct node *dir = node_by_nid(&l->tree, it->parent), *n = NULL;
	struct dent *d;

	if (!dir || dir->type != S_IFDIR)
		return -EBADMSG;
	if (it->nid) {
		n = node_by_nid(&l->tree, it->nid);
		if (!n || is_above(n, dir))
			return -EBADMSG;
	}
	d = dent_find(&l->tree, dir, it->name, it->name_len);
	/* a directory has one name: the new one */
	if (n && n->type == S_IFDIR && n->names && n->names != d)
		dent_drop(&l->tree, n->names);
	if (d && d->node != n)
		dent_point(d, n);
	if (!d)
		d = dent_add(&l->tree, dir, it->name, it->name_len, n, 1);
	if (!d)
		return -ENOMEM;
	return base_load(d, it);
}

static int load_unentry(struct layer *l, const struct item_entry *it)
{
	struct node *dir = node_by_nid(&l->tree, it->parent);
	struct dent *d;

	if (!dir)
		return -EBADMSG;
	d = dent_find(&l->tree, dir, it->name, it->name_len);
	if (d)
		dent_drop(&l->tree, d);
	return 0;
}

static int load_xattr(struct layer *l, const struct item_xattr *it)
{
	struct node *n = node_by_nid(&l->tree, it->nid);
	char *name;
	int r;

	if (!n)
		return -EBADMSG;
	name = strndup(it->name, it->name_len);
	if (!name)
		return -ENOMEM;
	r = xattr_put(n->up, name, it->value, it->value_len);
	free(name);
	return r == -ENODATA ? 0 : r;
}

static int load_free(struct layer *l, uint64_t nid)
{
	struct node *n = node_by_nid(&l->tree, nid);

	if (nid >= l->tree.next_nid)
		l->tree.next_nid = nid + 1;
	if (!n || n == l->tree.root)
		return n ? -EBADMSG : 0;
	while (n->kids)
		dent_drop(&l->tree, n->kids);
	while (n->names)
		dent_drop(&l->tree, n->names);
	node_free(&l->tree, n);
	return 0;
}

static int load_item(struct layer *l, const struct item *it)
{
	switch (it->kind) {
	case ITEM_NODE:
		return load_node(l, &it->node);
	case ITEM_ENTRY:
		return load_entry(l, &it->entry);
	case ITEM_UNENTRY:
		return load_unentry(l, &it->entry);
	case ITEM_XATTR:
		return load_xattr(l, &it->xattr);
	case ITEM_FREE:
		return load_free(l, it->nid);
	}
	return -EBADMSG;
}

static int load_record(void *payload, const char *items, size_t len)
{
	const char *p = items, *end = items + len;
	struct layer *l = payload;
	struct item it;
	int r;

	while ((r = item_next(&p, end, &it)) > 0) {
		r = load_item(l, &it);
		if (r)
			return r;
	}
	return r;
}

static int is_moved(const struct node *n)
{
	struct buf path = BUF_INIT;
	int r;

	r = node_path(n, &path) || !n->up->origin ||
	    strcmp(path.ptr, n->up->origin);
	buf_release(&path);
	return r;
}

/* All names that the session knew are gone, the workspace has more of them. */
static int has_other_names(const struct node *n)
{
	return n->type == S_IFREG && n->up->nlink && n->up->from.ino;
}

/*
 * After the replay: nodes that nothing names (unlinked while open when the
 * daemon ended) go; the rest is told by what it was below.
 */
static void settle(struct layer *l)
{
	struct node *n, *next;

	for (size_t i = 0; i <= l->tree.by_id.mask; i++) {
		for (n = l->tree.by_id.at[i]; n; n = next) {
			next = n->id_next;
			if (n == l->tree.root)
				continue;
			if (!n->names && !n->kids && !has_other_names(n)) {
				node_free(&l->tree, n);
				continue;
			}
			if (n->type == S_IFREG && n->up->from.ino)
				node_add_lower(&l->tree, n);
			if (n->type == S_IFDIR && (n->flags & NODE_LOWER))
				l->moved |= is_moved(n);
		}
	}
}

static int keep_data(void *payload, uint64_t nid)
{
	struct layer *l = payload;
	struct node *n = node_by_nid(&l->tree, nid);

	return n && (n->flags & NODE_DATA);
}

int state_load(struct layer *l, struct err *err)
{
	int r = store_replay(&l->store, load_record, l, err);

	if (r)
		return r;
	settle(l);
	if (!l->readonly) {
		state_compact_locked(l, 0);
		store_data_sweep(&l->store, keep_data, l);
	}
	return 0;
}

/* ---- the whole state as a new log ---- */

struct fill {
	struct layer *l;
	struct store *to;
	struct buf items;
	int error;
};

static void flush(struct fill *f, size_t above)
{
	if (f->error || f->items.len <= above)
		return;
	f->error = store_append(f->to, &f->items);
	buf_clear(&f->items);
}

static void fill_node(struct fill *f, const struct node *n)
{
	struct item it;

	node_item(n, &it);
	item_add(&f->items, &it);
	for (const struct xattr *x = n->up->xattrs; x; x = x->next) {
		xattr_item(n, x->name, x, &it);
		item_add(&f->items, &it);
	}
	flush(f, 65536);
}

/* So that the last number is not used again where its node is gone. */
static void fill_last(struct fill *f)
{
	struct item it = { .kind = ITEM_FREE, .nid = f->l->tree.next_nid - 1 };

	if (!node_by_nid(&f->l->tree, it.nid))
		item_add(&f->items, &it);
}

static int fill_log(void *payload, struct store *to)
{
	struct fill f = { payload, to, BUF_INIT, 0 };
	struct tree *t = &f.l->tree;
	struct item it;

	fill_last(&f);
	for (size_t i = 0; i <= t->by_nid.mask; i++)
		for (struct node *n = t->by_nid.at[i]; n; n = n->up->nid_next)
			if (n->up->nlink)
				fill_node(&f, n);
	for (size_t i = 0; i <= t->dents.mask; i++) {
		for (struct dent *d = t->dents.at[i]; d; d = d->hash_next) {
			if (!d->is_override)
				continue;
			entry_item(d, &it);
			item_add(&f.items, &it);
			flush(&f, 65536);
		}
	}
	flush(&f, 0);
	buf_release(&f.items);
	return f.error;
}

int state_write(struct layer *l, struct store *to)
{
	return fill_log(l, to);
}

int state_compact_locked(struct layer *l, int force)
{
	const struct store *s = &l->store;

	if (!force && (s->log_len < COMPACT_MIN ||
		       s->log_len / 4 < s->log_live))
		return 0;
	return store_compact(&l->store, fill_log, l);
}
