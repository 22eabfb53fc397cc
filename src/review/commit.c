/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/commit.h"

#include <errno.h>
#include <git2.h>
#include <stdio.h>
#include <string.h>

#include "review/commit_mark.h"
#include "review/diff.h"

struct maker {
	git_repository *repo;
	git_index *index;	/* in memory */
	git_commit *parent;	/* NULL: the first commit */
	git_oid tip;		/* HEAD as it was, where born */
	int born;
	size_t made;
	git_signature *who;
	const struct source *s;
	int state, mark;
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
	int r;

	if (git_repository_open_ext(&m->repo, o->workspace,
				    GIT_REPOSITORY_OPEN_NO_SEARCH, NULL))
		return git_fail(err, "the workspace's repository");
	r = git_reference_name_to_id(&m->tip, m->repo, "HEAD");
	if (r && r != GIT_ENOTFOUND && r != GIT_EUNBORNBRANCH)
		return git_fail(err, "HEAD");
	if (!r && git_commit_lookup(&m->parent, m->repo, &m->tip))
		return git_fail(err, "HEAD");
	m->born = !r;
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

static int put_group(struct maker *m, const struct plan *p,
		     const struct commit_opts *o, size_t group, struct err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n; i++) {
		const struct plan_item *it = &p->at[i];

		if (it->selected && plan_acts(it->verdict) &&
		    (o->owner ? o->owner[i] : 0) == group)
			r = put_item(m, it, err);
	}
	return r;
}

/* 1 where there is something to commit, 0 where not. */
static int write_tree(struct maker *m, git_tree **tree, struct err *err)
{
	git_oid id;

	if (git_index_write_tree_to(&id, m->index, m->repo) ||
	    git_tree_lookup(tree, m->repo, &id))
		return git_fail(err, "tree");
	return !m->parent ||
	       !git_oid_equal(&id, git_commit_tree_id(m->parent));
}

static int sign(const struct maker *m, const struct commit_group *g,
		git_signature **out, struct err *err)
{
	int r = g->author ? git_signature_from_buffer(out, g->author) :
			    git_signature_dup(out, m->who);

	return r ? git_fail(err, "the author of a commit") : 0;
}

/* The commit becomes the parent of what follows; no branch knows of it yet. */
static int write_commit(struct maker *m, struct commit_group *g, git_tree *tree,
			struct err *err)
{
	git_signature *author = NULL;
	git_commit *made = NULL;
	git_oid oid;
	int r = sign(m, g, &author, err);

	if (r)
		return r;
	/* The type of the array of git_commit_create varies with versions. */
	r = git_commit_create_v(&oid, m->repo, NULL, author, m->who, NULL,
				g->message, tree, m->parent != NULL,
				m->parent) ||
	    git_commit_lookup(&made, m->repo, &oid);
	git_signature_free(author);
	if (r)
		return git_fail(err, "commit");
	git_oid_tostr(g->id, sizeof(g->id), &oid);
	git_commit_free(m->parent);
	m->parent = made;
	m->made++;
	return 0;
}

static int make_group(struct maker *m, const struct plan *p,
		      const struct commit_opts *o, size_t group,
		      struct err *err)
{
	git_tree *tree = NULL;
	int r = put_group(m, p, o, group, err);

	o->groups[group].id[0] = '\0';
	if (!r)
		r = write_tree(m, &tree, err);
	if (r > 0)
		r = write_commit(m, &o->groups[group], tree, err);
	git_tree_free(tree);
	return r;
}

/* The branch of that name is about to be locked, to hold the new commit. */
static int announce(struct maker *m, const char *name, struct err *err)
{
	struct buf lock = BUF_INIT;
	char id[COMMIT_ID_LEN + 1], line[COMMIT_ID_LEN + 2];
	int r;

	git_oid_tostr(id, sizeof(id), git_commit_id(m->parent));
	snprintf(line, sizeof(line), "%s\n", id);
	buf_addf(&lock, "%s%s.lock", strcmp(name, "HEAD") ?
		 git_repository_commondir(m->repo) :
		 git_repository_path(m->repo), name);
	r = buf_oom(&lock) ? err_set(err, -ENOMEM, "out of memory") :
	    commit_mark_set(m->state, lock.ptr, line, &m->mark, err);
	buf_release(&lock);
	return r;
}

static int new_branch(struct maker *m, const char *branch, struct err *err)
{
	git_reference *ref = NULL;
	struct buf name = BUF_INIT;
	int r;

	buf_addf(&name, "refs/heads/%s", branch);
	r = announce(m, name.ptr, err);
	if (r) {
		buf_release(&name);
		return r;
	}
	r = git_reference_create(&ref, m->repo, name.ptr,
				 git_commit_id(m->parent), 0, "scrim");
	git_reference_free(ref);
	buf_release(&name);
	if (r == GIT_EEXISTS)
		return err_set(err, -EEXIST, "branch %s exists already",
			       branch);
	return r ? git_fail(err, branch) : 0;
}

/* What HEAD names, or a detached HEAD itself, if it is still where it was. */
static int move_head(struct maker *m, struct err *err)
{
	git_reference *head = NULL, *ref = NULL;
	const char *name = "HEAD";
	int r = git_reference_lookup(&head, m->repo, "HEAD");

	if (!r && git_reference_type(head) == GIT_REFERENCE_SYMBOLIC)
		name = git_reference_symbolic_target(head);
	if (!r && announce(m, name, err)) {
		git_reference_free(head);
		return err->code;
	}
	if (!r && m->born)
		r = git_reference_create_matching(&ref, m->repo, name,
						  git_commit_id(m->parent), 1,
						  &m->tip, "scrim");
	else if (!r)
		r = git_reference_create(&ref, m->repo, name,
					 git_commit_id(m->parent), 0, "scrim");
	if (r)
		git_fail(err, "HEAD");
	git_reference_free(ref);
	git_reference_free(head);
	return r ? err->code : 0;
}

static void release(struct maker *m)
{
	commit_mark_clear(&m->mark);
	git_signature_free(m->who);
	git_commit_free(m->parent);
	git_index_free(m->index);
	git_repository_free(m->repo);
}

int commit_plan(const struct plan *p, const struct source *s,
		const struct commit_opts *o, struct err *err)
{
	struct maker m = { .s = s, .state = o->state, .mark = -1 };
	int r;

	git_libgit2_init();
	r = open_repo(&m, o, err);
	if (!r)
		r = start_index(&m, err);
	for (size_t i = 0; !r && i < o->n; i++)
		r = make_group(&m, p, o, i, err);
	if (!r && !m.made)
		r = err_set(err, -ENODATA, "there is nothing to commit");
	if (!r)
		r = o->branch ? new_branch(&m, o->branch, err) :
				move_head(&m, err);
	release(&m);
	git_libgit2_shutdown();
	return r;
}

static int is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || strchr("()<>@,;:\\\"[]", *s))
			return 0;
	return 1;
}

static int is_mail(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '<' || *s == '>')
			return 0;
	return 1;
}

static void quote_name(struct buf *out, const char *name)
{
	if (is_plain(name)) {
		buf_addstr(out, name);
		return;
	}
	buf_addstr(out, "=?UTF-8?q?");
	for (; *name; name++)
		buf_addf(out, "=%02X", (unsigned char)*name);
	buf_addstr(out, "?=");
}

void commit_who(const char *workspace, char out[COMMIT_WHO_MAX])
{
	git_repository *repo = NULL;
	git_signature *who = NULL;
	struct buf text = BUF_INIT;

	git_libgit2_init();
	if (!git_repository_open_ext(&repo, workspace,
				     GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) &&
	    !git_signature_default(&who, repo) && is_mail(who->email)) {
		quote_name(&text, who->name);
		buf_addf(&text, " <%s>", who->email);
	}
	snprintf(out, COMMIT_WHO_MAX, "%s", text.len && !buf_oom(&text) &&
		 text.len < COMMIT_WHO_MAX ? text.ptr :
		 "unknown <unknown@localhost>");
	buf_release(&text);
	git_signature_free(who);
	git_repository_free(repo);
	git_libgit2_shutdown();
}
