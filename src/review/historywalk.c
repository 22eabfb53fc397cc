/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/history.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "review/gitdir.h"
#include "review/gitobjects.h"
#include "util/io.h"

/*
 * The reply: for each commit, the newest first,
 *
 *	id LEN\n digits\n  author LEN\n bytes\n  message LEN\n bytes\n  paths COUNT\n
 *	and COUNT times  LEN\n bytes\n
 */
#define MAX_DEPTH 200
#define MAX_PATHS 200000u
#define MESSAGE_MAX (256u << 10)
#define OBJECT_MAX (64u << 20)

struct walk {
	git_odb *odb;
	uint8_t base[GITSET_ID], base_tree[GITSET_ID];
	struct buf path, paths, reply;
	unsigned n_paths, total;
};

static const uint8_t none[GITSET_ID];

static int read_object(struct walk *w, const uint8_t *id, git_object_t want,
		       git_odb_object **out)
{
	git_object_t type;
	git_oid oid;
	size_t len;

	memcpy(oid.id, id, GITSET_ID);
	if (git_odb_read_header(&len, &type, w->odb, &oid) || type != want ||
	    len > OBJECT_MAX || git_odb_read(out, w->odb, &oid))
		return -EBADMSG;
	return 0;
}

static int add_path(struct walk *w)
{
	if (++w->total > MAX_PATHS)
		return -EFBIG;
	w->n_paths++;
	buf_addf(&w->paths, "%zu\n", w->path.len);
	buf_add(&w->paths, w->path.ptr, w->path.len);
	buf_addch(&w->paths, '\n');
	return buf_oom(&w->paths) ? -ENOMEM : 0;
}

/* ========== the difference of two trees, by ids alone ========== */

struct side {
	git_odb_object *obj;
	const uint8_t *p, *end;
	struct gittree_entry e;
	int more;
};

static int diff_trees(struct walk *w, const uint8_t *a, const uint8_t *b,
		      int depth);

static int side_next(struct side *s)
{
	s->more = gittree_next(&s->p, s->end, &s->e);
	return s->more < 0 ? s->more : 0;
}

/* No tree at all is one without entries. */
static int side_open(struct walk *w, struct side *s, const uint8_t *id)
{
	int r;

	*s = (struct side){ 0 };
	if (!memcmp(id, none, GITSET_ID))
		return 0;
	r = read_object(w, id, GIT_OBJECT_TREE, &s->obj);
	if (r)
		return r;
	s->p = git_odb_object_data(s->obj);
	s->end = s->p + git_odb_object_size(s->obj);
	return side_next(s);
}

/* git's order: a directory's name counts as if '/' followed it. */
static int order(const struct side *a, const struct side *b)
{
	size_t n = a->e.len < b->e.len ? a->e.len : b->e.len;
	int r, ca, cb;

	if (!a->more || !b->more)
		return b->more - a->more;
	r = memcmp(a->e.name, b->e.name, n);
	if (r)
		return r;
	ca = a->e.len > n ? (uint8_t)a->e.name[n] :
	     a->e.mode == GITMODE_DIR ? '/' : 0;
	cb = b->e.len > n ? (uint8_t)b->e.name[n] :
	     b->e.mode == GITMODE_DIR ? '/' : 0;
	return ca - cb;
}

/* One entry on one side, or on both with something different; NULL: none. */
static int diff_entry(struct walk *w, const struct gittree_entry *a,
		      const struct gittree_entry *b, int depth)
{
	const struct gittree_entry *e = a ? a : b;
	size_t len = w->path.len;
	int r;

	if (len)
		buf_addch(&w->path, '/');
	buf_add(&w->path, e->name, e->len);
	if (buf_oom(&w->path))
		r = -ENOMEM;
	else if (e->mode == GITMODE_DIR)
		r = diff_trees(w, a ? a->id : none, b ? b->id : none,
			       depth + 1);
	else
		r = add_path(w);
	buf_cut(&w->path, len);
	return r;
}

static int diff_step(struct walk *w, struct side *a, struct side *b, int depth)
{
	int c = order(a, b), r = 0;

	if (c < 0)
		r = diff_entry(w, &a->e, NULL, depth);
	else if (c > 0)
		r = diff_entry(w, NULL, &b->e, depth);
	else if (a->e.mode != b->e.mode ||
		 memcmp(a->e.id, b->e.id, GITSET_ID))
		r = diff_entry(w, &a->e, &b->e, depth);
	if (!r && c <= 0)
		r = side_next(a);
	if (!r && c >= 0)
		r = side_next(b);
	return r;
}

static int diff_trees(struct walk *w, const uint8_t *a, const uint8_t *b,
		      int depth)
{
	struct side x = { 0 }, y = { 0 };
	int r;

	if (!memcmp(a, b, GITSET_ID))
		return 0;
	if (depth > MAX_DEPTH)
		return -ELOOP;
	r = side_open(w, &x, a);
	if (!r)
		r = side_open(w, &y, b);
	while (!r && (x.more || y.more))
		r = diff_step(w, &x, &y, depth);
	git_odb_object_free(x.obj);
	git_odb_object_free(y.obj);
	return r;
}

/* ========== one commit ========== */

struct parsed {
	uint8_t tree[GITSET_ID], parent[GITSET_ID];
	const char *author, *message;
	size_t author_len, message_len;
};

/* "Name <mail> 1234567890 +0000", without anything that ends a line early. */
static int is_clean_author(const char *p, size_t len)
{
	const char *lt = memchr(p, '<', len), *gt = memchr(p, '>', len), *q;
	const char *end = p + len;

	if (!lt || !gt || gt < lt || end - gt < 9 || gt[1] != ' ')
		return 0;
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)p[i]))
			return 0;
	for (q = gt + 2; q < end && isdigit((unsigned char)*q); q++)
		;
	return q > gt + 2 && q - gt < 14 && end - q == 6 && q[0] == ' ' &&
	       (q[1] == '+' || q[1] == '-') && strspn(q + 2, "0123456789") >= 4;
}

static int parse_commit(const char *data, size_t len, struct parsed *c)
{
	const char *p = data, *end = data + len, *nl;
	size_t n;

	*c = (struct parsed){ 0 };
	if (memchr(data, '\0', len) || gitcommit_tree(data, len, c->tree))
		return -EBADMSG;
	for (; (nl = memchr(p, '\n', (size_t)(end - p))) && nl != p;
	     p = nl + 1) {
		n = (size_t)(nl - p);
		if (n == 47 && !strncmp(p, "parent ", 7) &&
		    !memcmp(c->parent, none, GITSET_ID) &&
		    gitdir_id_parse(p + 7, 40, c->parent))
			return -EBADMSG;
		if (n > 7 && !strncmp(p, "author ", 7) && !c->author) {
			c->author = p + 7;
			c->author_len = n - 7;
		}
	}
	if (!nl || !c->author || !is_clean_author(c->author, c->author_len))
		return -EBADMSG;
	c->message = nl + 1;
	c->message_len = (size_t)(end - c->message);
	return c->message_len > MESSAGE_MAX ? -EFBIG : 0;
}

static int tree_of(struct walk *w, const uint8_t *id, uint8_t tree[GITSET_ID])
{
	git_odb_object *obj = NULL;
	int r;

	r = read_object(w, id, GIT_OBJECT_COMMIT, &obj);
	if (!r)
		r = gitcommit_tree(git_odb_object_data(obj),
				   git_odb_object_size(obj), tree);
	git_odb_object_free(obj);
	return r;
}

static void add_text(struct buf *out, const char *word, const char *text,
		     size_t len)
{
	buf_addf(out, "%s %zu\n", word, len);
	buf_add(out, text, len);
	buf_addch(out, '\n');
}

/* The commit goes into the reply; parent becomes the next one, or none. */
static int add_commit(struct walk *w, const uint8_t *id,
		      uint8_t parent[GITSET_ID])
{
	git_odb_object *obj = NULL;
	uint8_t before[GITSET_ID];
	char hex[2 * GITSET_ID + 1];
	struct parsed c;
	int r;

	r = read_object(w, id, GIT_OBJECT_COMMIT, &obj);
	if (!r)
		r = parse_commit(git_odb_object_data(obj),
				 git_odb_object_size(obj), &c);
	if (!r && memcmp(c.parent, none, GITSET_ID))
		r = tree_of(w, c.parent, before);
	else if (!r)
		memcpy(before, w->base_tree, GITSET_ID);
	w->n_paths = 0;
	buf_clear(&w->paths);
	if (!r)
		r = diff_trees(w, before, c.tree, 0);
	if (!r) {
		gitdir_id_text(id, hex);
		add_text(&w->reply, "id", hex, strlen(hex));
		add_text(&w->reply, "author", c.author, c.author_len);
		add_text(&w->reply, "message", c.message, c.message_len);
		buf_addf(&w->reply, "paths %u\n", w->n_paths);
		buf_add(&w->reply, w->paths.ptr, w->paths.len);
		memcpy(parent, c.parent, GITSET_ID);
		r = buf_oom(&w->reply) ? -ENOMEM : 0;
	}
	git_odb_object_free(obj);
	return r;
}

static int walk_commits(struct walk *w, const uint8_t *head)
{
	uint8_t at[GITSET_ID], parent[GITSET_ID];
	int r = 0;

	memcpy(at, head, GITSET_ID);
	for (size_t n = 0; !r && memcmp(at, w->base, GITSET_ID) &&
	     memcmp(at, none, GITSET_ID); n++) {
		if (n == HISTORY_MAX)
			return -EFBIG;
		r = add_commit(w, at, parent);
		memcpy(at, parent, GITSET_ID);
	}
	return r;
}

static int open_head(const struct history_walk *h, struct gitdir *d,
		     struct githead *head)
{
	struct err err = ERR_INIT;
	int r;

	*d = (struct gitdir){ .fd = -1, .common = -1, .objects = -1,
			      .config = BUF_INIT };
	d->fd = h->git;
	d->common = h->git;
	r = io_open_beneath(h->git, "objects", O_RDONLY | O_DIRECTORY, 0,
			    &d->objects);
	return r ? r : gitdir_head(d, head, &err);
}

int history_walk(void *payload, int out)
{
	const struct history_walk *h = payload;
	struct walk w = { .path = BUF_INIT, .paths = BUF_INIT,
			  .reply = BUF_INIT };
	struct githead head = { 0 };
	struct gitdir d;
	int r;

	r = open_head(h, &d, &head);
	if (!r && !head.born)
		r = -ENOENT;
	if (!r)
		r = gitdir_id_parse(h->base, strlen(h->base), w.base);
	if (!r)
		r = gitodb_open(&w.odb, d.objects, NULL);
	/* an agent that threw the base away is compared with nothing */
	if (!r && tree_of(&w, w.base, w.base_tree))
		memset(w.base_tree, 0, GITSET_ID);
	if (!r)
		r = walk_commits(&w, head.id);
	if (!r)
		r = io_write_full(out, w.reply.ptr, w.reply.len);
	git_odb_free(w.odb);
	githead_release(&head);
	io_close(&d.objects);
	buf_release(&w.path);
	buf_release(&w.paths);
	buf_release(&w.reply);
	return r;
}
