/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/cmd.h"
#include "cli/doctor.h"
#include "util/esc.h"
#include "util/json.h"

static int repair;

static const struct opt options[] = {
	OPT_FLAG(0, "repair", &repair, "mend what can be mended of SESSION"),
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_END,
};

static const struct {
	const char *word;
	enum out_style style;
} states[] = {
	[DOCTOR_OK] = { "ok", OUT_GREEN },
	[DOCTOR_SLOW] = { "slow", OUT_YELLOW },
	[DOCTOR_WEAK] = { "weak", OUT_YELLOW },
	[DOCTOR_MISSING] = { "missing", OUT_RED },
};

static json_t *to_json(const char *name, const struct finding *f)
{
	json_t *o = json_object();

	json_object_set_new(o, "check", json_string(name));
	json_object_set_new(o, "state", json_string(states[f->state].word));
	jout_name(o, "what", f->what);
	jout_name(o, "fix", *f->fix ? f->fix : NULL);
	return o;
}

static void print_text(const char *name, const struct finding *f)
{
	printf("%s%-7s%s  %-15s  ", out_style(states[f->state].style),
	       states[f->state].word, out_style(OUT_PLAIN), name);
	esc_puts(stdout, f->what);
	putchar('\n');
	if (*f->fix && f->state != DOCTOR_OK) {
		printf("%26s# ", "");
		esc_puts(stdout, f->fix);
		putchar('\n');
	}
}

static int doctor(int argc, char **argv)
{
	json_t *root = opt_common.json && !argc ? json_array() : NULL;
	int status = STATUS_DONE;

	if (argc)
		return doctor_session(argv[0], repair);
	if (repair)
		return out_usage("doctor", "--repair wants a SESSION");
	for (size_t i = 0; i < doctor_n_checks; i++) {
		const struct doctor_check *c = &doctor_checks[i];
		struct finding f = { DOCTOR_OK, "", "" };

		fflush(stdout);
		c->look(&f);
		if (f.state == DOCTOR_MISSING)
			status = STATUS_FAILED;
		if (root)
			json_array_append_new(root, to_json(c->name, &f));
		else
			print_text(c->name, &f);
	}
	if (opt_common.json && jout_print(stdout, root))
		status = out_fail("out of memory");
	json_decref(root);
	return status;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.fn = doctor,
	.args = "[SESSION]",
	.summary = "tell what this machine lacks, or what a session does",
	.about = "Without SESSION: what of the machine scrim needs. A line that\n"
		 "begins with '#' is the command, for root, that mends what the\n"
		 "line above it says.\n"
		 "With SESSION: looks through all that the session has on disk,\n"
		 "as fsck does; with --repair mends it.\n",
	.options = options,
	.max = 1,
};
