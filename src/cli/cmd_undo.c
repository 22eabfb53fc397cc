/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/conflicts.h"
#include "review/undo.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/json.h"

static int dry_run;
static const char *conflicts;

static const struct opt options[] = {
	OPT_FLAG('n', "dry-run", &dry_run, "print the plan, do nothing"),
	OPT_CHOICE(0, "conflicts", "refuse|skip|markers", &conflicts,
		   "what to do with conflicts (default: refuse)"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_YES,
	OPT_JSON,
	OPT_END,
};

/* ========== What is told ========== */

/* Without --dry-run only what is not as it was applied is worth a line. */
static int is_told(const struct undo_item *it)
{
	return dry_run ? it->has_req || it->why :
	       it->why || it->verdict == UNDO_MERGE;
}

static void print_plan(const struct undo *u)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct undo_item *it = &u->at[i];

		if (!is_told(it))
			continue;
		printf("  %-8s  ", undo_verdict_name(it->verdict));
		esc_puts(stdout, it->req.path);
		if (it->why) {
			fputs("  (", stdout);
			esc_puts(stdout, it->why);
			putchar(')');
		}
		putchar('\n');
	}
	fflush(stdout);
}

static json_t *item_json(const struct undo_item *it)
{
	json_t *o = json_object();

	jout_name(o, "path", it->req.path);
	json_object_set_new(o, "verdict",
			    json_string(undo_verdict_name(it->verdict)));
	if (it->why)
		jout_name(o, "why", it->why);
	return o;
}

static int print_json(const struct changes *c, const struct undo *u, int done)
{
	json_t *root = json_object(), *items = json_array();
	int r;

	json_object_set_new(root, "schema", json_string("scrim.undo/1"));
	json_object_set_new(root, "session", changes_session_json(c));
	json_object_set_new(root, "job", json_integer(u->seq));
	json_object_set_new(root, "undone", done ? json_integer(u->seq) :
			    json_null());
	json_object_set_new(root, "by", done ? json_integer(u->by) :
			    json_null());
	for (size_t i = 0; i < u->n; i++)
		if (u->at[i].has_req || u->at[i].why)
			json_array_append_new(items, item_json(&u->at[i]));
	json_object_set_new(root, "items", items);
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

/* ========== Doing it ========== */

static void write_conflicts(const struct changes *c, const struct undo *u)
{
	struct conflict *at = calloc(u->n + 1, sizeof(*at));
	size_t n = 0;

	for (size_t i = 0; at && i < u->n; i++)
		if (u->at[i].verdict == UNDO_CONFLICT && u->at[i].content.len)
			at[n++] = (struct conflict){ u->at[i].path,
						     &u->at[i].content };
	conflicts_write(c->use.session, at, n);
	free(at);
}

static int refuse(const struct changes *c, const struct undo *u)
{
	if (opt_common.json)
		print_json(c, u, 0);
	if (c->use.session->lock_fd >= 0)
		write_conflicts(c, u);
	return out_fail("nothing was undone: %zu in conflict; give"
			" --conflicts=skip or --conflicts=markers",
			u->count[UNDO_CONFLICT]);
}

static int carry_out(const struct changes *c, struct undo *u)
{
	struct notes notes = { NULL, 0 };
	struct err err = ERR_INIT;
	int status = STATUS_DONE;

	if (undo_do(u, &notes, &err)) {
		changes_warn(&notes);
		status = out_err(&err);
		goto out;
	}
	if (changes_warn(&notes) || u->count[UNDO_LEFT])
		status = STATUS_FAILED;
	if (opt_common.json && print_json(c, u, 1))
		status = STATUS_FAILED;
	else if (!opt_common.json)
		printf("job %u is undone; scrim undo %u takes that back\n",
		       u->seq, u->by);
out:
	notes_release(&notes);
	return status;
}

static int act(const struct changes *c, struct undo *u)
{
	int bad = u->count[UNDO_CONFLICT] || u->count[UNDO_LEFT];

	if (!opt_common.json)
		print_plan(u);
	if (dry_run) {
		if (opt_common.json && print_json(c, u, 0))
			return STATUS_FAILED;
		return bad ? STATUS_FAILED : STATUS_DONE;
	}
	if (u->count[UNDO_CONFLICT])
		return refuse(c, u);
	if (!out_ask("Undo job %u in %s?", u->seq, c->use.session->workspace))
		return out_fail("nothing was undone; --yes does it without"
				" asking");
	return carry_out(c, u);
}

static int flags(void)
{
	if (!conflicts)
		return 0;
	return !strcmp(conflicts, "skip") ? UNDO_SKIP :
	       !strcmp(conflicts, "markers") ? UNDO_MARKERS : 0;
}

static int undo(int argc, char **argv)
{
	struct changes c = CHANGES_INIT;
	struct undo u = { .n = 0, .old = JOB_NONE };
	struct err err = ERR_INIT;
	unsigned long seq = 0;
	char *end = NULL;
	int status;

	if (argc) {
		seq = strtoul(argv[0], &end, 10);
		if (*end || !seq || seq > UINT32_MAX || argv[0][0] == '-')
			return out_usage("undo", "'%s' is not the number of a"
					 " job; scrim log lists them", argv[0]);
	}
	if (changes_open(&c, CHANGES_WRITE, &err) ||
	    undo_plan(&u, &c.where, (uint32_t)seq, flags(), &err))
		status = out_err(&err);
	else
		status = act(&c, &u);
	undo_free(&u);
	changes_close(&c);
	return status;
}

const struct command cmd_undo = {
	.name = "undo",
	.fn = undo,
	.args = "[JOB]",
	.summary = "bring back what the last apply replaced or removed",
	.about = "JOB is a number from scrim log; an undo can be undone by its"
		 " number. What you\nchanged since is merged; where that fails,"
		 " nothing is undone.",
	.options = options,
	.group = GROUP_UNDO,
	.min = 0,
	.max = 1,
};
