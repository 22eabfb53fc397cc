/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/snap.h"
#include "cli/use.h"
#include "session/checkpoint.h"
#include "session/restore.h"
#include "session/session.h"
#include "session/snapshot.h"
#include "util/json.h"

static const char *new_name;

static const struct opt options[] = {
	OPT_STRING('n', "name", "NAME", &new_name, "name of the new session"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_END,
};

static int tell(const struct session *s)
{
	json_t *o;
	int r;

	if (!opt_common.json) {
		printf("session %s goes on from there; scrim mount or run"
		       " --session %s\n", s->id, s->id);
		return STATUS_DONE;
	}
	o = json_object();
	json_object_set_new(o, "schema", json_string("scrim.fork/1"));
	json_object_set_new(o, "id", json_string(s->id));
	jout_name(o, "name", s->name);
	jout_name(o, "workspace", s->workspace);
	r = jout_print(stdout, o);
	json_decref(o);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

/* From a snapshot, or from the present state by one that is made for it. */
static int fork_from(struct session *s, const char *snapshot)
{
	struct session *n = NULL;
	struct err err = ERR_INIT;
	char own[CHECKPOINT_NAME];
	int status, r = 0;

	if (!snapshot) {
		checkpoint_name(own, "fork");
		r = snap_make(s, own, &err);
	}
	if (!r)
		r = session_fork(&n, s, snapshot ? snapshot : own,
				 opt_common.state_dir, new_name, &err);
	status = r ? out_err(&err) : tell(n);
	if (!snapshot && snapshot_remove(s, own, &err) && !r)
		status = out_err(&err);
	session_close(n);
	return status;
}

static int fork_session(int argc, char **argv)
{
	struct use u = { 0 };
	struct err err = ERR_INIT;
	int status;

	if (use_open(&u, USE_SESSION, &err))
		status = out_err(&err);
	else
		status = fork_from(u.session, argv[0]);
	use_close(&u);
	return status;
}

const struct command cmd_fork = {
	.name = "fork",
	.fn = fork_session,
	.args = "[SNAPSHOT]",
	.summary = "go on from a session's state in another session",
	.about = "Both go on apart and are reviewed apart: two agents can work on"
		 " from one state. Without\nSNAPSHOT the present state is"
		 " taken; the session may be mounted.",
	.options = options,
	.min = 0,
	.max = 1,
};
