/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "review/undo.h"
#include "util/io.h"
#include "util/path.h"

struct content {
	const struct source *s;
	const struct delta *d;
	uid_t me;		/* who applies */
	gid_t my_group;
};

static int open_content(void *payload, const struct req *q, int *fd)
{
	const struct content *c = payload;

	return source_open(c->s, c->d, SOURCE_NEW, fd);
}

static void set_owner(struct req *q, const struct plan_item *it,
		      const struct content *c)
{
	const struct stat *like = &it->d->now;

	if (!like->st_mode || it->d->flags & DELTA_OWNER)
		like = &it->d->st;
	q->uid = like->st_uid;
	q->gid = like->st_gid;
	if (!c->me || (like == &it->d->now && (q->uid != c->me ||
					       q->gid != c->my_group)))
		q->flags |= REQ_OWNER;
}

static void fill_object(struct req *q, const struct plan_item *it,
			struct content *c)
{
	const struct delta *d = it->d;

	q->kind = S_ISDIR(it->mode) ? REQ_DIR :
		  S_ISLNK(it->mode) ? REQ_LINK : REQ_FILE;
	q->target = d->symlink;
	if (it->has_content)
		q->bytes = &it->content;
	else
		q->open = open_content;
	q->payload = c;
	if (S_ISREG(d->now.st_mode))
		q->like = d->origin && d->kind == DELTA_RENAME ? d->origin :
			  d->path;
	if (it->verdict == PLAN_WRITE || (it->verdict == PLAN_MERGE &&
					  d->kind != DELTA_RENAME))
		q->now = it->now;
	set_owner(q, it, c);
}

static void fill_meta(struct req *q, const struct plan_item *it,
		      const struct content *c)
{
	const struct delta *d = it->d;

	q->kind = REQ_META;
	q->now = it->now;
	if (d->flags & DELTA_MODE)
		q->flags |= REQ_MODE;
	if (d->flags & DELTA_TIMES && !(d->flags & DELTA_CONTENT))
		q->flags |= REQ_TIMES;
	q->mtime = d->st.st_mtim;
	if (!S_ISREG(q->now.st_mode) ||
	    (q->now.st_nlink < 2 && !(d->flags & DELTA_OWNER)))
		return;
	/* Not through another name of the file, and no chown in place. */
	q->kind = REQ_FILE;
	q->like = d->path;
	if (!(q->flags & REQ_TIMES))
		q->mtime = q->now.st_mtim;
	q->flags |= REQ_TIMES;
	set_owner(q, it, c);
}

static void fill_req(struct req *q, const struct plan *p,
		     const struct plan_item *it, struct content *c)
{
	memset(q, 0, sizeof(*q));
	q->path = it->d->path;
	q->mode = it->mode;
	switch (it->verdict) {
	case PLAN_META:
		fill_meta(q, it, c);
		break;
	case PLAN_MOVE:
		q->kind = REQ_MOVE;
		q->origin = it->d->origin;
		q->now = it->now;
		q->flags = it->d->flags & DELTA_MODE ? REQ_MODE : 0;
		break;
	case PLAN_REMOVE:
		q->kind = REQ_REMOVE;
		q->now = it->now;
		break;
	default:
		fill_object(q, it, c);
	}
	q->link_to = plan_link_of(p, it, &q->link_ino);
}

static size_t fill_reqs(const struct plan *p, const struct source *s,
			struct req *reqs, struct content *c)
{
	struct content mine = { s, NULL, geteuid(), getegid() };
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_item *it = &p->at[i];

		if (!it->selected || !plan_acts(it->verdict) ||
		    it->verdict == PLAN_MOVED)
			continue;
		c[n] = mine;
		c[n].d = it->d;
		fill_req(&reqs[n], p, it, &c[n]);
		n++;
	}
	return n;
}

static int is_settled(const struct plan_item *it)
{
	return it->selected && !it->partial &&
	       (plan_acts(it->verdict) || it->verdict == PLAN_NOTHING);
}

int apply_paths(const struct plan *p, char ***out, size_t *n)
{
	*n = 0;
	*out = calloc(p->n + 1, sizeof(char *));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		if (!is_settled(&p->at[i]))
			continue;
		(*out)[*n] = strdup(p->at[i].d->path);
		if (!(*out)[*n])
			return -ENOMEM;
		(*n)++;
	}
	return 0;
}

static int tell_session(const struct job *j, const struct source *s,
			struct err *err)
{
	if (!s || !j->n_drop)
		return 0;
	return s->settle(s->payload, (const char *const *)j->drop, j->n_drop,
		       err);
}

/*
 * After that: the rest of what was applied in part is a change of what is there
 * now. Where a crash comes before it, the rest is merged when it is applied.
 */
static int tell_parts(const struct plan *p, const struct source *s,
		      struct err *err)
{
	const char **paths = calloc(p->n + 1, sizeof(*paths));
	size_t n = 0;
	int r = 0;

	if (!paths)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < p->n; i++)
		if (p->at[i].selected && p->at[i].partial &&
		    plan_acts(p->at[i].verdict))
			paths[n++] = p->at[i].d->path;
	if (n && s->settle_part)
		r = s->settle_part(s->payload, paths, n, err);
	free(paths);
	return r;
}

void apply_forget(struct job *j, const struct where *w)
{
	uint32_t seq = j->seq;

	for (size_t i = 0; i < j->n; i++)
		if (j->ops[i].kept) {
			job_write_state(j, JOB_BACK, 0);
			return;
		}
	job_release(j);
	if (seq)
		job_remove(w->state, seq);
}

int apply_run(const struct plan *p, const struct source *s,
	      const struct where *w, const char *note, uint32_t *seq,
	      struct notes *notes, struct err *err)
{
	struct req *reqs = calloc(p->n + 1, sizeof(*reqs));
	struct content *c = calloc(p->n + 1, sizeof(*c));
	struct job j = JOB_NONE;
	size_t n;
	int r;

	*seq = 0;
	r = reqs && c ? apply_paths(p, &j.drop, &j.n_drop) : -ENOMEM;
	j.note = strdup(note);
	if (r || !j.note) {
		r = err_set(err, -ENOMEM, "out of memory");
		goto out;
	}
	n = fill_reqs(p, s, reqs, c);
	if (!n) {
		r = tell_session(&j, s, err);
		goto out;
	}
	j.together = w->together;
	r = job_create(&j, w->state, err);
	if (!r)
		r = engine_run(&j, w, reqs, n, notes, err);
	if (r) {
		apply_forget(&j, w);
		goto out;
	}
	*seq = j.seq;
	r = tell_session(&j, s, err);
	if (!r)
		r = tell_parts(p, s, err);
	if (!r)
		r = engine_finish(&j, w, 0, notes, err);
	if (!r)
		jobs_prune(w, &j, APPLY_KEEP, APPLY_KEEP_BYTES);
out:
	job_release(&j);
	free(reqs);
	free(c);
	return r;
}

/* ========== After a crash ========== */

static int last_job(const struct where *w, struct job *j, struct err *err)
{
	uint32_t *all = NULL;
	size_t n;
	int r;

	r = job_list(w->state, &all, &n);
	if (r)
		return err_errno(err, r, "cannot read the session's journal");
	r = n ? job_read(j, w->state, all[n - 1], err) : -ENOENT;
	free(all);
	return r;
}

static int is_open(const struct job *j)
{
	return j->state == JOB_BEGUN || j->state == JOB_ACT ||
	       j->state == JOB_DONE;
}

int apply_is_pending(const struct where *w)
{
	struct err err = ERR_INIT;
	struct job j = JOB_NONE;
	int r = !last_job(w, &j, &err) && is_open(&j);

	job_release(&j);
	return r;
}

static int finish_job(struct job *j, const struct where *w,
		      const struct source *s, struct notes *notes,
		      struct err *err)
{
	int r = tell_session(j, s, err);

	if (!r && j->undoes)
		r = undo_mark(w, j->undoes, j->seq, err);
	return r ? r : engine_finish(j, w, 1, notes, err);
}

int apply_recover(const struct where *w, const struct source *s,
		  enum recover_result *did, struct notes *notes,
		  struct err *err)
{
	struct job j = JOB_NONE;
	int r;

	*did = RECOVER_NOTHING;
	r = last_job(w, &j, err);
	if (r == -ENOENT)
		return 0;
	if (r || !is_open(&j))
		goto out;
	r = job_reopen(&j);
	if (r && j.state != JOB_BEGUN) {
		err_errno(err, r, "cannot write the session's journal");
		goto out;
	}
	r = 0;
	if (j.state == JOB_DONE) {
		*did = RECOVER_DONE;
		r = finish_job(&j, w, s, notes, err);
	} else {
		*did = RECOVER_BACK;
		engine_back(&j, w, notes);
		apply_forget(&j, w);
	}
out:
	job_release(&j);
	return r;
}
