/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/group.h"
#include "cli/snap.h"
#include "cli/use.h"
#include "session/checkpoint.h"
#include "session/restore.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/esc.h"
#include "util/json.h"

static int list_them, remove_it, by_itself;
static long keep;

static const struct opt options[] = {
	OPT_FLAG('l', "list", &list_them, "list the snapshots there are"),
	OPT_FLAG(0, "remove", &remove_it, "remove the snapshot NAME"),
	OPT_FLAG(0, "auto", &by_itself,
		 "make one if something changed, and remove old ones of these"),
	OPT_NUMBER(0, "keep", "N", &keep, "how many of those to keep (10)"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_YES,
	OPT_JSON,
	OPT_END,
};

static void print_text(const struct snapshot_list *l)
{
	char when[32];

	for (size_t i = 0; i < l->n; i++) {
		snap_time(l->at[i].when, when);
		printf("%s  %8zu files %12lld bytes  ", when, l->at[i].files,
		       (long long)l->at[i].bytes);
		esc_puts(stdout, l->at[i].name);
		putchar('\n');
	}
	if (!l->n)
		puts("no snapshots; scrim snapshot makes one");
}

static int print_json(const struct snapshot_list *l)
{
	json_t *root = json_object(), *all = json_array();
	int r;

	for (size_t i = 0; i < l->n; i++) {
		json_t *o = json_object();

		jout_name(o, "name", l->at[i].name);
		json_object_set_new(o, "time",
				    json_integer((json_int_t)l->at[i].when));
		json_object_set_new(o, "files",
				    json_integer((json_int_t)l->at[i].files));
		json_object_set_new(o, "bytes",
				    json_integer((json_int_t)l->at[i].bytes));
		json_array_append_new(all, o);
	}
	json_object_set_new(root, "schema", json_string("scrim.snapshots/1"));
	json_object_set_new(root, "snapshots", all);
	if (opt_common.part)
		opt_common.part->json = 1;
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

static int list_all(const struct session *s)
{
	struct err err = ERR_INIT;
	struct snapshot_list l;
	int status = STATUS_DONE;

	if (snapshot_list(s, &l, &err))
		return out_err(&err);
	if (opt_common.json) {
		status = print_json(&l);
	} else {
		group_heading(stdout);
		print_text(&l);
	}
	snapshot_list_release(&l);
	return status;
}

static int remove_one(const struct session *s, const char *name)
{
	struct err err = ERR_INIT;

	if (!out_ask("Remove the snapshot %s for good?", name))
		return out_fail("nothing was removed; --yes does it without"
				" asking");
	return snapshot_remove(s, name, &err) ? out_err(&err) : STATUS_DONE;
}

/* For a hook: what did not change is not kept again. */
static int make_checkpoint(struct use *u)
{
	struct err err = ERR_INIT;
	struct buf name = BUF_INIT;
	int status = STATUS_DONE;

	if (snap_checkpoint(u->session, (unsigned)keep, &name, &err))
		status = out_err(&err);
	else if (opt_common.json)
		status = list_all(u->session);
	else if (name.len)
		printf("snapshot %s\n", name.ptr);
	else
		puts("nothing changed since the last one");
	buf_release(&name);
	return status;
}

/* Those names are removed without a question. */
static int check_free(const char *name)
{
	if (!checkpoint_is(name) && strncmp(name, "seal-", 5))
		return 0;
	return out_fail("names that begin with auto- and seal- are for scrim's "
			"own snapshots; choose another");
}

static int make_one(struct use *u, const char *name)
{
	struct err err = ERR_INIT;
	char own[CHECKPOINT_NAME];

	if (!name) {
		checkpoint_name(own, "at");
		name = own;
	} else if (check_free(name)) {
		return STATUS_FAILED;
	}
	if (snap_make(u->session, name, &err))
		return out_err(&err);
	if (!opt_common.json)
		printf("snapshot %s\n", name);
	else
		return list_all(u->session);
	return STATUS_DONE;
}

static int snapshot(int argc, char **argv)
{
	struct use u = { 0 };
	struct err err = ERR_INIT;
	int status;

	if (list_them && argc)
		return out_usage("snapshot", "--list takes no NAME");
	if (by_itself && (argc || list_them || remove_it))
		return out_usage("snapshot", "--auto takes no NAME, --list or "
				 "--remove");
	if (remove_it && !argc)
		return out_usage("snapshot", "--remove wants a NAME");
	if (use_open(&u, USE_SESSION, &err))
		status = out_err(&err);
	else if (list_them)
		status = list_all(u.session);
	else if (by_itself)
		status = make_checkpoint(&u);
	else if (remove_it)
		status = remove_one(u.session, argv[0]);
	else
		status = make_one(&u, argv[0]);
	use_close(&u);
	return status;
}

const struct command cmd_snapshot = {
	.name = "snapshot",
	.fn = snapshot,
	.args = "[NAME]",
	.summary = "keep the present state of a session, to come back to",
	.about = "A mounted session goes on. Content is shared with the session"
		 " until it is written to,\nso a snapshot is made at once and"
		 " takes little room. scrim restore and scrim fork go on\n"
		 "from one.",
	.options = options,
	.group = GROUP_EACH,
	.min = 0,
	.max = 1,
};
