/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/commits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/opt.h"
#include "cli/out.h"
#include "review/commit.h"
#include "review/folding.h"
#include "session/gitguard.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/json.h"

#define GIT ".git"
#define SHORT_ID 8
#define LINES_SHOWN 10

/* ========== Finding them ========== */

static int assign(const struct changes *c, struct commits *m)
{
	const char **paths = calloc(c->list.n + 1, sizeof(*paths));
	int r;

	m->owner = calloc(c->list.n + 1, sizeof(*m->owner));
	if (!paths || !m->owner) {
		free(paths);
		return -ENOMEM;
	}
	for (size_t i = 0; i < c->list.n; i++)
		paths[i] = c->list.at[i].path;
	r = history_assign(&m->h, paths, c->list.n, m->owner);
	free(paths);
	for (size_t i = 0; !r && i < c->list.n; i++)
		m->left += m->owner[i] == HISTORY_NONE && !c->consumed[i] &&
			   !changes_is_dir(&c->list.at[i]) &&
			   !fold_git(c->list.at[i].path);
	return r;
}

int commits_read(const struct changes *c, struct commits *out, struct err *err)
{
	char real[41], made[41];
	int r;

	*out = (struct commits)COMMITS_INIT;
	if (gitguard_base(c->use.session->fd, GIT, real, made) ||
	    history_is_at(c->use.layer, GIT, made))
		return 0;
	r = history_read(&out->h, c->use.layer, GIT, made, c->use.session->fd,
			 err);
	if (r == -ENOENT)
		return 0;
	if (!r && assign(c, out))
		r = err_set(err, -ENOMEM, "out of memory");
	return r;
}

void commits_release(struct commits *m)
{
	history_release(&m->h);
	free(m->owner);
	free(m->wanted);
	free(m->picked);
	*m = (struct commits)COMMITS_INIT;
}

/* ========== Choosing ========== */

static int want(struct commits *m, const char *rev, struct err *err)
{
	size_t len = strlen(rev), n = 0;

	for (size_t i = 0; i < m->h.n; i++)
		if (!strncmp(m->h.at[i].id, rev, len)) {
			m->wanted[i] = 1;
			n++;
		}
	if (n == 1 && len >= 4)
		return 0;
	return err_set(err, -ENOENT, n ? "%s is not one commit; give more of"
		       " its name" : "%s is no commit of the agent's; see scrim"
		       " status", rev);
}

int commits_pick(struct commits *m, const struct changes *c, char **revs,
		 int rest, const char *also, struct err *err)
{
	int all = !*revs, r = 0;

	if (!m->h.n)
		return err_set(err, -ENOENT, "the agent made no commits in the"
			       " view; --commit makes one of all changes");
	m->wanted = calloc(m->h.n + 1, 1);
	m->picked = calloc(c->list.n + 1, 1);
	if (!m->wanted || !m->picked)
		return err_set(err, -ENOMEM, "out of memory");
	memset(m->wanted, all, m->h.n);
	for (; !r && *revs; revs++)
		r = want(m, *revs, err);
	for (size_t i = 0; !r && i < c->list.n; i++) {
		size_t o = m->owner[i];

		m->picked[i] = (char)(o == HISTORY_NONE ?
			rest && !fold_git(c->list.at[i].path) : m->wanted[o]);
		if (also && !also[i])
			m->picked[i] = 0;
	}
	return r;
}

/* ========== Making them ========== */

/* The old name of a rename goes with the new one. */
static size_t owner_of(const struct commits *m, const struct plan *p, size_t i,
		       int rest)
{
	const struct plan_item *pair = p->at[i].pair;
	size_t o = pair && p->at[i].d->kind == DELTA_DELETE ?
		   m->owner[pair - p->at] : m->owner[i];

	if (o == HISTORY_NONE)
		return rest ? m->h.n : COMMIT_NONE;
	return m->wanted[o] ? o : COMMIT_NONE;
}

static void print_made(const struct commit_opts *o)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *text = o->groups[i].message;
		struct buf line = BUF_INIT;

		if (!*o->groups[i].id)
			continue;
		esc_add(&line, text, strcspn(text, "\n"), ESC_NAME);
		printf("%.12s on %s%s: %s\n", o->groups[i].id, o->branch ?
		       "branch " : "the current branch",
		       o->branch ? o->branch : "", line.ptr);
		buf_release(&line);
	}
}

static int print_made_json(const struct commits *m, const struct changes *c,
			   const struct commit_opts *o)
{
	json_t *root = json_object(), *list = json_array();
	int r;

	json_object_set_new(root, "schema", json_string("scrim.commits/1"));
	json_object_set_new(root, "session", changes_session_json(c));
	jout_name(root, "branch", o->branch);
	for (size_t i = 0; i < o->n; i++) {
		json_t *e = json_object();

		json_object_set_new(e, "id", *o->groups[i].id ?
				    json_string(o->groups[i].id) : json_null());
		json_object_set_new(e, "from", m && i < m->h.n ?
				    json_string(m->h.at[i].id) : json_null());
		json_array_append_new(list, e);
	}
	json_object_set_new(root, "commits", list);
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : 0;
}

int commits_told(const struct changes *c, const struct commit_opts *o)
{
	return print_made_json(NULL, c, o);
}

int commits_make(const struct commits *m, const struct changes *c,
		 const struct plan *p, const char *branch, const char *message,
		 struct err *err)
{
	struct commit_opts o = { .branch = branch,
				 .workspace = c->use.session->workspace,
				 .state = c->where.state };
	size_t *owner = calloc(p->n + 1, sizeof(*owner));
	int r;

	o.groups = calloc(m->h.n + 1, sizeof(*o.groups));
	o.n = m->h.n + (message != NULL);
	o.owner = owner;
	if (!owner || !o.groups) {
		free(owner);
		free(o.groups);
		return err_set(err, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < m->h.n; i++)
		o.groups[i] = (struct commit_group){ m->h.at[i].author,
						     m->h.at[i].message, "" };
	o.groups[m->h.n].message = message;
	for (size_t i = 0; i < p->n; i++)
		owner[i] = owner_of(m, p, i, message != NULL);
	r = commit_plan(p, &c->source, &o, err);
	if (!r && opt_common.json && print_made_json(m, c, &o))
		r = err_set(err, -ENOMEM, "out of memory");
	else if (!r && !opt_common.json)
		print_made(&o);
	free(o.groups);
	free(owner);
	return r;
}

/* ========== For status ========== */

static size_t author_len(const struct history_commit *k)
{
	size_t n = strcspn(k->author, "<");

	return n && k->author[n - 1] == ' ' ? n - 1 : n;
}

void commits_print(const struct commits *m)
{
	size_t skip = m->h.n > LINES_SHOWN ? m->h.n - LINES_SHOWN : 0;

	if (!m->h.n)
		return;
	printf("\nThe agent made %zu commit%s; scrim apply%s%s --commits makes"
	       " %s in your repository:\n", m->h.n, m->h.n == 1 ? "" : "s",
	       opt_common.session ? " -s " : "",
	       opt_common.session ? opt_common.session : "",
	       m->h.n == 1 ? "it" : "them");
	if (skip)
		printf("  (%zu before these)\n", skip);
	for (size_t i = skip; i < m->h.n; i++) {
		const struct history_commit *k = &m->h.at[i];
		struct buf line = BUF_INIT;

		esc_add(&line, k->message, strcspn(k->message, "\n"), ESC_NAME);
		buf_addstr(&line, "  (");
		esc_add(&line, k->author, author_len(k), ESC_NAME);
		buf_addf(&line, ", %zu file%s)", k->n, k->n == 1 ? "" : "s");
		printf("  %s%.*s%s  %s\n", out_style(OUT_YELLOW), SHORT_ID,
		       k->id, out_style(OUT_PLAIN), line.ptr);
		buf_release(&line);
	}
}

json_t *commits_json(const struct commits *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->h.n; i++) {
		json_t *o = json_object(), *paths = json_array();

		json_object_set_new(o, "id", json_string(m->h.at[i].id));
		jout_name(o, "author", m->h.at[i].author);
		jout_name(o, "message", m->h.at[i].message);
		for (size_t k = 0; k < m->h.at[i].n; k++) {
			json_t *p = json_object();

			jout_name(p, "path", m->h.at[i].paths[k]);
			json_array_append_new(paths, p);
		}
		json_object_set_new(o, "paths", paths);
		json_array_append_new(list, o);
	}
	return list;
}
