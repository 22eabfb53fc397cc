/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/mountopt.h"
#include "cli/rules.h"
#include "cli/use.h"
#include "scan/ruleset.h"
#include "session/session.h"
#include "util/esc.h"
#include "util/io.h"
#include "util/json.h"
#include "util/path.h"

static const char *workspace, *kind, *severity, *taint, *output;
static struct opt_list show, mask, hide;
static int all;

static const struct opt options[] = {
	OPT_STRING('w', "workspace", "DIR", &workspace,
		   "the workspace (default: the one that you are in)"),
	OPT_SESSION,
	OPT_STATE_DIR,
	OPT_RULES,
	OPT_LIST(0, "show", "GLOB", &show, "as with mount"),
	OPT_LIST(0, "mask", "GLOB", &mask, "as with mount"),
	OPT_LIST(0, "hide", "GLOB", &hide, "as with mount"),
	OPT_CHOICE(0, "taint", "yes|no", &taint, "as with mount"),
	OPT_CHOICE(0, "kind", "path|content|env|risk", &kind,
		   "list the rules of this kind alone"),
	OPT_CHOICE(0, "severity", "low|medium|high|critical", &severity,
		   "list the rules that are at least so severe"),
	OPT_STRING('o', "output", "FILE", &output,
		   "with import: write the rules to FILE, which is new"),
	OPT_FLAG('a', "all", &all, "list those that are switched off too"),
	OPT_JSON,
	OPT_END,
};

/* ========== the workspace ========== */

static int holds(const char *dir, const char *name)
{
	struct buf path = BUF_INIT;
	int yes;

	buf_addf(&path, "%s/%s", dir, name);
	yes = !buf_oom(&path) && !faccessat(AT_FDCWD, path.ptr, F_OK,
					    AT_SYMLINK_NOFOLLOW);
	buf_release(&path);
	return yes;
}

/* The innermost directory around us with .git or .scrim.ini; else this one. */
static int find_root(char **out)
{
	char *dir = NULL, *top, *slash;
	int r = path_real(".", &dir);

	if (r)
		return r;
	top = strdup(dir);
	while (top && *top && !holds(top, ".git") && !holds(top, ".scrim.ini")) {
		slash = strrchr(top, '/');
		*(slash ? slash : top) = '\0';
	}
	if (top && *top) {
		*out = top;
		free(dir);
	} else {
		free(top);
		*out = dir;
	}
	return 0;
}

static int add_all(struct strlist *to, const struct opt_list *from)
{
	int r = 0;

	for (size_t i = 0; !r && i < from->n; i++)
		r = strlist_add(to, from->at[i]);
	return r;
}

static int load(struct rules_use *u, struct err *err)
{
	struct mountopt m = MOUNTOPT_INIT;
	int r;

	r = add_all(&m.show, &show);
	if (!r)
		r = add_all(&m.mask, &mask);
	if (!r)
		r = add_all(&m.hide, &hide);
	if (!r && opt_common.rules) {
		m.rules = strdup(opt_common.rules);
		r = m.rules ? 0 : -ENOMEM;
	}
	if (!r && taint) {
		m.taint = strdup(taint);
		r = m.taint ? 0 : -ENOMEM;
	}
	if (r)
		err_errno(err, r, "rules");
	else
		r = use_policy(&m, u->workspace, &u->policy, err);
	mountopt_release(&m);
	return r;
}

/* The policy that a session is seen by, and its tree. */
static int load_session(struct rules_use *u, struct use *use, struct err *err)
{
	int r = use_open(use, USE_LAYER, err);

	if (!r) {
		u->policy = use->policy;
		u->layer = use->layer;
		use->policy = NULL;	/* u's by now */
		u->workspace = strdup(use->session->workspace);
		u->mountpoint = session_mountpoint(use->session);
		if (!u->workspace)
			r = err_set(err, -ENOMEM, "out of memory");
	}
	return r;
}

static int open_all(struct rules_use *u, struct use *use, struct err *err)
{
	int r;

	if (opt_common.session) {
		r = load_session(u, use, err);
	} else {
		r = workspace ? path_real(workspace, &u->workspace) :
				find_root(&u->workspace);
		if (r)
			err_errno(err, r, "%s", workspace ? workspace : ".");
		else
			r = load(u, err);
	}
	if (r)
		return r;
	u->fd = open(u->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return u->fd < 0 ? err_errno(err, -errno, "%s", u->workspace) : 0;
}

/* ========== the list ========== */

static int is_wanted(const struct rule *r)
{
	enum severity least = SEVERITY_LOW;

	if (severity)
		severity_parse(severity, &least, NULL);
	return (all || !r->disabled) && r->severity >= least &&
	       (!kind || !strcmp(kind, rule_kind_name(r->kind)));
}

static const char *what_it_does(const struct rule *r)
{
	if (r->disabled)
		return "off";
	switch (r->kind) {
	case RULE_CONTENT:
		return r->confidence == CONFIDENCE_HIGH ? "mask" : "find";
	case RULE_RISK:
		return "review";
	case RULE_ENV:
	case RULE_PATH:
		break;
	}
	return action_name(r->action);
}

static void print_rule(const struct rule *r)
{
	struct buf id = BUF_INIT, text = BUF_INIT;

	esc_add(&id, r->id, strlen(r->id), ESC_NAME);
	esc_add(&text, rule_description(r), strlen(rule_description(r)),
		ESC_NAME);
	printf("%-24s %-8s %-8s %-8s %s", id.ptr, rule_kind_name(r->kind),
	       what_it_does(r), severity_name(r->severity), text.ptr);
	printf("%s(%s", text.len ? "  " : "", out_style(OUT_DIM));
	esc_puts(stdout, r->file);
	if (r->line)
		printf(":%d", r->line);
	printf("%s)\n", out_style(OUT_PLAIN));
	buf_release(&id);
	buf_release(&text);
}

static json_t *rule_json(const struct rule *r)
{
	json_t *o = json_object(), *paths = json_array();

	json_object_set_new(o, "id", json_string(r->id));
	json_object_set_new(o, "kind", json_string(rule_kind_name(r->kind)));
	json_object_set_new(o, "action", json_string(what_it_does(r)));
	json_object_set_new(o, "severity",
			    json_string(severity_name(r->severity)));
	json_object_set_new(o, "confidence",
			    json_string(confidence_name(r->confidence)));
	json_object_set_new(o, "origin",
			    json_string(rule_origin_name(r->origin)));
	jout_name(o, "description", rule_description(r));
	jout_name(o, "ecosystem", r->ecosystem);
	jout_name(o, "file", r->file);
	json_object_set_new(o, "line", json_integer(r->line));
	json_object_set_new(o, "enabled", json_boolean(!r->disabled));
	for (size_t i = 0; i < r->paths.n; i++)
		json_array_append_new(paths, json_string(r->paths.at[i]));
	json_object_set_new(o, "paths", paths);
	return o;
}

static int list(const struct rules_use *u)
{
	const struct ruleset *set = policy_rules(u->policy);
	const struct strlist *warnings = ruleset_warnings(set);
	json_t *root = opt_common.json ? json_array() : NULL;
	int status = STATUS_DONE;

	for (size_t i = 0; i < warnings->n; i++)
		out_warn("%s", warnings->at[i]);
	for (size_t i = 0; i < ruleset_count(set); i++) {
		const struct rule *r = ruleset_get(set, i);

		if (!is_wanted(r))
			continue;
		if (opt_common.json)
			json_array_append_new(root, rule_json(r));
		else
			print_rule(r);
	}
	if (opt_common.json && jout_print(stdout, root))
		status = out_fail("out of memory");
	json_decref(root);
	return status;
}

/* ========== the command ========== */

static const struct {
	const char *name;
	int (*fn)(const struct rules_use *u, int argc, char **argv);
} subcommands[] = {
	{ "explain", rules_explain },
	{ "import", rules_import },
};

static int run(int argc, char **argv)
{
	struct rules_use u = { .fd = -1 };
	struct use use = { 0 };
	struct err err = ERR_INIT;
	size_t i, n = sizeof(subcommands) / sizeof(subcommands[0]);
	int status;

	for (i = 0; argc && i < n; i++)
		if (!strcmp(subcommands[i].name, argv[0]))
			break;
	if (argc && i == n)
		return out_usage("rules", "'%s' is neither a subcommand nor an "
				 "option", argv[0]);
	if (argc == 1)
		return out_usage("rules", "%s what? a PATH is missing", argv[0]);
	if (output && (!argc || strcmp(argv[0], "import")))
		return out_usage("rules", "--output is for import");
	u.output = output;
	if (open_all(&u, &use, &err))
		status = out_err(&err);
	else
		status = argc ? subcommands[i].fn(&u, argc - 1, argv + 1) :
				list(&u);
	use_close(&use);
	policy_free(u.policy);
	free(u.workspace);
	free(u.mountpoint);
	io_close(&u.fd);
	return status;
}

const struct command cmd_rules = {
	.name = "rules",
	.fn = run,
	.args = "[explain PATH... | import FILE]",
	.summary = "list the rules, or explain what is seen of a path",
	.about = "Lists the rules in force. With explain, says of each path "
		 "whether an agent\nwould see it, by which rule, from which file "
		 "and line. With import, makes\nrules from a configuration of "
		 "gitleaks.",
	.options = options,
	.min = 0,
	.max = -1,
	.flags = CMD_PAGED,
};
