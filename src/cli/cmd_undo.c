/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/cmd.h"
#include "session/session.h"
#include "util/json.h"

static const struct opt options[] = {
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_YES,
	OPT_JSON,
	OPT_END,
};

static int print_json(const struct changes *c, uint32_t did)
{
	json_t *root = json_object();
	int r;

	json_object_set_new(root, "schema", json_string("scrim.undo/1"));
	json_object_set_new(root, "session", changes_session_json(c));
	json_object_set_new(root, "undone", json_integer(did));
	r = jout_print(stdout, root);
	json_decref(root);
	return r ? out_fail("out of memory") : STATUS_DONE;
}

static int carry_out(struct changes *c, uint32_t seq)
{
	struct notes notes = { NULL, 0 };
	struct err err = ERR_INIT;
	int status = STATUS_DONE;
	uint32_t did = 0;

	if (undo_run(&c->where, seq, &did, &notes, &err)) {
		changes_warn(&notes);
		status = out_err(&err);
		goto out;
	}
	if (changes_warn(&notes))
		status = STATUS_FAILED;
	if (opt_common.json && print_json(c, did))
		status = STATUS_FAILED;
	else if (!opt_common.json)
		printf("job %u is undone\n", did);
out:
	notes_release(&notes);
	return status;
}

static int undo(int argc, char **argv)
{
	struct changes c = CHANGES_INIT;
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
	if (changes_open(&c, CHANGES_WRITE, &err))
		status = out_err(&err);
	else if (!out_ask("Undo %s in %s?", argc ? argv[0] : "the last apply",
			  c.use.session->workspace))
		status = out_fail("nothing was undone; --yes does it without"
				  " asking");
	else
		status = carry_out(&c, (uint32_t)seq);
	changes_close(&c);
	return status;
}

const struct command cmd_undo = {
	.name = "undo",
	.fn = undo,
	.args = "[JOB]",
	.summary = "bring back what the last apply replaced or removed",
	.about = "JOB is a number from scrim log; an undo can be undone by its"
		 " number. Nothing is\ndone where you have changed since what"
		 " would be taken back.",
	.options = options,
	.min = 0,
	.max = 1,
};
