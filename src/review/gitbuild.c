/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/gitbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/gitchild.h"
#include "review/gitconf.h"
#include "util/io.h"
#include "util/path.h"

#define MAX_DEPTH 200

static const uint8_t none[GITSET_ID];
static const uint8_t empty_blob[GITSET_ID] = {
	0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b,
	0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4, 0x8c, 0x53, 0x91
};
static const uint8_t empty_tree[GITSET_ID] = {
	0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60,
	0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee, 0x49, 0x04
};

static int read_object(struct gitbuild *b, const uint8_t *id,
		       git_object_t want, git_odb_object **out)
{
	git_object_t type;
	git_oid oid;
	size_t len;
	int r;

	memcpy(oid.id, id, GITSET_ID);
	r = git_odb_read_header(&len, &type, b->odb, &oid);
	if (!r && type != want)
		return -EINVAL;
	if (!r && len > GITOBJECTS_BLOB_MAX)
		return -EFBIG;
	if (!r)
		r = git_odb_read(out, b->odb, &oid);
	if (r)
		return r == GIT_ENOTFOUND ? -ENOENT : -EIO;
	return 0;
}

/* Listed, but not readable: git in the view is told to pass it over. */
static int exclude(struct gitbuild *b, const char *path)
{
	const char *p = path + b->prefix.len + (b->prefix.len ? 1 : 0);

	buf_addch(&b->exclude, '/');
	for (; *p; p++) {
		if (strchr("\\*?[ ", *p))
			buf_addch(&b->exclude, '\\');
		buf_addch(&b->exclude, *p == '\n' ? '?' : *p);
	}
	buf_addch(&b->exclude, '\n');
	return buf_oom(&b->exclude) ? -ENOMEM : GITBUILD_LEFT_OUT;
}

static int put_blob(struct gitbuild *b, const uint8_t *id, unsigned mode,
		    const struct verdict *v, const char *path,
		    git_odb_object *obj, uint8_t new[GITSET_ID])
{
	static const struct verdict show = { .action = ACTION_SHOW };
	const void *data = git_odb_object_data(obj);
	size_t len = git_odb_object_size(obj);
	int is_link = mode == GITMODE_LINK, r;
	struct gitrules_answer a = { ACTION_SHOW, 0 };

	r = gitrules_judge(b->rules, b->memfd, is_link ? &show : v,
			   is_link ? "" : path, data, len, &b->bytes, &a);
	if (r)
		return r;
	/* a link whose target holds a secret is not read in the view either */
	if (a.action == ACTION_DENY || (is_link && a.show))
		return exclude(b, path);
	if (a.action == ACTION_HIDE || a.show < 0)
		return GITBUILD_LEFT_OUT;
	if (!a.show) {
		gitblobs_note(&b->before, id, path);
		return gitpack_add(&b->pack, GITPACK_BLOB, data, len, id, new);
	}
	return gitpack_add(&b->pack, GITPACK_BLOB, b->bytes.ptr, b->bytes.len,
			   NULL, new);
}

static int make_blob(struct gitbuild *b, const uint8_t *id, unsigned mode,
		     const char *path, uint8_t new[GITSET_ID])
{
	git_odb_object *obj = NULL;
	struct verdict v;
	int r;

	b->rules->path(b->rules->payload, path, strlen(path), &v);
	if (!v.confirm && v.action == ACTION_DENY)
		return exclude(b, path);
	if (!v.confirm && v.action == ACTION_HIDE)
		return GITBUILD_LEFT_OUT;
	if (!memcmp(id, empty_blob, GITSET_ID))
		return gitpack_add(&b->pack, GITPACK_BLOB, "", 0, id, new);
	r = mode == GITMODE_LINK ? 0 :
	    gitblobs_copy(&b->before, &b->pack, id, path);
	if (r > 0) {
		memcpy(new, id, GITSET_ID);
		gitblobs_note(&b->before, id, path);
		return GITBUILD_SHOWN;
	}
	if (!r)
		r = read_object(b, id, GIT_OBJECT_BLOB, &obj);
	if (r)
		return r == -ENOENT || r == -EFBIG ? GITBUILD_LEFT_OUT : r;
	r = put_blob(b, id, mode, &v, path, obj, new);
	git_odb_object_free(obj);
	return r;
}

int gitbuild_blob(struct gitbuild *b, const uint8_t *id, unsigned mode,
		  const char *path, uint8_t new[GITSET_ID])
{
	const uint8_t *known = gitset_get(&b->blobs, id, path, strlen(path));
	int r;

	if (known) {
		memcpy(new, known, GITSET_ID);
		return memcmp(new, none, GITSET_ID) ? GITBUILD_SHOWN :
		       GITBUILD_LEFT_OUT;
	}
	gitchild_beat(b->reply, &b->beat);
	memset(new, 0, GITSET_ID);
	r = make_blob(b, id, mode, path, new);
	if (r < 0)
		return r;
	if (gitset_put(&b->blobs, id, path, strlen(path), new) < 0)
		return -ENOMEM;
	return r;
}

/* 1 if repo is the submodule whose files are at path. */
static int is_module_at(const struct gitview_repo *repo, const char *path)
{
	size_t n = path_parent_len(repo->path);

	return (repo->kind == GITVIEW_DIR || repo->kind == GITVIEW_FILE) &&
	       strlen(path) == n && !strncmp(path, repo->path, n);
}

int gitbuild_gitlink(struct gitbuild *b, const uint8_t *id, const char *path,
		     uint8_t new[GITSET_ID])
{
	struct verdict v;
	char hex[41];

	b->rules->path(b->rules->payload, path, strlen(path), &v);
	if (v.action >= ACTION_DENY)
		return GITBUILD_LEFT_OUT;
	memcpy(new, id, GITSET_ID);
	gitdir_id_text(id, hex);
	for (size_t i = 0; i < b->v->n; i++)
		if (is_module_at(&b->v->at[i], path) &&
		    !strcmp(b->v->at[i].head, hex))
			return gitdir_id_parse(b->v->at[i].new_head, 40, new);
	return GITBUILD_SHOWN;
}

static int make_tree(struct gitbuild *b, const uint8_t *id, int depth,
		     uint8_t new[GITSET_ID]);

static int make_entry(struct gitbuild *b, const struct gittree_entry *e,
		      int depth, uint8_t new[GITSET_ID])
{
	if (e->mode == GITMODE_GITLINK)
		return gitbuild_gitlink(b, e->id, b->path.ptr, new);
	if (e->mode != GITMODE_DIR)
		return gitbuild_blob(b, e->id, e->mode, b->path.ptr, new);
	return make_tree(b, e->id, depth + 1, new);
}

static int make_entries(struct gitbuild *b, git_odb_object *obj, int depth,
			struct buf *tree)
{
	const uint8_t *p = git_odb_object_data(obj);
	const uint8_t *end = p + git_odb_object_size(obj);
	struct gittree_entry e;
	uint8_t new[GITSET_ID];
	size_t len = b->path.len;
	int r;

	while ((r = gittree_next(&p, end, &e)) == 1) {
		buf_cut(&b->path, len);
		if (len)
			buf_addch(&b->path, '/');
		buf_addstr(&b->path, e.name);
		r = buf_oom(&b->path) ? -ENOMEM :
		    make_entry(b, &e, depth, new);
		if (r < 0)
			break;
		if (r == GITBUILD_LEFT_OUT)
			continue;
		buf_addf(tree, "%o %s", e.mode, e.name);
		buf_add(tree, "", 1);
		buf_add(tree, new, GITSET_ID);
	}
	buf_cut(&b->path, len);
	return r < 0 ? r : 0;
}

/* A directory in which nothing is left is left out: git has no empty ones. */
static int make_tree(struct gitbuild *b, const uint8_t *id, int depth,
		     uint8_t new[GITSET_ID])
{
	git_odb_object *obj = NULL;
	struct buf tree = BUF_INIT;
	int r = 0;

	if (depth > MAX_DEPTH)
		return -ELOOP;
	if (memcmp(id, empty_tree, GITSET_ID))
		r = read_object(b, id, GIT_OBJECT_TREE, &obj);
	if (!r && obj)
		r = make_entries(b, obj, depth, &tree);
	if (!r && buf_oom(&tree))
		r = -ENOMEM;
	if (!r && !tree.len && depth)
		r = GITBUILD_LEFT_OUT;
	else if (!r)
		r = gitpack_add(&b->pack, GITPACK_TREE, tree.ptr, tree.len,
				NULL, new);
	git_odb_object_free(obj);
	buf_release(&tree);
	return r;
}

static void add_line(struct buf *out, const char *line, size_t len)
{
	static const char *const kept[] = { "author ", "committer ",
					    "encoding " };

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (!strncmp(line, kept[i], strlen(kept[i])))
			buf_add(out, line, len);
}

/* The message, unless it holds a secret: then as the view would show it. */
static int add_message(struct gitbuild *b, struct buf *out, const char *text,
		       size_t len)
{
	static const struct verdict show = { .action = ACTION_SHOW };
	struct gitrules_answer a;
	int r;

	r = gitrules_judge(b->rules, b->memfd, &show, "", text, len, &b->bytes,
			   &a);
	if (r)
		return r;
	if (a.show < 0 || gitconf_text_has_login(text, len))
		buf_addstr(out, "\n(the message holds a secret)\n");
	else
		buf_add(out, b->bytes.ptr, b->bytes.len);
	return 0;
}

/* Who made it and when; masks leave such a line one that git can read. */
static int add_header(struct gitbuild *b, struct buf *out, const char **p,
		      const char *end)
{
	static const struct verdict show = { .action = ACTION_SHOW };
	struct buf kept = BUF_INIT;
	struct gitrules_answer a;
	const char *nl;
	int r;

	while ((nl = memchr(*p, '\n', (size_t)(end - *p))) && nl != *p) {
		add_line(&kept, *p, (size_t)(nl - *p) + 1);
		*p = nl + 1;
	}
	r = buf_oom(&kept) ? -ENOMEM :
	    gitrules_judge(b->rules, b->memfd, &show, "", kept.ptr, kept.len,
			   &b->bytes, &a);
	if (!r && (a.show < 0 || gitconf_text_has_login(kept.ptr, kept.len)))
		buf_addstr(out, "author - <-> 0 +0000\ncommitter - <-> 0 +0000\n");
	else if (!r)
		buf_add(out, b->bytes.ptr, b->bytes.len);
	buf_release(&kept);
	return r;
}

static int make_commit(struct gitbuild *b, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	uint8_t tree[GITSET_ID], new[GITSET_ID];
	struct buf commit = BUF_INIT;
	char hex[41];
	int r;

	r = gitcommit_tree(data, len, tree);
	buf_clear(&b->path);
	buf_addstr(&b->path, b->prefix.ptr);
	if (!r)
		r = make_tree(b, tree, 0, new);
	if (r)
		goto out;
	gitdir_id_text(new, hex);
	buf_addf(&commit, "tree %s\n", hex);
	r = add_header(b, &commit, &p, end);
	if (!r)
		r = add_message(b, &commit, p, (size_t)(end - p));
	if (!r)
		r = buf_oom(&commit) ? -ENOMEM :
		    gitpack_add(&b->pack, GITPACK_COMMIT, commit.ptr,
				commit.len, NULL, b->new_head);
out:
	buf_release(&commit);
	return r;
}

int gitbuild_commit(struct gitbuild *b)
{
	git_odb_object *obj = NULL;
	int r;

	r = read_object(b, b->head.id, GIT_OBJECT_COMMIT, &obj);
	if (!r)
		r = make_commit(b, git_odb_object_data(obj),
				git_odb_object_size(obj));
	git_odb_object_free(obj);
	return r;
}
