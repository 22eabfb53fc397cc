/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/blobs_store.h"
#include "util/io.h"
#include "util/quiet.h"

#define DEPTH_MAX 4096

struct id_list {
	struct ided {
		uint8_t id[GITSET_ID];
		time_t when;
	} *at;
	size_t n, cap;
};

struct blobs {
	struct blobs_store store;
	blobs_fn fn;
	void *payload;
	struct gitset seen;	/* blobs and trees already looked at */
	struct id_list commits, blobs, tags;
	struct blobs_object now;
	char commit_hex[41], id_hex[41];
	struct buf path;
};

static int list_add(struct id_list *l, const uint8_t *id, time_t when)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 256;
		struct ided *at = realloc(l->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	memcpy(l->at[l->n].id, id, GITSET_ID);
	l->at[l->n++].when = when;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct ided *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return memcmp(x->id, y->id, GITSET_ID);
}

/* Hands out one object's content, or that it cannot be read. */
static int hand_out(struct blobs *h, const uint8_t *id, const char *path,
		    int message)
{
	git_odb_object *o = NULL;
	int r = blobs_read(&h->store, id, &o);

	gitdir_id_text(id, h->id_hex);
	h->now.id = h->id_hex;
	h->now.path = path;
	h->now.message = message;
	h->now.error = r;
	h->now.data = r ? NULL : git_odb_object_data(o);
	h->now.len = r ? 0 : git_odb_object_size(o);
	h->now.done++;
	r = h->fn(h->payload, &h->now);
	git_odb_object_free(o);
	return r;
}

static int walk(struct blobs *h, const uint8_t *tree, int depth);

static int walk_entry_of(struct blobs *h, const struct gittree_entry *e,
			 int depth)
{
	size_t len = h->path.len;
	int r;

	if ((e->mode & 0170000) == 0160000)
		return 0;	/* a submodule's commit is not ours */
	r = gitset_put(&h->seen, e->id, NULL, 0, NULL);
	if (r <= 0)
		return r;
	if (len)
		buf_addch(&h->path, '/');
	buf_add(&h->path, e->name, e->len);
	if (buf_oom(&h->path))
		return -ENOMEM;
	r = e->mode == GITMODE_DIR ? walk(h, e->id, depth + 1) :
	    h->fn ? hand_out(h, e->id, h->path.ptr, 0) : 0;
	buf_cut(&h->path, len);
	return r;
}

static int walk(struct blobs *h, const uint8_t *tree, int depth)
{
	const uint8_t *p, *end;
	struct gittree_entry e;
	git_odb_object *o;
	int r;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	r = blobs_read(&h->store, tree, &o);
	if (r)
		return h->fn ? hand_out(h, tree, h->path.ptr, 0) : 0;
	p = git_odb_object_data(o);
	end = p + git_odb_object_size(o);
	while ((r = gittree_next(&p, end, &e)) == 1) {
		r = walk_entry_of(h, &e, depth);
		if (r < 0)
			break;
	}
	git_odb_object_free(o);
	/* What is no tree to git shows nothing to git either. */
	return r == -EINVAL ? 0 : r;
}

static void set_commit(struct blobs *h, const uint8_t *id,
		       const struct blobs_commit *c)
{
	h->now.commit = NULL;
	h->now.author = "";
	h->now.date = 0;
	if (!c)
		return;
	gitdir_id_text(id, h->commit_hex);
	h->now.commit = h->commit_hex;
	h->now.author = c->author;
	h->now.date = c->date;
}

static int do_commit(struct blobs *h, const uint8_t *id)
{
	struct blobs_commit c;
	git_odb_object *o;
	int r;

	r = blobs_read(&h->store, id, &o);
	if (r) {
		set_commit(h, id, NULL);
		return hand_out(h, id, NULL, 1);
	}
	r = blobs_parse_commit(git_odb_object_data(o),
				 git_odb_object_size(o), &c);
	git_odb_object_free(o);
	if (r)
		return 0;
	set_commit(h, id, &c);
	r = hand_out(h, id, NULL, 1);
	if (!r && gitset_put(&h->seen, c.tree, NULL, 0, NULL) == 1)
		r = walk(h, c.tree, 0);
	return r < 0 ? r : 0;
}

static int open_blobs(struct blobs *h, const char *dir, blobs_fn fn,
			void *payload, struct err *err)
{
	memset(h, 0, sizeof(*h));
	h->fn = fn;
	h->payload = payload;
	gitset_init(&h->seen);
	buf_init(&h->path);
	return blobs_open(&h->store, dir, err);
}

static void close_blobs(struct blobs *h)
{
	blobs_close(&h->store);
	gitset_release(&h->seen);
	buf_release(&h->path);
	free(h->commits.at);
	free(h->blobs.at);
	free(h->tags.at);
}

static time_t commit_time(struct blobs *h, const uint8_t *id)
{
	struct blobs_commit c;
	git_odb_object *o;
	time_t when = 0;

	if (blobs_read(&h->store, id, &o))
		return 0;
	if (!blobs_parse_commit(git_odb_object_data(o),
				  git_odb_object_size(o), &c))
		when = c.committed;
	git_odb_object_free(o);
	return when;
}

static int sort_in(const git_oid *oid, void *payload)
{
	struct blobs *h = payload;
	git_object_t type;
	size_t len;
	int r = 0;

	if (blobs_about(h->store.watch, oid->id) ||
	    git_odb_read_header(&len, &type, h->store.odb, oid))
		type = GIT_OBJECT_BLOB;	/* hand_out will say that it is broken */
	if (type == GIT_OBJECT_COMMIT)
		r = list_add(&h->commits, oid->id, commit_time(h, oid->id));
	else if (type == GIT_OBJECT_TAG)
		r = list_add(&h->tags, oid->id, 0);
	else if (type == GIT_OBJECT_BLOB)
		r = list_add(&h->blobs, oid->id, 0);
	return r;
}

/* What is asked for, done in the child. */
struct task {
	const char *dir, *rev;
};

static int all_here(void *task, struct blobs_watch *w, blobs_fn fn,
		    void *payload, struct err *err)
{
	const struct task *t = task;
	struct blobs h;
	int r = open_blobs(&h, t->dir, fn, payload, err);

	h.store.watch = w;
	if (r)
		goto out;
	r = git_odb_foreach(h.store.odb, sort_in, &h);
	if (r)
		goto failed;
	h.now.total = h.commits.n + h.blobs.n + h.tags.n;
	qsort(h.commits.at, h.commits.n, sizeof(*h.commits.at), by_time);
	for (size_t i = 0; !r && i < h.commits.n; i++)
		r = do_commit(&h, h.commits.at[i].id);
	set_commit(&h, NULL, NULL);
	for (size_t i = 0; !r && i < h.tags.n; i++)
		r = hand_out(&h, h.tags.at[i].id, NULL, 1);
	for (size_t i = 0; !r && i < h.blobs.n; i++)
		if (gitset_put(&h.seen, h.blobs.at[i].id, NULL, 0, NULL) == 1)
			r = hand_out(&h, h.blobs.at[i].id, NULL, 0);
failed:
	if (r)
		err_errno(err, r, "git history");
out:
	close_blobs(&h);
	return r;
}

/*
 * All commits that start reaches, into known; unless list is NULL, those that
 * were not known go into it too.
 */
static int reach(struct blobs *h, const uint8_t *start, struct gitset *known,
		 struct id_list *list)
{
	struct id_list todo = { NULL, 0, 0 };
	struct blobs_commit c;
	git_odb_object *o;
	int r = list_add(&todo, start, 0);

	while (!r && todo.n) {
		uint8_t id[GITSET_ID];

		memcpy(id, todo.at[--todo.n].id, GITSET_ID);
		r = gitset_put(known, id, NULL, 0, NULL);
		if (r <= 0)
			continue;
		r = blobs_read(&h->store, id, &o);
		if (r) {
			/* The end of a shallow clone. */
			r = r == -ENOENT ? 0 : r;
			continue;
		}
		r = blobs_parse_commit(git_odb_object_data(o),
					 git_odb_object_size(o), &c);
		git_odb_object_free(o);
		if (!r && list)
			r = list_add(list, id, c.committed);
		for (size_t i = 0; !r && i < c.parents; i++)
			r = list_add(&todo, c.parent[i], 0);
	}
	free(todo.at);
	return r;
}

/* Marks all of a commit's tree as seen, without handing it out. */
static int mark_seen(struct blobs *h, const uint8_t *commit)
{
	struct blobs_commit c;
	blobs_fn fn = h->fn;
	git_odb_object *o;
	int r = blobs_read(&h->store, commit, &o);

	if (r)
		return r;
	r = blobs_parse_commit(git_odb_object_data(o),
				 git_odb_object_size(o), &c);
	git_odb_object_free(o);
	h->fn = NULL;
	if (!r && gitset_put(&h->seen, c.tree, NULL, 0, NULL) == 1)
		r = walk(h, c.tree, 0);
	h->fn = fn;
	return r;
}

static int since_here(void *task, struct blobs_watch *w, blobs_fn fn,
		      void *payload, struct err *err)
{
	const struct task *t = task;
	uint8_t from[GITSET_ID], head[GITSET_ID];
	struct gitset known;
	struct blobs h;
	int r = open_blobs(&h, t->dir, fn, payload, err);

	h.store.watch = w;
	gitset_init(&known);
	if (!r)
		r = blobs_resolve(&h.store, t->rev, from, err);
	if (!r)
		r = blobs_resolve(&h.store, "HEAD", head, err);
	if (r)
		goto out;
	r = reach(&h, from, &known, NULL);
	if (!r)
		r = reach(&h, head, &known, &h.commits);
	if (!r)
		r = mark_seen(&h, from);
	h.now.total = h.commits.n;
	if (h.commits.n)
		qsort(h.commits.at, h.commits.n, sizeof(*h.commits.at),
		      by_time);
	for (size_t i = 0; !r && i < h.commits.n; i++)
		r = do_commit(&h, h.commits.at[i].id);
	if (r)
		err_errno(err, r, "git history");
out:
	gitset_release(&known);
	close_blobs(&h);
	return r;
}

static int hand_out_index(struct blobs *h)
{
	git_index *index = NULL;
	int fd, r = 0;

	r = quiet_open(h->store.dir.fd, "index", O_NOFOLLOW, &fd);
	if (r)
		return r == -ENOENT ? 0 : r;
	r = gitodb_index(&index, fd);
	if (!r)
		h->now.total = git_index_entrycount(index);
	for (size_t i = 0; !r && i < h->now.total; i++) {
		const git_index_entry *e = git_index_get_byindex(index, i);

		if ((e->mode & 0170000) == 0160000)
			continue;
		r = gitset_put(&h->seen, e->id.id, NULL, 0, NULL);
		if (r == 1)
			r = hand_out(h, e->id.id, e->path, 0);
	}
	git_index_free(index);
	close(fd);
	return r;
}

static int staged_here(void *task, struct blobs_watch *w, blobs_fn fn,
		       void *payload, struct err *err)
{
	const struct task *t = task;
	uint8_t head[GITSET_ID];
	struct blobs h;
	int r = open_blobs(&h, t->dir, fn, payload, err);

	h.store.watch = w;
	if (r)
		goto out;
	/* Before the first commit there is no HEAD: all is new. */
	if (!blobs_resolve(&h.store, "HEAD", head, NULL))
		r = mark_seen(&h, head);
	set_commit(&h, NULL, NULL);
	if (!r)
		r = hand_out_index(&h);
	if (r)
		err_errno(err, r, "git index");
out:
	close_blobs(&h);
	return r;
}

int blobs_all(const char *dir, blobs_fn fn, void *payload, struct err *err)
{
	struct task t = { .dir = dir };

	return blobs_apart(all_here, &t, BLOBS_IDLE, fn, payload, err);
}

int blobs_since(const char *dir, const char *rev, blobs_fn fn,
		  void *payload, struct err *err)
{
	struct task t = { .dir = dir, .rev = rev };

	return blobs_apart(since_here, &t, BLOBS_IDLE, fn, payload, err);
}

int blobs_staged(const char *dir, blobs_fn fn, void *payload,
		   struct err *err)
{
	struct task t = { .dir = dir };

	return blobs_apart(staged_here, &t, BLOBS_IDLE, fn, payload, err);
}

int blobs_install_hook(const char *dir, const char *text, struct err *err)
{
	struct buf old = BUF_INIT;
	struct blobs h;
	int r, fd = -1;

	r = open_blobs(&h, dir, NULL, NULL, err);
	if (r)
		goto out;
	if (mkdirat(h.store.dir.common, "hooks", 0777) && errno != EEXIST)
		r = -errno;
	if (!r)
		fd = openat(h.store.dir.common, "hooks", O_RDONLY | O_DIRECTORY |
			    O_CLOEXEC | O_NOFOLLOW);
	if (!r && fd < 0)
		r = -errno;
	if (!r && gitdir_has(fd, "pre-commit") &&
	    (gitdir_read(fd, "pre-commit", GITDIR_SMALL, &old) ||
	     strcmp(old.ptr, text))) {
		r = err_set(err, -EEXIST, "there is a pre-commit hook already; "
			    "add a line \"scrim scan --staged\" to it");
		goto out;
	}
	if (!r)
		r = io_replace(fd, "pre-commit", text, strlen(text), 0755);
	if (r)
		err_errno(err, r, "pre-commit hook");
out:
	io_close(&fd);
	buf_release(&old);
	close_blobs(&h);
	return r;
}
