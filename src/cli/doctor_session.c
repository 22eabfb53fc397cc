/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "review/apply.h"
#include "session/check.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/json.h"

/* One session as it is looked at, and what came of it. */
struct exam {
	struct use use;
	struct session *s;	/* of use */
	int locked, repair;
	struct check before, after;
};

enum outcome { FOUND, REPAIRED };

static const struct {
	const char *word;
	enum out_style style;
} outcomes[] = {
	[FOUND] = { "found", OUT_RED },
	[REPAIRED] = { "repaired", OUT_GREEN },
};

/* ========== the jobs of apply ========== */

static int look_at_jobs(struct check *c, const struct session *s)
{
	const struct where w = { .state = s->fd, .ws = -1 };
	uint32_t *all = NULL;
	size_t n = 0;
	int r = job_list(s->fd, &all, &n);

	for (size_t i = 0; i < n && !r; i++) {
		struct job j = JOB_NONE;
		char name[32];

		snprintf(name, sizeof(name), "undo/%06u", all[i]);
		if (job_read(&j, s->fd, all[i], NULL))
			r = check_add(c, "journal", name, "it cannot be read; "
				      "nothing of it can be undone");
		job_release(&j);
	}
	free(all);
	if (!r && apply_is_pending(&w))
		r = check_add(c, "journal", NULL, "an apply was cut short");
	return r;
}

static int look(struct exam *e, struct check *c, struct err *err)
{
	int r = check_look(c, e->s, e->locked, err);

	if (r || (r = look_at_jobs(c, e->s)) == 0)
		return r;
	return err_errno(err, r, "session %s", e->s->id);
}

/* ========== telling ========== */

static enum outcome outcome_of(const struct exam *e, size_t i)
{
	return e->repair && !check_has(&e->after, &e->before.at[i]) ?
	       REPAIRED : FOUND;
}

static void print_problem(const struct exam *e, size_t i)
{
	const struct check_problem *p = &e->before.at[i];
	enum outcome o = outcome_of(e, i);

	printf("%s%-8s%s  %-8s  ", out_style(outcomes[o].style),
	       outcomes[o].word, out_style(OUT_PLAIN), p->part);
	if (p->path) {
		esc_puts(stdout, p->path);
		fputs(": ", stdout);
	}
	esc_puts(stdout, p->what);
	putchar('\n');
}

static void print_summary(const struct exam *e)
{
	const struct check *c = e->repair ? &e->after : &e->before;

	printf("session %s: %lu records in %llu bytes, %zu content files, %zu "
	       "snapshots", session_label(e->s), c->records,
	       (unsigned long long)c->log_bytes, c->files, c->snapshots);
	puts(c->n || e->before.n ? "" : ": nothing to find");
	if (!e->locked)
		puts("it is in use: content and leftovers are looked at when it "
		     "is unmounted");
}

static json_t *problem_json(const struct exam *e, size_t i)
{
	const struct check_problem *p = &e->before.at[i];
	json_t *o = json_object();

	json_object_set_new(o, "part", json_string(p->part));
	jout_name(o, "path", p->path);
	jout_name(o, "what", p->what);
	json_object_set_new(o, "repaired",
			    json_boolean(outcome_of(e, i) == REPAIRED));
	return o;
}

static int print_json(const struct exam *e)
{
	const struct check *c = e->repair ? &e->after : &e->before;
	json_t *root = json_object(), *all = json_array();
	int r;

	for (size_t i = 0; i < e->before.n; i++)
		json_array_append_new(all, problem_json(e, i));
	json_object_set_new(root, "schema", json_string("scrim.doctor/1"));
	json_object_set_new(root, "session", json_string(e->s->id));
	json_object_set_new(root, "complete", json_boolean(e->locked));
	json_object_set_new(root, "records",
			    json_integer((json_int_t)c->records));
	json_object_set_new(root, "files", json_integer((json_int_t)c->files));
	json_object_set_new(root, "snapshots",
			    json_integer((json_int_t)c->snapshots));
	json_object_set_new(root, "problems", all);
	r = jout_print(stdout, root);
	json_decref(root);
	return r;
}

static int tell(const struct exam *e)
{
	int left = 0;

	for (size_t i = 0; i < e->before.n; i++) {
		left |= outcome_of(e, i) == FOUND;
		if (!opt_common.json)
			print_problem(e, i);
	}
	if (opt_common.json && print_json(e))
		return out_fail("out of memory");
	if (!opt_common.json)
		print_summary(e);
	if (left && !e->repair)
		out_note("scrim doctor %s --repair mends what can be mended",
			 session_label(e->s));
	return left ? STATUS_FAILED : STATUS_DONE;
}

/* ========== looking, mending, looking again ========== */

static int begin(struct exam *e, const char *session, struct err *err)
{
	int r = use_open_session(&e->use, session, USE_SESSION, err);

	if (r)
		return r;
	e->s = e->use.session;
	e->locked = !session_is_mounted(e->s);
	return e->locked || e->repair ? session_lock(e->s, err) : 0;
}

/* The session is told of it, with all that changes_open does. */
static int finish_job(const char *session, struct err *err)
{
	struct changes c = CHANGES_INIT;
	int r;

	opt_common.session = session;
	r = changes_open(&c, CHANGES_WRITE, err);
	changes_close(&c);
	return r;
}

static int mend(struct exam *e, struct err *err)
{
	const struct where w = { .state = e->s->fd, .ws = -1 };
	char id[SESSION_ID_LEN + 1];
	int r = 0, pending = apply_is_pending(&w);

	memcpy(id, e->s->id, sizeof(id));
	if (e->before.n)
		r = check_repair(e->s, err);
	if (!r && pending) {
		use_close(&e->use);
		r = finish_job(id, err);
		if (!r)
			r = begin(e, id, err);
	}
	return r ? r : look(e, &e->after, err);
}

int doctor_session(const char *session, int repair)
{
	struct exam e = { .repair = repair, .before = CHECK_INIT,
			  .after = CHECK_INIT };
	struct err err = ERR_INIT;
	int r, status;

	r = begin(&e, session, &err);
	if (!r)
		r = look(&e, &e.before, &err);
	if (!r && repair)
		r = mend(&e, &err);
	status = r ? out_err(&err) : tell(&e);
	check_release(&e.before);
	check_release(&e.after);
	use_close(&e.use);
	return status;
}
