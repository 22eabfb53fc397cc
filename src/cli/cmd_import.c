/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cli/after.h"
#include "cli/begin.h"
#include "cli/cmd.h"
#include "cli/import_source.h"
#include "cli/use.h"
#include "session/layer.h"
#include "session/session.h"

static const char *workspace, *name, *as;

static const struct opt options[] = {
	OPT_SESSION,
	OPT_STRING('w', "workspace", "DIR", &workspace,
		   "make a new session of DIR, and import into it"),
	OPT_STRING('n', "name", "NAME", &name, "name the new session"),
	OPT_CHOICE(0, "as", "tree|layer", &as,
		   "SOURCE is all there is, or what changed"),
	OPT_STATE_DIR,
	OPT_RULES,
	OPT_END,
};

/* What a source is where nobody says: a directory is an upper directory. */
static enum import_as choose_as(const struct import_source *s)
{
	if (as)
		return strcmp(as, "tree") ? IMPORT_LAYER : IMPORT_TREE;
	return s->is_dir ? IMPORT_LAYER : IMPORT_TREE;
}

static int import_into(struct layer *l, struct import_source *s,
		       struct err *err)
{
	struct import_result result = { 0, 0, 0 };
	int r = import_archive(l, s->archive, s->prefix, choose_as(s), &result,
			       err);

	if (!r)
		r = layer_sync(l) ? err_errno(err, -EIO, "session") : 0;
	if (!r && result.left_out)
		out_note("%zu devices and sockets are left out",
			 result.left_out);
	if (!r && result.refused)
		r = err_set(err, -EACCES, "%zu changes are refused by the rules; "
			    "all others are in the session", result.refused);
	return r;
}

static int into_old(struct import_source *s, struct err *err)
{
	struct use u = { 0 };
	int r = use_open(&u, USE_LAYER | USE_LOCK, err);

	if (!r) {
		r = import_into(u.layer, s, err);
		if (r)
			err_wrap(err, "session %s may hold a part of it",
				 u.session->id);
	}
	if (!r)
		opt_common.session = strdup(u.session->id);
	use_close(&u);
	return r;
}

static int gather(struct mountopt *m, struct err *err)
{
	int r = 0;

	if (name)
		r = mountopt_set(m, "name", name, 0, err);
	if (!r && opt_common.state_dir)
		r = mountopt_set(m, "state_dir", opt_common.state_dir, 0, err);
	if (!r && opt_common.rules)
		r = mountopt_set(m, "rules", opt_common.rules, 0, err);
	return r;
}

static int into_new(struct import_source *s, struct err *err)
{
	struct mountopt m = MOUNTOPT_INIT;
	struct begin b = BEGIN_INIT;
	struct layer *l = NULL;
	int r = gather(&m, err);

	if (!r)
		r = begin_open(&b, &m, workspace, 0, err);
	if (!r)
		r = begin_commit(&b, err);
	if (!r)
		r = layer_open(&l, b.session, b.policy, LAYER_WRITE, err);
	if (!r)
		r = import_into(l, s, err);
	layer_close(l);
	if (r)
		begin_undo(&b);
	else
		opt_common.session = strdup(b.session->id);
	begin_close(&b);
	mountopt_release(&m);
	return r;
}

/* The source is opened first: where there is none, nothing is made. */
static int import_from(const char *path, struct err *err)
{
	struct import_source s = IMPORT_SOURCE_INIT;
	int r = import_source_open(&s, path, err);

	if (!r)
		r = workspace ? into_new(&s, err) : into_old(&s, err);
	import_source_close(&s);
	return r;
}

static int import_command(int argc, char **argv)
{
	struct err err = ERR_INIT;
	size_t n = 0;

	if (workspace && opt_common.session)
		return out_usage("import", "-w makes a session, -s takes one; "
				 "give one of them");
	if (name && !workspace)
		return out_usage("import", "--name goes with -w");
	if (import_from(argv[0], &err))
		return out_err(&err);
	if (after_summary(0, &n, &err))
		return out_err(&err);
	return STATUS_DONE;
}

const struct command cmd_import = {
	.name = "import",
	.fn = import_command,
	.args = "SOURCE",
	.summary = "take back what became of a view elsewhere, for review",
	.about =
		"SOURCE is a tar archive or an ext4 or erofs image of the whole\n"
		"tree, or with --as=layer of what changed (an OCI layer), or the\n"
		"upper directory of an overlay. What differs from the view becomes\n"
		"changes of the session, to be reviewed like any others.\n",
	.options = options,
	.min = 1,
	.max = 1,
};
