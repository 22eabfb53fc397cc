/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/undo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/apply.h"
#include "util/path.h"

static const char *const names[UNDO_VERDICTS] = {
	[UNDO_RESTORE] = "restore",
	[UNDO_REMOVE] = "remove",
	[UNDO_MOVE] = "move",
	[UNDO_META] = "meta",
	[UNDO_MERGE] = "merge",
	[UNDO_NOTHING] = "nothing",
	[UNDO_LEFT] = "left",
	[UNDO_CONFLICT] = "conflict",
};

const char *undo_verdict_name(enum undo_verdict v)
{
	return names[v];
}

int undo_set(struct undo_item *it, enum undo_verdict v, const char *why)
{
	char *text = why ? strdup(why) : NULL;

	if (why && !text)
		return -ENOMEM;
	free(it->why);
	it->why = text;
	it->verdict = v;
	return 0;
}

/* ========== The job ========== */

static int can_undo(const struct job *j, uint32_t seq)
{
	return j->state == JOB_CLOSED && !j->undone_by && (seq || !j->undoes);
}

static int find_job(const struct where *w, uint32_t seq, struct job *j,
		    struct err *err)
{
	uint32_t *all = NULL;
	int r = 0, found = 0;
	size_t n;

	r = job_list(w->state, &all, &n);
	for (size_t i = n; !r && !found && i-- > 0;) {
		if (seq && all[i] != seq)
			continue;
		r = job_read(j, w->state, all[i], err);
		found = !r && can_undo(j, seq);
		if (!found)
			job_release(j);
	}
	free(all);
	if (!r && !found)
		r = err_set(err, -ENOENT, seq ? "job %u is not there to be"
			    " undone; see scrim log" :
			    "nothing was applied that could be undone", seq);
	return r;
}

int undo_last(const struct where *w, struct job *j, struct err *err)
{
	return find_job(w, 0, j, err);
}

int undo_mark(const struct where *w, uint32_t seq, uint32_t by, struct err *err)
{
	struct job j = JOB_NONE;
	int r;

	r = job_read(&j, w->state, seq, err);
	if (!r && j.undone_by != by) {
		r = job_reopen(&j);
		if (!r)
			r = job_write_state(&j, j.state, by);
		if (r)
			err_errno(err, r, "cannot write the session's journal");
	}
	job_release(&j);
	return r;
}

/* ========== The plan ========== */

/* The request that makes or leaves something at path; NULL for none. */
static const struct undo_item *item_at(const struct undo *u, const char *path,
				       size_t len)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->at[i].has_req && !strncmp(u->at[i].req.path, path, len) &&
		    !u->at[i].req.path[len])
			return &u->at[i];
	return NULL;
}

/* What comes back needs its directory, which may have gone meanwhile. */
static int check_parent(struct undo *u, struct undo_item *it)
{
	size_t len = path_parent_len(it->req.path);
	const struct undo_item *dir;
	struct stat st;
	char *parent;
	int r;

	if (!it->has_req || it->req.now.st_mode || !len)
		return 0;
	parent = strndup(it->req.path, len);
	r = parent ? engine_stat(u->w, parent, &st) : -ENOMEM;
	free(parent);
	if (r || S_ISDIR(st.st_mode))
		return r == -ENOMEM ? r : 0;
	dir = item_at(u, it->req.path, len);
	return dir && dir->req.kind != REQ_REMOVE ? 0 :
	       undo_set(it, UNDO_CONFLICT, "its directory is gone");
}

static int settle_conflict(const struct undo *u, struct undo_item *it)
{
	if (it->verdict != UNDO_CONFLICT)
		return 0;
	if (u->flags & UNDO_MARKERS && it->content.len)
		return undo_set(it, UNDO_MERGE, "with conflict markers");
	it->has_req = 0;
	if (!(u->flags & UNDO_SKIP))
		return 0;
	it->verdict = UNDO_LEFT;
	return 0;
}

static int plan_all(struct undo *u, struct err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < u->n; i++)
		r = undo_item_plan(u, &u->at[i], err);
	for (size_t i = 0; !r && i < u->n; i++) {
		r = check_parent(u, &u->at[i]);
		if (!r)
			r = settle_conflict(u, &u->at[i]);
		if (r)
			err_set(err, r, "out of memory");
		else if (u->at[i].why || u->at[i].has_req)
			u->count[u->at[i].verdict]++;
	}
	if (!r && undo_links(u))
		r = err_set(err, -ENOMEM, "out of memory");
	return r;
}

int undo_plan(struct undo *u, const struct where *w, uint32_t seq, int flags,
	      struct err *err)
{
	int r;

	memset(u, 0, sizeof(*u));
	u->w = w;
	u->old = (struct job)JOB_NONE;
	u->flags = flags;
	r = find_job(w, seq, &u->old, err);
	if (r)
		return r;
	u->seq = u->old.seq;
	u->at = calloc(u->old.n + 1, sizeof(*u->at));
	if (!u->at)
		return err_set(err, -ENOMEM, "out of memory");
	for (; u->n < u->old.n; u->n++) {
		u->at[u->n].job = &u->old;
		u->at[u->n].op = u->n;
		u->at[u->n].path = u->old.ops[u->n].path;
		u->at[u->n].verdict = UNDO_NOTHING;
		buf_init(&u->at[u->n].content);
	}
	return plan_all(u, err);
}

void undo_free(struct undo *u)
{
	for (size_t i = 0; i < u->n; i++) {
		buf_wipe(&u->at[i].content);
		free(u->at[i].why);
		free(u->at[i].target);
		free(u->at[i].link);
	}
	free(u->at);
	u->at = NULL;
	u->n = 0;
	job_release(&u->old);
}

/* ========== Doing it ========== */

static int by_path(const void *a, const void *b)
{
	const struct req *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/*
 * A name that was given up and taken by another object comes as two requests:
 * what is there goes away by the other being put in its place.
 */
static size_t join_names(struct req *reqs, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		struct req *q = &reqs[i], *last = to ? &reqs[to - 1] : q;

		if (!to || strcmp(last->path, q->path)) {
			reqs[to++] = *q;
			continue;
		}
		if (last->kind == REQ_REMOVE && q->kind != REQ_REMOVE) {
			struct stat there = last->now;

			*last = *q;
			if (q->kind != REQ_MOVE)
				last->now = there;
		} else if (q->kind == REQ_REMOVE && last->kind != REQ_MOVE) {
			last->now = q->now;
		}
	}
	return to;
}

static size_t fill(const struct undo *u, struct req *reqs)
{
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++)
		if (u->at[i].has_req)
			reqs[n++] = u->at[i].req;
	if (n)
		qsort(reqs, n, sizeof(*reqs), by_path);
	return join_names(reqs, n);
}

/* What is linked again needs no further name: the job cannot be undone again. */
static void drop_links(const struct undo *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->at[i].has_req && u->at[i].req.kept_name)
			unlinkat(u->old.dir, u->at[i].linked, 0);
}

static int run(struct undo *u, struct job *j, struct req *reqs,
	       struct notes *notes, struct err *err)
{
	int r;

	j->undoes = u->seq;
	r = job_create(j, u->w->state, err);
	if (!r)
		r = engine_run(j, u->w, reqs, fill(u, reqs), notes, err);
	if (r) {
		apply_forget(j, u->w);
		return r;
	}
	r = undo_mark(u->w, u->seq, j->seq, err);
	if (!r)
		r = engine_finish(j, u->w, 0, notes, err);
	if (!r)
		drop_links(u);
	if (!r)
		jobs_prune(u->w, j, APPLY_KEEP, APPLY_KEEP_BYTES);
	return r;
}

int undo_do(struct undo *u, struct notes *notes, struct err *err)
{
	struct req *reqs = calloc(u->n + 1, sizeof(*reqs));
	struct job j = JOB_NONE;
	int r;

	for (size_t i = 0; i < u->n; i++)
		if (u->at[i].verdict == UNDO_CONFLICT) {
			free(reqs);
			return err_set(err, -EBUSY, "%s: %s", u->at[i].path,
				       u->at[i].why);
		}
	r = reqs ? run(u, &j, reqs, notes, err) :
		   err_set(err, -ENOMEM, "out of memory");
	u->by = j.seq;
	job_release(&j);
	free(reqs);
	return r;
}

int undo_run(const struct where *w, uint32_t seq, uint32_t *did,
	     struct notes *notes, struct err *err)
{
	struct undo u;
	int r = undo_plan(&u, w, seq, 0, err);

	if (!r)
		r = undo_do(&u, notes, err);
	*did = u.seq;
	undo_free(&u);
	return r;
}
