/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/chosen.h"
#include "cli/cmd.h"
#include "cli/commits.h"
#include "cli/conflicts.h"
#include "cli/group.h"
#include "cli/patch.h"
#include "review/commit.h"
#include "review/diff.h"
#include "session/session.h"
#include "util/json.h"

static int dry_run, skip, recover_only, commit, commits, chosen, hunks;
static const char *conflicts, *patch_file, *message, *branch;
static struct opt_list allow, unprotect;

static const struct opt options[] = {
	OPT_FLAG(0, "chosen", &chosen, "take what was chosen in scrim review"),
	OPT_FLAG('H', "hunks", &hunks,
		 "ask for each hunk; or take those named as FILE:1,3-5"),
	OPT_FLAG('n', "dry-run", &dry_run, "print the plan, do nothing"),
	OPT_LIST(0, "allow", "CLASS", &allow,
		 "take dangerous changes of this class, too"),
	OPT_LIST(0, "protected", "PATH", &unprotect,
		 "replace this protected file"),
	OPT_CHOICE(0, "conflicts", "refuse|skip|markers", &conflicts,
		   "what to do with conflicts (default: refuse)"),
	OPT_FLAG(0, "skip-conflicts", &skip, "the same as --conflicts=skip"),
	OPT_STRING(0, "patch", "FILE", &patch_file,
		   "write a patch to FILE in place of applying"),
	OPT_FLAG(0, "commit", &commit,
		 "commit to the current branch, do not touch the files"),
	OPT_FLAG(0, "commits", &commits,
		 "make the agent's own commits, of the names given or all"),
	OPT_STRING(0, "branch", "NAME", &branch,
		   "commit to a new branch, do not touch the files"),
	OPT_STRING('m', "message", "TEXT", &message, "of the commit"),
	OPT_FLAG(0, "recover", &recover_only,
		 "only finish or roll back what a crash cut short"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_YES,
	OPT_JSON,
	OPT_END,
};

struct apply_view {
	struct changes *c;
	struct strlist paths, unprotect;
	struct plan_opts opts;
	struct plan plan;
	struct pick pick;
	struct commits commits;
};

static int make_plan(struct apply_view *v, struct err *err)
{
	plan_release(&v->plan);
	return plan_make(&v->plan, &v->c->list, &v->c->source, v->c->where.ws,
			 &v->opts, err);
}

static int pick_commits(struct apply_view *v, char **argv, struct err *err)
{
	int r = commits_read(v->c, &v->commits, err);

	if (!r)
		r = commits_pick(&v->commits, v->c, argv, message != NULL,
				 v->opts.picked, err);
	v->opts.picked = v->commits.picked;
	return r;
}

static int fill_opts(struct apply_view *v, char **argv, struct err *err)
{
	struct plan_opts *o = &v->opts;
	struct buf path = BUF_INIT;
	int r;

	r = hunks || commits ? 0 : changes_paths(v->c, argv, &v->paths, err);
	if (!r)
		r = changes_allow(&allow, &o->allow, err);
	for (size_t i = 0; !r && i < unprotect.n; i++) {
		r = changes_path(v->c, unprotect.at[i], &path, err);
		if (r == -EINVAL && opt_common.part) {
			r = 0;	/* it is another part's */
			continue;
		}
		if (!r && strlist_add(&v->unprotect, path.ptr))
			r = err_set(err, -ENOMEM, "out of memory");
	}
	buf_release(&path);
	o->paths = (const char *const *)v->paths.at;
	o->n_paths = v->paths.n;
	o->unprotect = (const char *const *)v->unprotect.at;
	o->n_unprotect = v->unprotect.n;
	o->risk = v->c->classes;
	if (!r && chosen)
		r = pick_begin(&v->pick, v->c, o, err);
	else if (!r && hunks)
		r = pick_hunks(&v->pick, v->c, argv, o, err);
	if (!r && commits)
		r = pick_commits(v, argv, err);
	if (opt_common.part)
		o->allow |= opt_common.part->allow;
	o->skip_conflicts = skip || (conflicts && !strcmp(conflicts, "skip"));
	o->markers = conflicts && !strcmp(conflicts, "markers");
	return r;
}

/* The step of a command on several workspaces; PART_PLAIN is of one, too. */
static int is_step(enum part_step step)
{
	return opt_common.part ? opt_common.part->step == step :
	       step == PART_PLAIN;
}

/* ========== Asking for the dangerous ========== */

static size_t list_class(const struct apply_view *v, unsigned bit)
{
	size_t n = 0;

	for (size_t i = 0; i < v->plan.n; i++) {
		const struct plan_item *it = &v->plan.at[i];

		if (!it->selected || it->verdict != PLAN_LEFT ||
		    !(it->risk & bit))
			continue;
		if (n++ < 20)
			out_warn("  %c %s", it->d->kind, it->d->path);
	}
	if (n > 20)
		out_warn("  and %zu more", n - 20);
	return n;
}

/*
 * On a terminal each class is asked for by itself; --yes answers for the plan
 * as a whole, not for what is dangerous.
 */
static int ask_for_classes(struct apply_view *v, struct err *err)
{
	unsigned before = v->opts.allow;

	if (opt_common.yes || is_step(PART_DO) || dry_run || patch_file || !isatty(0) || !isatty(2))
		return 0;
	for (int i = 0; i < RISK_N; i++) {
		unsigned bit = 1u << i;
		size_t n;

		if (risk_classes[i].level != RISK_ASK || v->opts.allow & bit)
			continue;
		n = list_class(v, bit);
		if (n && out_ask("Apply %zu of class '%s' (%s)?", n,
				 risk_classes[i].name, risk_classes[i].what))
			v->opts.allow |= bit;
	}
	return v->opts.allow != before ? make_plan(v, err) : 0;
}

/* ========== What comes of it ========== */

static void print_plan(const struct apply_view *v)
{
	struct buf text = BUF_INIT;

	plan_print(&v->plan, &text);
	fwrite(text.ptr, 1, text.len, stdout);
	fflush(stdout);
	buf_release(&text);
}

static int print_json(const struct apply_view *v, uint32_t seq,
		      const struct notes *notes)
{
	json_t *root = json_object(), *list = json_array();
	int r;

	json_object_set_new(root, "schema", json_string("scrim.apply/1"));
	json_object_set_new(root, "session", changes_session_json(v->c));
	json_object_set_new(root, "job", seq ? json_integer(seq) : json_null());
	json_object_set_new(root, "blocked",
			    json_boolean(plan_is_blocked(&v->plan)));
	json_object_set_new(root, "items", plan_json(&v->plan));
	for (size_t i = 0; i < notes->n; i++) {
		json_t *o = json_object();

		jout_name(o, "text", notes->at[i]);
		json_array_append_new(list, o);
	}
	json_object_set_new(root, "notes", list);
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

static int is_failed_merge(const struct plan_item *it)
{
	return it->selected && it->verdict == PLAN_CONFLICT && it->content.len;
}

static void write_conflicts(const struct apply_view *v)
{
	struct conflict *at = calloc(v->plan.n + 1, sizeof(*at));
	size_t n = 0;

	for (size_t i = 0; at && i < v->plan.n; i++)
		if (is_failed_merge(&v->plan.at[i]))
			at[n++] = (struct conflict){ v->plan.at[i].d->path,
						     &v->plan.at[i].content };
	conflicts_write(v->c->use.session, at, n);
	free(at);
}

static int refuse(struct apply_view *v)
{
	if (v->c->use.session->lock_fd >= 0)
		write_conflicts(v);
	return out_fail("nothing was applied: %zu in conflict, %zu refused;"
			" name the paths to take, or give"
			" --conflicts=skip or --conflicts=markers",
			v->plan.count[PLAN_CONFLICT],
			v->plan.count[PLAN_REFUSED]);
}

static size_t to_do(const struct plan *p)
{
	size_t n = p->count[PLAN_NOTHING];

	for (int i = 0; i <= PLAN_MOVED; i++)
		n += p->count[i];
	return n;
}

static char *what_was_asked(char **argv)
{
	struct buf note = BUF_INIT;

	for (; *argv; argv++)
		buf_addf(&note, "%s%s", note.len ? " " : "", *argv);
	return buf_take(&note);
}

static int carry_out(struct apply_view *v, char **argv)
{
	struct notes notes = { NULL, 0 };
	struct err err = ERR_INIT;
	char *note = what_was_asked(argv);
	int status = STATUS_DONE;
	uint32_t seq = 0;

	if (opt_common.part)
		v->c->where.together = opt_common.part->together;
	if (apply_run(&v->plan, &v->c->source, &v->c->where, note ? note : "",
		      &seq, &notes, &err)) {
		changes_warn(&notes);
		status = out_err(&err);
		goto out;
	}
	if (opt_common.part) {
		opt_common.part->done = 1;
		opt_common.part->job = seq;
	}
	if ((chosen || hunks) && pick_done(&v->pick, v->c, &v->plan, &err))
		status = out_err(&err);
	if (changes_warn(&notes) || v->plan.count[PLAN_LEFT])
		status = STATUS_FAILED;
	if (opt_common.json && print_json(v, seq, &notes))
		status = STATUS_FAILED;
	else if (!opt_common.json && seq)
		printf("applied%s%s; scrim undo takes it back (job %u)\n",
		       opt_common.part ? " to " : "", opt_common.part ?
		       opt_common.part->workspace : "", seq);
	else if (!opt_common.json)
		puts("all of it was there already");
out:
	notes_release(&notes);
	free(note);
	return status;
}

/* ========== In place of applying ========== */

static int left(const struct apply_view *v)
{
	return v->plan.count[PLAN_LEFT] ? STATUS_FAILED : STATUS_DONE;
}

static int write_patch(const struct apply_view *v)
{
	struct err err = ERR_INIT;

	group_heading(stdout);
	if (patch_write(v->c, &v->plan, chosen || hunks ? &v->pick : NULL,
			patch_file, message, &err))
		return out_err(&err);
	if (v->plan.count[PLAN_LEFT])
		out_warn("%zu change%s not in the patch; scrim apply --dry-run"
			 " says why", v->plan.count[PLAN_LEFT],
			 v->plan.count[PLAN_LEFT] == 1 ? " is" : "s are");
	return left(v);
}

static int write_commits(const struct apply_view *v)
{
	struct err err = ERR_INIT;

	if (commits_make(&v->commits, v->c, &v->plan, branch, message, &err))
		return out_err(&err);
	if (v->commits.left && !message)
		out_note("%zu change%s that no commit has %s in the session;"
			 " -m TEXT commits %s, too", v->commits.left,
			 v->commits.left == 1 ? "" : "s",
			 v->commits.left == 1 ? "stays" : "stay",
			 v->commits.left == 1 ? "it" : "them");
	return left(v);
}

static int write_commit(const struct apply_view *v)
{
	struct commit_group g = {
		.message = message ? message : "Changes made by an agent",
	};
	struct commit_opts o = {
		.workspace = v->c->use.session->workspace,
		.branch = branch, .groups = &g, .n = 1,
		.state = v->c->where.state,
	};
	struct err err = ERR_INIT;

	if (commits)
		return write_commits(v);
	if (commit_plan(&v->plan, &v->c->source, &o, &err))
		return out_err(&err);
	if (opt_common.json)
		return commits_told(v->c, &o) ? STATUS_FAILED : left(v);
	printf("%.12s on %s%s\n", g.id, branch ? "branch " :
	       "the current branch", branch ? branch : "");
	return left(v);
}

static int nothing_to_do(const struct apply_view *v)
{
	const struct notes none = { NULL, 0 };

	if (opt_common.part)
		opt_common.part->done = 1;
	if (opt_common.json && print_json(v, 0, &none))
		return STATUS_FAILED;
	return v->plan.count[PLAN_LEFT] ?
	       out_fail("nothing was applied: all of it was left") :
	       STATUS_DONE;
}

/* Asks what is to be asked of one workspace alone, and changes nothing. */
static int rehearse(struct apply_view *v)
{
	struct part *p = opt_common.part;

	if (!opt_common.json) {
		group_heading(stdout);
		print_plan(v);
	}
	if (plan_is_blocked(&v->plan))
		return refuse(v);
	p->allow = v->opts.allow;
	p->n = to_do(&v->plan);
	p->ask = p->n && !commit && !branch;
	return STATUS_DONE;
}

static int act(struct apply_view *v, char **argv)
{
	const struct notes none = { NULL, 0 };
	struct err err = ERR_INIT;

	if (make_plan(v, &err) || ask_for_classes(v, &err))
		return out_err(&err);
	if (is_step(PART_REHEARSE))
		return rehearse(v);
	if (is_step(PART_REFUSED))
		return print_json(v, 0, &none) ? STATUS_FAILED : STATUS_DONE;
	if (patch_file)
		return write_patch(v);
	if (!opt_common.json && (is_step(PART_PLAIN) || dry_run))
		print_plan(v);
	if (dry_run) {
		int bad = plan_is_blocked(&v->plan) || v->plan.count[PLAN_LEFT];

		if (opt_common.json && print_json(v, 0, &none))
			return STATUS_FAILED;
		return bad ? STATUS_FAILED : STATUS_DONE;
	}
	if (plan_is_blocked(&v->plan)) {
		if (opt_common.json)
			print_json(v, 0, &none);
		return refuse(v);
	}
	if (commit || commits || branch)
		return write_commit(v);
	if (!to_do(&v->plan))
		return nothing_to_do(v);
	if (!out_ask("Apply this to %s?", v->c->use.session->workspace))
		return out_fail("nothing was applied; --yes does it without"
				" asking");
	return carry_out(v, argv);
}

static int apply(int argc, char **argv)
{
	int write = !dry_run && !patch_file && !commit && !commits && !branch;
	struct changes c = CHANGES_INIT;
	struct apply_view v = { .c = &c };
	struct err err = ERR_INIT;
	int status = STATUS_DONE;

	if (commits && (hunks || patch_file))
		return out_usage("apply", "--commits goes with neither --hunks"
				 " nor --patch");
	if (chosen && ((argc && !commits) || hunks))
		return out_usage("apply", "--chosen takes the place of paths"
				 " and hunks");
	if (opt_common.part && hunks)
		return out_usage("apply", "--hunks is of one workspace; name a"
				 " path in it");
	if (opt_common.part && commits)
		return out_usage("apply", "--commits is of one workspace");
	if (opt_common.part && patch_file && strcmp(patch_file, "-"))
		return out_usage("apply", "--patch FILE is of one workspace; "
				 "name a path in it");
	/* what changes no workspace is not rehearsed */
	if (is_step(PART_REHEARSE) && (!write || recover_only) && !commit &&
	    !branch)
		return STATUS_DONE;
	if (opt_common.part && (!write || recover_only))
		opt_common.part->done = 1;
	if (changes_open(&c, (write || chosen ? CHANGES_WRITE : 0) |
			 (recover_only ? 0 : CHANGES_LIST), &err))
		status = out_err(&err);
	else if (recover_only)
		status = STATUS_DONE;
	else if (fill_opts(&v, argv, &err))
		status = out_err(&err);
	else if (changes_unknown(&c, argv, &v.paths))
		status = STATUS_FAILED;
	else
		status = act(&v, argv);
	plan_release(&v.plan);
	pick_release(&v.pick);
	commits_release(&v.commits);
	strlist_release(&v.paths);
	strlist_release(&v.unprotect);
	changes_close(&c);
	return status;
}

const struct command cmd_apply = {
	.name = "apply",
	.fn = apply,
	.args = "[PATH...|FILE:HUNKS...|COMMIT...]",
	.summary = "put the agent's changes into the workspace, all or none",
	.about = "The plan is printed first. Where you have changed the same"
		 " file, both changes are\nmerged; if that fails, nothing is"
		 " applied. Dangerous changes are left unless their\nclass is"
		 " allowed, here or on the terminal. What was applied leaves the"
		 " session.\nscrim undo takes it back.",
	.options = options,
	.group = GROUP_TOGETHER,
	.verb = "Apply",
	.min = 0,
	.max = -1,
};
