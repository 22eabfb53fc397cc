/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/commit.h"

#include <errno.h>
#include <git2.h>
#include <string.h>

#include "review/diff.h"

struct maker {
	git_repository *repo;
	git_index *index;	/* in memory */
	git_commit *parent;	/* NULL: the first commit */
	git_tree *tree;
	git_signature *who;
	const struct source *s;
};

/* libgit2's own words; they may hold names, so they are escaped when printed. */
static int git_fail(struct err *err, const char *what)
{
	const git_error *e = git_error_last();

	return err_set(err, -EIO, "%s: %s", what, e ? e->message : "failed");
}

static int open_repo(struct maker *m, const struct commit_opts *o,
		     struct err *err)
{
	git_oid id;
	int r;

	if (git_repository_open_ext(&m->repo, o->workspace,
				    GIT_REPOSITORY_OPEN_NO_SEARCH, NULL))
		return git_fail(err, "the workspace's repository");
	r = git_reference_name_to_id(&id, m->repo, "HEAD");
	if (r && r != GIT_ENOTFOUND && r != GIT_EUNBORNBRANCH)
		return git_fail(err, "HEAD");
	if (!r && git_commit_lookup(&m->parent, m->repo, &id))
		return git_fail(err, "HEAD");
	if (git_signature_default(&m->who, m->repo))
		return err_set(err, -EINVAL, "git does not know who you are;"
			       " run: git config --global user.name NAME;"
			       " git config --global user.email ADDRESS");
	return 0;
}

static int start_index(struct maker *m, struct err *err)
{
	git_tree *tree = NULL;
	int r;

	if (git_index_new(&m->index))
		return git_fail(err, "index");
	if (!m->parent)
		return 0;
	r = git_commit_tree(&tree, m->parent) ||
	    git_index_read_tree(m->index, tree);
	git_tree_free(tree);
	return r ? git_fail(err, "the tree of HEAD") : 0;
}

static int put_file(struct maker *m, const struct plan_item *it,
		    struct err *err)
{
	struct buf own = BUF_INIT;
	const struct buf *text = it->has_content ? &it->content : &own;
	git_index_entry e;
	int r = 0;

	memset(&e, 0, sizeof(e));
	e.mode = diff_git_mode(it->mode);
	e.path = it->d->path;
	if (!it->has_content)
		r = source_read(m->s, it->d, SOURCE_NEW, DIFF_EXACT_MAX, &own);
	if (r)
		err_errno(err, r, "%s", it->d->path);
	else if (git_blob_create_from_buffer(&e.id, m->repo, text->ptr,
					     text->len) ||
		 git_index_add(m->index, &e))
		r = git_fail(err, it->d->path);
	buf_wipe(&own);
	return r;
}

static int put_item(struct maker *m, const struct plan_item *it,
		    struct err *err)
{
	const char *gone = it->verdict == PLAN_MOVE ? it->d->origin :
			   it->d->path;

	if (it->risk & 1u << RISK_GIT)
		return err_set(err, -EPERM, "%s: what lies in a .git cannot be"
			       " committed", it->d->path);
	/* What was there, a directory too, makes way. */
	if (it->verdict != PLAN_META && it->verdict != PLAN_ADD &&
	    !S_ISDIR(it->d->now.st_mode))
		git_index_remove(m->index, gone, 0);
	if (it->d->kind == DELTA_DELETE || !diff_git_mode(it->mode))
		return 0;
	return put_file(m, it, err);
}

static int write_tree(struct maker *m, struct err *err)
{
	git_oid id;

	if (git_index_write_tree_to(&id, m->index, m->repo) ||
	    git_tree_lookup(&m->tree, m->repo, &id))
		return git_fail(err, "tree");
	if (m->parent && git_oid_equal(&id, git_commit_tree_id(m->parent)))
		return err_set(err, -ENODATA, "there is nothing to commit");
	return 0;
}

static int write_commit(struct maker *m, const struct commit_opts *o, char *id,
			struct err *err)
{
	git_reference *ref = NULL;
	struct buf name = BUF_INIT;
	git_oid oid;
	int r;

	/* The type of the array of git_commit_create varies with versions. */
	if (git_commit_create_v(&oid, m->repo, o->branch ? NULL : "HEAD",
				m->who, m->who, NULL, o->message, m->tree,
				m->parent != NULL, m->parent))
		return git_fail(err, "commit");
	git_oid_tostr(id, COMMIT_ID_LEN + 1, &oid);
	if (!o->branch)
		return 0;
	buf_addf(&name, "refs/heads/%s", o->branch);
	r = git_reference_create(&ref, m->repo, name.ptr, &oid, 0, "scrim");
	git_reference_free(ref);
	buf_release(&name);
	if (r == GIT_EEXISTS)
		return err_set(err, -EEXIST, "branch %s exists already",
			       o->branch);
	return r ? git_fail(err, o->branch) : 0;
}

int commit_plan(const struct plan *p, const struct source *s,
		const struct commit_opts *o, char id[COMMIT_ID_LEN + 1],
		struct err *err)
{
	struct maker m = { .s = s };
	int r;

	git_libgit2_init();
	r = open_repo(&m, o, err);
	if (!r)
		r = start_index(&m, err);
	for (size_t i = 0; !r && i < p->n; i++)
		if (p->at[i].selected && plan_acts(p->at[i].verdict))
			r = put_item(&m, &p->at[i], err);
	if (!r)
		r = write_tree(&m, err);
	if (!r)
		r = write_commit(&m, o, id, err);
	git_signature_free(m.who);
	git_tree_free(m.tree);
	git_commit_free(m.parent);
	git_index_free(m.index);
	git_repository_free(m.repo);
	git_libgit2_shutdown();
	return r;
}
