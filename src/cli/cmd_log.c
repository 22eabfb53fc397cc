/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/attempts.h"
#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/group.h"
#include "session/restore.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/json.h"

static int attempts;

static const struct opt options[] = {
	OPT_FLAG(0, "attempts", &attempts,
		 "list what the agent was refused instead"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_END,
};

static const char *state_word(const struct job *j)
{
	if (j->undone_by)
		return "undone";
	return j->state == JOB_CLOSED ? "done" :
	       j->state == JOB_BACK ? "rolled back" : "cut short";
}

static void format_time(time_t when, int utc, char *out, size_t size)
{
	struct tm tm;

	*out = '\0';
	if (utc ? gmtime_r(&when, &tm) : localtime_r(&when, &tm))
		strftime(out, size, utc ? "%Y-%m-%dT%H:%M:%SZ" :
			 "%Y-%m-%d %H:%M:%S", &tm);
}

static size_t count_changes(const struct job *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->ops[i].kind != OP_LIFT;
	return n;
}

static void print_job(const struct job *j)
{
	char when[32];

	format_time(j->when, 0, when, sizeof(when));
	printf("%4u  %s  %-11s  %5zu change%s  ", j->seq, when, state_word(j),
	       count_changes(j), count_changes(j) == 1 ? " " : "s");
	if (j->undoes)
		printf("undo of %u", j->undoes);
	else
		fputs("apply", stdout);
	if (j->note && *j->note) {
		putchar(' ');
		esc_puts(stdout, j->note);
	}
	putchar('\n');
}

static json_t *job_json(const struct job *j)
{
	json_t *o = json_object(), *paths = json_array();
	char when[32];

	format_time(j->when, 1, when, sizeof(when));
	json_object_set_new(o, "job", json_integer(j->seq));
	json_object_set_new(o, "time", json_string(when));
	json_object_set_new(o, "state", json_string(state_word(j)));
	json_object_set_new(o, "undoes", j->undoes ?
			    json_integer(j->undoes) : json_null());
	json_object_set_new(o, "undone_by", j->undone_by ?
			    json_integer(j->undone_by) : json_null());
	for (size_t i = 0; i < j->n; i++) {
		json_t *p = json_object();

		jout_name(p, "path", j->ops[i].path);
		json_array_append_new(paths, p);
	}
	json_object_set_new(o, "paths", paths);
	return o;
}

/* ========== The timeline: jobs and snapshots, the newest first ========== */

static void print_snapshot(const struct snapshot *s)
{
	char when[32];

	format_time(s->when, 0, when, sizeof(when));
	printf("   -  %s  snapshot     %5zu files    ", when, s->files);
	esc_puts(stdout, s->name);
	putchar('\n');
}

static json_t *snapshots_json(const struct snapshot_list *l)
{
	json_t *all = json_array();
	char when[32];

	for (size_t i = l->n; i-- > 0;) {
		json_t *o = json_object();

		format_time(l->at[i].when, 1, when, sizeof(when));
		jout_name(o, "name", l->at[i].name);
		json_object_set_new(o, "time", json_string(when));
		json_object_set_new(o, "files",
				    json_integer((json_int_t)l->at[i].files));
		json_array_append_new(all, o);
	}
	return all;
}

struct timeline {
	struct snapshot_list snaps;
	size_t left;		/* snapshots that were not printed yet */
};

/* Those that are later than when. */
static void print_snapshots(struct timeline *t, time_t when)
{
	while (t->left && t->snaps.at[t->left - 1].when > when)
		print_snapshot(&t->snaps.at[--t->left]);
}

static int each_job(const struct changes *c, struct timeline *t, json_t *to,
		    struct err *err)
{
	uint32_t *all = NULL;
	size_t n = 0;
	int r;

	r = job_list(c->where.state, &all, &n);
	if (r)
		err_errno(err, r, "cannot read the session's journal");
	for (size_t i = n; !r && i-- > 0;) {
		struct job j = JOB_NONE;

		r = job_read(&j, c->where.state, all[i], err);
		if (!r && to) {
			json_array_append_new(to, job_json(&j));
		} else if (!r) {
			print_snapshots(t, j.when);
			print_job(&j);
		}
		job_release(&j);
	}
	free(all);
	return r;
}

static int list_jobs(const struct changes *c, json_t *root, json_t *to,
		     struct err *err)
{
	struct timeline t = { { NULL, 0 }, 0 };
	int r = snapshot_list(c->use.session, &t.snaps, err);

	t.left = t.snaps.n;
	if (!r)
		r = each_job(c, &t, to, err);
	for (; !r && !to && t.left; t.left--)
		print_snapshot(&t.snaps.at[t.left - 1]);
	if (!r && root)
		json_object_set_new(root, "snapshots",
				    snapshots_json(&t.snaps));
	snapshot_list_release(&t.snaps);
	return r;
}

/* ========== What was refused ========== */

static void print_attempt(void *payload, const json_t *record,
			  const char *text)
{
	json_t *to = payload;

	if (to) {
		json_array_append_new(to, json_deep_copy(record));
		return;
	}
	esc_puts(stdout, text);
	putchar('\n');
}

static int list(const struct changes *c, struct err *err)
{
	json_t *root = NULL, *items = NULL;
	int r;

	if (opt_common.json) {
		root = json_object();
		items = json_array();
		json_object_set_new(root, "schema", json_string("scrim.log/1"));
		json_object_set_new(root, "session", changes_session_json(c));
		json_object_set_new(root, attempts ? "attempts" : "jobs", items);
	}
	if (!root)
		group_heading(stdout);
	r = attempts ? attempts_each(c, print_attempt, items, err) :
		       list_jobs(c, root, items, err);
	if (!r && root && jout_print(stdout, root))
		r = err_set(err, -ENOMEM, "out of memory");
	json_decref(root);
	return r;
}

static int log_jobs(int argc, char **argv)
{
	struct changes c = CHANGES_INIT;
	struct err err = ERR_INIT;
	int status = STATUS_DONE;

	if (changes_open(&c, 0, &err) || list(&c, &err))
		status = out_err(&err);
	changes_close(&c);
	return status;
}

const struct command cmd_log = {
	.name = "log",
	.fn = log_jobs,
	.args = "",
	.summary = "list what was applied, undone and kept, and what was refused",
	.options = options,
	.group = GROUP_EACH,
	.flags = CMD_PAGED,
};
