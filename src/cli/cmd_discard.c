/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "session/change.h"
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

/* The old name of a rename is not counted. */
static size_t count_asked(const struct changes *c, const struct strlist *asked)
{
	size_t n = 0;

	for (size_t i = 0; i < c->list.n; i++)
		n += !c->consumed[i] && changes_is_asked(&c->list.at[i], asked);
	return n;
}

/*
 * Parents come first and take with them what is below; the two ends of a rename
 * go together. So what the session has no more is passed over, and in the end
 * it is looked whether all of it has gone.
 */
static int drop_all(struct changes *c, const struct strlist *asked,
		    struct err *err)
{
	struct delta_list rest = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; !r && i < c->list.n; i++) {
		const char *path = c->list.at[i].path;
		struct err why = ERR_INIT;

		if (!changes_is_asked(&c->list.at[i], asked))
			continue;
		r = changes_drop(c, path, &why);
		if (r == -ENOENT)
			r = 0;
		else if (r)
			*err = why;
	}
	if (!r && !c->live.session)
		r = delta_list(c->use.layer, &rest, err);
	for (size_t i = 0; !r && i < rest.n; i++)
		if (changes_is_asked(&rest.at[i], asked))
			r = err_set(err, -EBUSY, "%s cannot be dropped by"
				    " itself: its directory was removed or"
				    " renamed as a whole", rest.at[i].path);
	if (rest.at)
		delta_list_release(&rest);
	return r;
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

static int drop(struct changes *c, const struct strlist *asked, size_t n,
		int whole, struct err *err)
{
	int removed = whole && !c->live.session && (forget || !has_jobs(c)), r;

	r = removed ? 0 : drop_all(c, asked, err);
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
	struct strlist asked = STRLIST_INIT;
	struct changes c = CHANGES_INIT;
	struct err err = ERR_INIT;
	int status, whole = !argc;
	size_t n = 0;

	if (forget && argc)
		return out_usage("discard", "--forget is for a whole session");
	if (changes_open(&c, CHANGES_WRITE | CHANGES_LIST, &err) ||
	    changes_paths(&c, argv, &asked, &err)) {
		status = out_err(&err);
		goto out;
	}
	if (forget && c.live.session) {
		status = out_fail("the session is mounted; unmount it first:"
				  " scrim umount");
		goto out;
	}
	n = count_asked(&c, &asked);
	if (!whole && !n)
		status = out_fail("the agent changed nothing there; see scrim"
				  " status");
	else if (!ask(&c, n, whole))
		status = out_fail("nothing was dropped; --yes does it without"
				  " asking");
	else
		status = drop(&c, &asked, n, whole, &err);
out:
	strlist_release(&asked);
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
