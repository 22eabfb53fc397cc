/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "session/session.h"
#include "util/json.h"

static int forget;

static const struct opt options[] = {
	OPT_FLAG(0, "forget", &forget,
		 "remove the session with all that undo could bring back"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_YES,
	OPT_JSON,
	OPT_END,
};

/* Paths of the changes to be dropped, with the old names of renames. */
static int choose(const struct changes *c, const struct strlist *asked,
		  struct strlist *out, size_t *shown)
{
	*shown = 0;
	for (size_t i = 0; i < c->list.n; i++) {
		const struct delta *d = &c->list.at[i];

		if (!changes_is_asked(d, asked))
			continue;
		if (strlist_add(out, d->path))
			return -ENOMEM;
		if (d->origin && d->kind == DELTA_RENAME && asked->n &&
		    strlist_add(out, d->origin))
			return -ENOMEM;
		*shown += !c->consumed[i];
	}
	return 0;
}

static int has_jobs(const struct changes *c)
{
	uint32_t *all = NULL;
	size_t n = 0;

	job_list(c->where.state, &all, &n);
	free(all);
	return n != 0;
}

static int report(const struct changes *c, size_t n, int removed)
{
	json_t *root;
	int r;

	if (!opt_common.json) {
		printf("dropped %zu change%s%s\n", n, n == 1 ? "" : "s",
		       removed ? " and the session" : "");
		return STATUS_DONE;
	}
	root = json_object();
	json_object_set_new(root, "schema", json_string("scrim.discard/1"));
	json_object_set_new(root, "session", changes_session_json(c));
	json_object_set_new(root, "dropped", json_integer((json_int_t)n));
	json_object_set_new(root, "removed", json_boolean(removed));
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

static int drop(struct changes *c, const struct strlist *paths, size_t n,
		int whole, struct err *err)
{
	int removed = whole && (forget || !has_jobs(c)), r = 0;

	if (paths->n)
		r = c->source.drop(c->source.payload,
				   (const char *const *)paths->at, paths->n,
				   err);
	if (!r && removed)
		r = session_destroy(c->use.session, err);
	if (r)
		return out_err(err);
	return report(c, n, removed);
}

static int ask(const struct changes *c, size_t n, int whole)
{
	if (whole && forget)
		return out_ask("Drop %zu changes of session %s, and all that"
			       " undo could bring back?", n, changes_name(c));
	return out_ask("Drop %zu change%s of session %s for good?", n,
		       n == 1 ? "" : "s", changes_name(c));
}

static int discard(int argc, char **argv)
{
	struct strlist asked = STRLIST_INIT, paths = STRLIST_INIT;
	struct changes c = CHANGES_INIT;
	struct err err = ERR_INIT;
	int status, whole = !argc;
	size_t n = 0;

	if (forget && argc)
		return out_usage("discard", "--forget is for a whole session");
	if (changes_open(&c, CHANGES_WRITE | CHANGES_LIST, &err) ||
	    changes_paths(&c, argv, &asked, &err))
		status = out_err(&err);
	else if (choose(&c, &asked, &paths, &n))
		status = out_fail("out of memory");
	else if (!whole && !paths.n)
		status = out_fail("the agent changed nothing there; see scrim"
				  " status");
	else if (!ask(&c, n, whole))
		status = out_fail("nothing was dropped; --yes does it without"
				  " asking");
	else
		status = drop(&c, &paths, n, whole, &err);
	strlist_release(&asked);
	strlist_release(&paths);
	changes_close(&c);
	return status;
}

const struct command cmd_discard = {
	.name = "discard",
	.fn = discard,
	.args = "[PATH...]",
	.summary = "drop what the agent changed",
	.about = "Without PATH all changes go, and the session with them, but"
		 " where something was\napplied from it: it is then kept for"
		 " scrim undo, unless --forget is given.",
	.options = options,
	.min = 0,
	.max = -1,
};
