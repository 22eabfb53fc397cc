/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/after.h"
#include "cli/cmd.h"
#include "cli/run.h"
#include "cli/viewopt.h"
#include "sandbox/seccomp.h"

#define SESSION_SIZE (1ull << 30)

static struct opt_list workspaces, profiles, env, also_ro, allow;
static const char *at, *net, *ca, *cpus;
static unsigned long long memory, tmp_size = SANDBOX_TMP_SIZE;
static unsigned long long session_size = SESSION_SIZE;
static long pids;
static int ephemeral, print_only, quiet;

static const struct opt options[] = {
	OPT_LIST('w', "workspace", "DIR", &workspaces,
		 "the workspace (default: here), or one more; DIR:ro to read"),
	OPT_STRING(0, "at", "PATH", &at, "show it at PATH, not at its own"),
	OPT_VIEW_NAME,
	OPT_STRING('s', "session", "SESSION", &opt_common.session,
		   "go on with this session"),
	OPT_FLAG(0, "ephemeral", &ephemeral,
		 "a session in memory that is gone at the end"),
	OPT_SIZE(0, "session-size", "SIZE", &session_size,
		 "of an ephemeral session, at most (1G)"),
	OPT_LIST('p', "profile", "NAME", &profiles,
		 "what COMMAND needs of your home (default: by its name)"),
	OPT_STRING(0, "net", "NET", &net, "host, none, or proxy=SOCKET"),
	OPT_STRING(0, "ca", "FILE", &ca, "one more certificate to trust"),
	OPT_LIST('e', "env", "NAME[=VALUE]", &env, "hand in a variable"),
	OPT_LIST(0, "also-ro", "PATH", &also_ro, "show PATH, read-only"),
	OPT_LIST(0, "allow", "WORD,...", &allow,
		 "let it use ptrace, userns, io_uring, perf"),
	OPT_SIZE(0, "memory", "SIZE", &memory, "memory, at most"),
	OPT_NUMBER(0, "pids", "N", &pids, "processes, at most"),
	OPT_STRING(0, "cpus", "N", &cpus, "processors, at most: 2, 0.5, 150%"),
	OPT_SIZE(0, "tmp-size", "SIZE", &tmp_size,
		 "of /tmp and of the home, each (1G)"),
	OPT_STATE_DIR,
	OPT_RULES,
	OPT_VIEW,
	OPT_KEEPING,
	OPT_FLAG('q', "quiet", &quiet, "no summary and no question afterwards"),
	OPT_FLAG(0, "print", &print_only, "print the sandbox, run nothing"),
	OPT_END,
};

static int gather_allow(int *flags, struct err *err)
{
	int r = 0, flag;

	for (size_t i = 0; i < allow.n && !r; i++) {
		const char *word = allow.at[i];

		while (*word && !r) {
			size_t len = strcspn(word, ",");

			r = seccomp_allow_word(word, len, &flag, err);
			*flags |= r ? 0 : flag;
			word += len + (word[len] == ',');
		}
	}
	return r;
}

/* What no view can be put over: the sandbox lives by it. */
static const struct {
	const char *path;
	int below;		/* nor over what is below it */
} needed[] = {
	{ "/usr", 0 }, { "/usr/bin", 0 }, { "/usr/lib", 0 }, { "/bin", 0 },
	{ "/lib", 0 }, { "/lib64", 0 }, { "/sbin", 0 }, { "/etc", 0 },
	{ "/proc", 1 }, { "/dev", 1 }, { "/run", 1 },
};

static int check_at(struct err *err)
{
	size_t len = strlen(at);

	if (at[0] != '/' || !at[1] || strstr(at, "/.."))
		return err_set(err, -EINVAL, "--at takes an absolute path, "
			       "without '..'");
	if (workspaces.n > 1)
		return err_set(err, -EINVAL, "--at is for one workspace");
	while (len > 1 && at[len - 1] == '/')
		len--;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		size_t n = strlen(needed[i].path);

		if (len >= n && !strncmp(at, needed[i].path, n) &&
		    (len == n || (needed[i].below && at[n] == '/')))
			return err_set(err, -EINVAL, "--at: the sandbox needs "
				       "its own %s; choose another path, such "
				       "as /workspace", needed[i].path);
	}
	return 0;
}

static int check_words(struct err *err)
{
	if (at && check_at(err))
		return -EINVAL;
	if (net && strcmp(net, "none") && strcmp(net, "host") &&
	    strncmp(net, "proxy=", 6))
		return err_set(err, -EINVAL, "--net is host, none or "
			       "proxy=SOCKET, not '%s'", net);
	if (!tmp_size)
		return err_set(err, -EINVAL, "--tmp-size cannot be 0");
	if (opt_common.session && workspaces.n > 1)
		return err_set(err, -EINVAL, "--session knows its workspaces; "
			       "leave --workspace out");
	if (ephemeral && (opt_common.session || opt_common.state_dir))
		return err_set(err, -EINVAL, "--ephemeral goes with neither "
			       "--session nor --state-dir");
	for (size_t i = 0; i < env.n; i++)
		if (!env.at[i][0] || env.at[i][0] == '=')
			return err_set(err, -EINVAL, "--env takes NAME or "
				       "NAME=VALUE");
	return 0;
}

/* What is wrong here is wrong usage. */
static int gather(struct run *r, struct err *err)
{
	int ret = check_words(err);

	if (!ret)
		ret = viewopt_gather(&r->mount, err);
	if (!ret)
		ret = gather_allow(&r->sandbox.allow, err);
	if (!ret && cpus)
		ret = limits_cpus(cpus, &r->limits.cpu_percent, err);
	r->limits.memory = memory;
	r->limits.processes = (unsigned long long)pids;
	r->profiles = (const char *const *)profiles.at;
	r->env = (const char *const *)env.at;
	r->net = net;
	r->ephemeral = ephemeral;
	r->quiet = quiet;
	r->session_size = session_size;
	r->sandbox.also_ro = (const char *const *)also_ro.at;
	r->sandbox.ca = ca;
	r->sandbox.tmp_size = tmp_size;
	return ret;
}

static int add_workspaces(struct run *r, struct err *err)
{
	size_t parts = 0;
	int ret = 0;

	if (opt_common.session && !workspaces.n)
		ret = run_add_parts(r, opt_common.session, &parts, err);
	if (ret || parts)
		return ret;
	if (!workspaces.n)
		return run_add_workspace(r, ".", at, err);
	for (size_t i = 0; i < workspaces.n && !ret; i++)
		ret = run_add_workspace(r, workspaces.at[i], at, err);
	return ret;
}

static int go(struct run *r)
{
	int flags = (quiet ? AFTER_QUIET : 0) | (ephemeral ? AFTER_GONE : 0);
	struct err err = ERR_INIT;
	int status = STATUS_FAILED;

	if (add_workspaces(r, &err) || run_prepare(r, &err))
		return out_err(&err);
	if (print_only)
		return run_print(r, &err) ? out_err(&err) : STATUS_DONE;
	if (r->limits_how && !quiet)
		fprintf(stderr, "scrim: limits: %s\n", r->limits_how);
	if (run_start(r, &status, &err))
		return out_err(&err);
	if (after_run(r->views, r->n_views, flags, &err)) {
		out_err(&err);
		return status ? status : STATUS_FAILED;
	}
	return status;
}

static int run_command(int argc, char **argv)
{
	struct run r = { .mount = MOUNTOPT_INIT, .profile = PROFILE_INIT,
		.scratch = SCRATCH_INIT, .command = argv };
	struct err err = ERR_INIT;
	int status = gather(&r, &err) ? out_usage("run", "%s", err.msg) :
		go(&r);

	run_release(&r);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.fn = run_command,
	.args = "[--] COMMAND [ARGUMENT...]",
	.summary = "run a command on a view, in a sandbox",
	.about =
		"COMMAND sees the workspace at its own path without its\n"
		"secrets, and of the rest of the machine programs alone. What it\n"
		"writes lands in a session; afterwards you are asked what to do\n"
		"with that. The exit status is COMMAND's.\n",
	.options = options,
	.min = 1,
	.max = -1,
	.flags = CMD_RUNS,
};
