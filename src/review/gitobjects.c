/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitobjects.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "review/gitconf.h"
#include "review/gitdir.h"
#include "util/io.h"
#include "util/path.h"

#define MAX_DEPTH 200

int gitobjects_open(struct gitobjects *o, int objects_fd,
		    const struct gitview_rules *rules, struct buf *why)
{
	int r;

	*o = (struct gitobjects){ .rules = rules, .memfd = -1,
				  .objects_fd = objects_fd, .path = BUF_INIT,
				  .why = why };
	gitset_init(&o->seen);
	gitset_init(&o->judged);
	gitset_init(&o->paths);
	o->memfd = memfd_create("scrim-blob", MFD_CLOEXEC);
	if (o->memfd < 0)
		return -errno;
	r = gitodb_open(&o->odb, objects_fd, NULL);
	return r ? r : gitodb_open_packs(&o->packs, objects_fd);
}

void gitobjects_release(struct gitobjects *o)
{
	git_odb_free(o->odb);
	git_odb_free(o->packs);
	o->odb = o->packs = NULL;
	io_close(&o->memfd);
	gitset_release(&o->seen);
	gitset_release(&o->judged);
	gitset_release(&o->paths);
	buf_release(&o->path);
}

static int found(struct gitobjects *o, const char *what, const char *path)
{
	buf_clear(o->why);
	buf_addf(o->why, what, path);
	return GITOBJECTS_FOUND;
}

static int read_object(struct gitobjects *o, const uint8_t *id,
		       git_odb_object **out)
{
	return gitodb_read(o->odb, id, GITOBJECTS_BLOB_MAX, out);
}

/* The path alone: what is certain to be protected is found here. */
static int judge_path(struct gitobjects *o, const char *path, size_t len,
		      struct verdict *v)
{
	uint8_t confirm[GITSET_ID] = { 0 };
	const uint8_t *known = gitset_get(&o->paths, NULL, path, len);

	*v = (struct verdict){ .action = ACTION_SHOW };
	if (known && !known[0])
		return GITOBJECTS_CLEAN;
	o->rules->path(o->rules->payload, path, len, v);
	if (v->action > ACTION_READONLY && !v->confirm)
		return found(o, "%s is in the history or the index", path);
	confirm[0] = (uint8_t)v->confirm;
	return gitset_put(&o->paths, NULL, path, len, confirm) < 0 ? -ENOMEM :
	       GITOBJECTS_CLEAN;
}

static int judge_bytes(struct gitobjects *o, const struct verdict *v,
		       const char *path, const void *data, size_t len)
{
	struct gitrules_answer a;
	int r;

	r = gitrules_judge(o->rules, o->memfd, v, path, data, len, NULL, &a);
	if (r)
		return r;
	if (a.action > ACTION_READONLY)
		return found(o, "%s is in the history or the index", path);
	if (a.show < 0)
		return found(o, "a version of %s could not be judged", path);
	return a.show ? found(o, "a version of %s holds a secret", path) :
	       GITOBJECTS_CLEAN;
}

int gitobjects_named(struct gitobjects *o, const uint8_t *id, const char *path)
{
	git_odb_object *obj = NULL;
	struct verdict v;
	int r;

	r = judge_path(o, path, strlen(path), &v);
	if (r)
		return r;
	if (gitset_put(&o->seen, id, "", 0, NULL) < 0)
		return -ENOMEM;
	r = gitset_put(&o->judged, id, path, strlen(path), NULL);
	if (r <= 0)
		return r;
	r = read_object(o, id, &obj);
	if (r)
		return r == -ENOENT ? GITOBJECTS_CLEAN : r;
	r = judge_bytes(o, &v, path, git_odb_object_data(obj),
			git_odb_object_size(obj));
	git_odb_object_free(obj);
	return r;
}

static int walk_tree_object(struct gitobjects *o, const uint8_t *id,
			    int depth);

static int walk_entry(struct gitobjects *o, const struct gittree_entry *e,
		      int depth)
{
	struct verdict v;
	int r;

	if (e->mode == GITMODE_GITLINK)
		return GITOBJECTS_CLEAN;
	if (e->mode != GITMODE_DIR)
		return gitobjects_named(o, e->id, o->path.ptr);
	r = judge_path(o, o->path.ptr, o->path.len, &v);
	return r ? r : walk_tree_object(o, e->id, depth + 1);
}

static int walk_tree_object(struct gitobjects *o, const uint8_t *id, int depth)
{
	git_odb_object *obj = NULL;
	const uint8_t *p, *end;
	struct gittree_entry e;
	size_t len = o->path.len;
	int r;

	if (depth > MAX_DEPTH)
		return -ELOOP;
	if (gitset_put(&o->seen, id, "", 0, NULL) < 0)
		return -ENOMEM;
	r = gitset_put(&o->judged, id, o->path.ptr, len, NULL);
	if (r <= 0)
		return r;
	r = read_object(o, id, &obj);
	if (r)
		return r == -ENOENT ? GITOBJECTS_CLEAN : r;
	r = git_odb_object_type(obj) == GIT_OBJECT_TREE ? 0 : -EINVAL;
	p = git_odb_object_data(obj);
	end = p + git_odb_object_size(obj);
	while (!r && (r = gittree_next(&p, end, &e)) == 1) {
		buf_cut(&o->path, len);
		if (len)
			buf_addch(&o->path, '/');
		buf_addstr(&o->path, e.name);
		r = buf_oom(&o->path) ? -ENOMEM : walk_entry(o, &e, depth);
	}
	buf_cut(&o->path, len);
	git_odb_object_free(obj);
	return r;
}

static int judge_message(struct gitobjects *o, const char *data, size_t len)
{
	static const struct verdict show = { .action = ACTION_SHOW };
	struct gitrules_answer a;
	int r;

	r = gitrules_judge(o->rules, o->memfd, &show, "", data, len, NULL, &a);
	if (r)
		return r;
	if (a.show || gitconf_text_has_login(data, len))
		return found(o, "%s holds a secret", "a commit's message");
	return GITOBJECTS_CLEAN;
}

/* The message and the tree of a commit go by a path that no file can have. */
static int is_new_commit(struct gitobjects *o, const git_oid *oid,
			 const char *prefix)
{
	struct buf path = BUF_INIT;
	int r;

	buf_addf(&path, "//%s", prefix);
	r = buf_oom(&path) ? -ENOMEM :
	    gitset_put(&o->judged, oid->id, path.ptr, path.len, NULL);
	buf_release(&path);
	return r;
}

static int judge_commit(struct gitobjects *o, const git_oid *oid,
			const char *prefix)
{
	git_odb_object *obj = NULL;
	uint8_t tree[GITSET_ID];
	int r;

	r = is_new_commit(o, oid, prefix);
	if (r <= 0)
		return r;
	r = read_object(o, oid->id, &obj);
	if (r)
		return r;
	r = judge_message(o, git_odb_object_data(obj),
			  git_odb_object_size(obj));
	if (!r && git_odb_object_type(obj) == GIT_OBJECT_COMMIT) {
		r = gitcommit_tree(git_odb_object_data(obj),
				   git_odb_object_size(obj), tree);
		buf_clear(&o->path);
		buf_addstr(&o->path, prefix);
		if (!r)
			r = walk_tree_object(o, tree, 0);
	}
	git_odb_object_free(obj);
	return r;
}

/* All ids with their types, one after the other. */
struct listed {
	git_oid oid;
	git_object_t type;
};

struct listing {
	git_odb *odb;
	struct buf items;
};

static int list_one(const git_oid *oid, void *payload)
{
	struct listing *l = payload;
	struct listed item = { .oid = *oid };
	size_t len;

	if (git_odb_read_header(&len, &item.type, l->odb, oid))
		return -1;
	buf_add(&l->items, &item, sizeof(item));
	return buf_oom(&l->items) ? -1 : 0;
}

/* 1 where the object is a file of its own, and nowhere else. */
static int hide(struct gitobjects *o, const git_oid *oid)
{
	char hex[41], path[48];

	gitdir_id_text(oid->id, hex);
	snprintf(path, sizeof(path), "%.2s/%s", hex, hex + 2);
	if (!o->hide || o->unnamed > GITOBJECTS_HIDE_MAX ||
	    git_odb_exists(o->packs, oid) || !gitdir_has(o->objects_fd, path))
		return 0;
	buf_addf(o->hide, "hide %s%s\n", o->hide_below, path);
	return !buf_oom(o->hide);
}

/* What neither a commit's tree nor an index named has no known path. */
static int judge_rest(struct gitobjects *o, const struct listed *at, size_t n)
{
	unsigned long left = 0;

	for (size_t i = 0; i < n; i++) {
		if ((at[i].type != GIT_OBJECT_BLOB &&
		     at[i].type != GIT_OBJECT_TREE) ||
		    gitset_get(&o->seen, at[i].oid.id, "", 0))
			continue;
		o->unnamed++;
		left += !hide(o, &at[i].oid);
	}
	if (!left)
		return GITOBJECTS_CLEAN;
	buf_clear(o->why);
	buf_addf(o->why, "%lu objects belong to no commit and may be any file "
		 "(git gc --prune=now removes them)", left);
	return GITOBJECTS_FOUND;
}

int gitobjects_all(struct gitobjects *o, const char *prefix)
{
	struct listing l = { o->odb, BUF_INIT };
	const struct listed *at;
	size_t n;
	int r = 0;

	if (git_odb_foreach(o->odb, list_one, &l))
		r = -EIO;
	at = (const struct listed *)(const void *)l.items.ptr;
	n = l.items.len / sizeof(*at);
	for (size_t i = 0; !r && i < n; i++)
		if (at[i].type == GIT_OBJECT_COMMIT ||
		    at[i].type == GIT_OBJECT_TAG)
			r = judge_commit(o, &at[i].oid, prefix);
	if (!r)
		r = judge_rest(o, at, n);
	buf_release(&l.items);
	return r;
}
