/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/group.h"
#include "cli/hunks.h"
#include "cli/old.h"
#include "session/change.h"
#include "session/session.h"
#include "util/json.h"

static int forget, hunks;
static const char *older_than;

static const struct opt options[] = {
	OPT_FLAG('H', "hunks", &hunks,
		 "ask for each hunk; or drop those named as FILE:1,3-5"),
	OPT_FLAG(0, "forget", &forget,
		 "remove the session with all that undo could bring back"),
	OPT_STRING(0, "older-than", "DURATION", &older_than,
		   "remove all sessions that were not used for so long"),
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
	if (opt_common.part)
		opt_common.part->done = 1;
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

/* ========== Hunks ========== */

static int path_cmp(const void *key, const void *at)
{
	return strcmp(key, ((const struct delta *)at)->path);
}

/* Where nothing but the content was changed, nothing is left of the change. */
static int goes_as_a_whole(const struct delta *d, const struct choice *k)
{
	return k->state == CHOICE_TAKE &&
	       (d->kind != DELTA_RENAME || !(d->flags & DELTA_CONTENT)) &&
	       (d->kind != DELTA_MODIFY ||
		!(d->flags & (DELTA_MODE | DELTA_OWNER | DELTA_XATTR)) ||
		!(d->flags & DELTA_CONTENT));
}

static int drop_part(struct changes *c, const struct choice *k,
		     struct err *err)
{
	const struct delta *d = bsearch(k->path, c->list.at, c->list.n,
					sizeof(*d), path_cmp);
	struct buf text = BUF_INIT;
	int r;

	if (!d || (k->state != CHOICE_TAKE && k->state != CHOICE_PART))
		return 0;
	if (goes_as_a_whole(d, k))
		return changes_drop(c, d->path, err);
	r = hunks_without(c, d, k, &text);
	if (r)
		err_errno(err, r, "%s", d->path);
	else
		r = changes_rewrite(c, d, &text, err);
	buf_release(&text);
	return r;
}

static size_t count_taken(const struct choices *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++)
		n += k->at[i]->state == CHOICE_TAKE ||
		     k->at[i]->state == CHOICE_PART;
	return n;
}

static int discard_hunks(struct changes *c, char **argv)
{
	const struct hunks_opts how = { "Discard", 0 };
	struct choices k = CHOICES_INIT;
	struct err err = ERR_INIT;
	int status = STATUS_DONE, r;
	size_t n;

	r = hunks_pick(c, argv, &how, &k, &err);
	n = count_taken(&k);
	if (!r && !out_ask("Drop this of %zu change%s of session %s for good?",
			   n, n == 1 ? "" : "s", changes_name(c)))
		r = err_set(&err, -ECANCELED, "nothing was dropped; --yes does"
			    " it without asking");
	for (size_t i = 0; !r && i < k.n; i++)
		r = drop_part(c, k.at[i], &err);
	status = r ? out_err(&err) : report(c, n, 0);
	choices_release(&k);
	return status;
}

static int decide(struct changes *c, const struct strlist *asked, int whole)
{
	size_t n = count_asked(c, asked);
	struct part *p = opt_common.part;
	struct err err = ERR_INIT;

	if (p && p->step == PART_REHEARSE) {
		p->n = n;
		p->ask = whole || n;
		return STATUS_DONE;
	}
	if (!whole && !n && !p)
		return out_fail("the agent changed nothing; see scrim status");
	if (!ask(c, n, whole))
		return out_fail("nothing was dropped; --yes does it without"
				" asking");
	return drop(c, asked, n, whole, &err);
}

static int discard(int argc, char **argv)
{
	struct strlist asked = STRLIST_INIT;
	struct changes c = CHANGES_INIT;
	struct err err = ERR_INIT;
	int status, whole = !argc;

	if (opt_common.part && hunks)
		return out_usage("discard", "--hunks is of one workspace; name a"
				 " path in it");
	if (older_than && (argc || hunks || opt_common.session))
		return out_usage("discard", "--older-than is for whole sessions"
				 ", of which none is named");
	if (older_than)
		return old_discard(older_than);
	if (forget && (argc || hunks))
		return out_usage("discard", "--forget is for a whole session");
	if (changes_open(&c, CHANGES_WRITE | CHANGES_LIST, &err) ||
	    (!hunks && changes_paths(&c, argv, &asked, &err))) {
		status = out_err(&err);
		goto out;
	}
	if (hunks) {
		status = discard_hunks(&c, argv);
		goto out;
	}
	if (forget && c.live.session) {
		status = out_fail("the session is mounted; unmount it first:"
				  " scrim umount");
		goto out;
	}
	if (opt_common.part && opt_common.part->step == PART_REFUSED)
		status = STATUS_FAILED;
	else if (changes_unknown(&c, argv, &asked))
		status = STATUS_FAILED;
	else
		status = decide(&c, &asked, whole);
out:
	strlist_release(&asked);
	changes_close(&c);
	return status;
}

static int is_of_all(void)
{
	return older_than != NULL;
}

const struct command cmd_discard = {
	.name = "discard",
	.fn = discard,
	.args = "[PATH...|FILE:HUNKS...]",
	.summary = "drop what the agent changed",
	.about = "Without PATH all changes go, and the session with them, but"
		 " where something was\napplied from it: it is then kept for"
		 " scrim undo, unless --forget is given.",
	.options = options,
	.group = GROUP_TOGETHER,
	.alone = is_of_all,
	.verb = "Drop",
	.min = 0,
	.max = -1,
};
