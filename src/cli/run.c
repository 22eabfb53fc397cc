/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/preflight.h"
#include "cli/run.h"
#include "cli/use.h"
#include "sandbox/environ.h"
#include "sandbox/home.h"
#include "sandbox/supervise.h"
#include "sandbox/vars.h"
#include "scan/policy.h"
#include "session/session.h"
#include "util/esc.h"

/* The state directory only where it exists: there is nothing to hide else. */
static void fill_sandbox(struct run *r)
{
	struct sandbox_options *o = &r->sandbox;

	o->views = r->shown;
	o->n_views = r->n_views;
	o->state_dir = r->state_dir;
	o->profile = &r->profile;
	o->keep_dir = r->keep_dir;
	o->home = r->home;
	o->user = r->user;
	o->uid = getuid();
	o->gid = getgid();
	o->chdir = r->chdir;
	o->allow |= r->profile.allow;
	o->init = r->init;
	o->prefix = &r->prefix;
	o->init_options = &r->init_options;
	o->command = r->command;
}

static int show_views(struct run *r, struct err *err)
{
	size_t i;

	free(r->shown);
	r->shown = calloc(r->n_views, sizeof(*r->shown));
	if (!r->shown)
		return err_errno(err, -ENOMEM, "run");
	for (i = 0; i < r->n_views; i++) {
		const struct run_view *v = &r->views[i];

		r->shown[i] = (struct sandbox_view){
			v->mountpoint ? v->mountpoint : "VIEW", v->dest,
			v->workspace, v->ro };
	}
	fill_sandbox(r);
	return 0;
}

static int build_environ(struct run *r, const struct sandbox *s,
			 const struct policy *p, struct strlist *out,
			 struct strlist *kept_out, struct err *err)
{
	struct environ_options o = {
		.host = (const char *const *)environ,
		.policy = p,
		.profile = &r->profile,
		.extra = r->env,
		.fixed = &s->fixed,
		.keys_outside = r->sandbox.net == NET_PROXY,
	};
	int ret = environ_build(&o, out, kept_out);

	return ret ? err_errno(err, ret, "environment") : 0;
}

/* ========== --print ========== */

static void print_names(const char *what, const struct strlist *l)
{
	size_t i;

	if (!l->n)
		return;
	printf("# %s:", what);
	for (i = 0; i < l->n; i++) {
		putchar(' ');
		esc_puts(stdout, l->at[i]);
	}
	putchar('\n');
}

/* A value that a rule calls a secret is not shown, though it is handed in. */
static void print_environ(const struct strlist *env, const struct policy *p,
			  const struct strlist *keys)
{
	struct verdict v;
	size_t i;

	for (i = 0; i < env->n; i++) {
		const char *at = env->at[i];
		size_t len = strcspn(at, "=");
		char *name = strndup(at, len);

		fputs("# env ", stdout);
		if (name && !strlist_has(keys, name) &&
		    !policy_env(p, name, at + len + 1, &v))
			esc_puts(stdout, at);
		else
			printf("%.*s=(a secret)", (int)len, at);
		putchar('\n');
		free(name);
	}
}

int run_print(struct run *r, struct err *err)
{
	struct strlist env = STRLIST_INIT, kept_out = STRLIST_INIT;
	struct sandbox s = SANDBOX_INIT;
	struct policy *p = NULL;
	int ret = show_views(r, err);

	if (!ret && r->profile.keep.n && asprintf(&r->keep_dir, "SESSION/home")
	    < 0)
		ret = err_errno(err, -ENOMEM, "run");
	r->sandbox.keep_dir = r->keep_dir;
	if (!ret)
		ret = sandbox_build(&s, &r->sandbox, err);
	if (!ret)
		ret = use_policy(&r->mount, r->views[0].workspace, &p, err);
	if (!ret)
		ret = build_environ(r, &s, p, &env, &kept_out, err);
	if (!ret) {
		print_names("profile", &r->profile.names);
		if (r->limits_how)
			printf("# limits: %s\n", r->limits_how);
		print_names("not shown, though the profile names it",
			    &s.left_out);
		print_environ(&env, p, &r->profile.secret);
		print_names("kept out of the environment", &kept_out);
		sandbox_print(&s, stdout);
	}
	policy_free(p);
	sandbox_release(&s);
	strlist_release(&env);
	strlist_release(&kept_out);
	return ret;
}

/* ========== running ========== */

static int mount_views(struct run *r, struct run_keeper *keeper,
		       struct err *err)
{
	size_t i;
	int ret = 0;

	if (r->ephemeral) {
		ret = scratch_open(&r->scratch, r->session_size, err);
		if (ret)
			return ret;
		free(r->mount.state_dir);
		r->mount.state_dir = strdup(r->scratch.path);
		if (!r->mount.state_dir)
			return err_errno(err, -ENOMEM, "run");
	}
	for (i = 0; i < r->n_views && !ret; i++) {
		struct begin *b = &r->views[i].begin;

		if (r->n_views > 1)
			b->group = i ? r->views[0].begin.session->id : "";
		b->ro = r->views[i].ro;
		ret = run_view_prepare(&r->views[i], &r->mount, err);
	}
	if (!ret)
		ret = run_keeper_start(keeper, r->views, r->n_views, err);
	for (i = 0; i < r->n_views && !ret; i++)
		ret = run_view_mount(&r->views[i], err);
	return ret;
}

static int prepare_home(struct run *r, struct err *err)
{
	const struct run_view *v = &r->views[0];

	if (!r->profile.keep.n)
		return 0;
	/* no sandbox can be given what lies in an ephemeral session's tmpfs */
	if (asprintf(&r->keep_dir, "%s/home", r->ephemeral ? v->parent :
		     v->begin.session->dir) < 0) {
		r->keep_dir = NULL;
		return err_errno(err, -ENOMEM, "run");
	}
	return home_prepare(&r->profile, r->keep_dir, err);
}

/* The command is on the host, but not in the sandbox: what would show it. */
static void hint_command(const struct run *r, struct err *err)
{
	const char *path = getenv("PATH"), *name = r->command[0];
	size_t len;
	char *full;

	while (path && *path && !strchr(name, '/')) {
		len = strcspn(path, ":");
		if (asprintf(&full, "%.*s/%s", (int)len, path, name) < 0)
			return;
		if (!access(full, X_OK)) {
			err_set(err, err->code, "%s is %s, which the sandbox "
				"does not show; add --also-ro %.*s, or a "
				"--profile that has it", name, full, (int)len,
				path);
			free(full);
			return;
		}
		free(full);
		path += len + (path[len] == ':');
	}
}

static int start(const struct run *r, const struct sandbox *s,
		 const struct strlist *env, int *status, struct err *err)
{
	int ret = supervise_run(s, env, status, err);

	if (ret == -ENOENT)
		hint_command(r, err);
	return ret;
}

static int run_sandbox(struct run *r, int *status, struct err *err)
{
	struct sandbox s = SANDBOX_INIT;
	struct strlist env = STRLIST_INIT;
	int ret = prepare_home(r, err);

	if (!ret)
		ret = show_views(r, err);
	if (!ret)
		ret = sandbox_build(&s, &r->sandbox, err);
	if (!ret)
		ret = vars_setf(&s.fixed, "SCRIM_SESSION=%s",
				r->n_views > 1 ?
				r->views[0].begin.session->name :
				r->views[0].begin.session->id);
	if (!ret)
		ret = build_environ(r, &s, r->views[0].begin.policy, &env, NULL,
				    err);
	if (!ret)
		ret = start(r, &s, &env, status, err);
	sandbox_release(&s);
	strlist_release(&env);
	return ret;
}

static void tell_git(const struct run *r)
{
	const char *line;

	for (size_t i = 0; i < r->n_views; i++) {
		line = r->views[i].begin.git.ptr;
		if (strncmp(line, "no repository", 13))
			out_note("git: %s", line);
	}
}

/*
 * Where no session was ever made, the first is not begun in vain: it would leave
 * the directory of sessions behind.
 */
static int check_machine(const struct run *r, struct err *err)
{
	int ret = preflight_fuse(err);

	if (!ret && !r->ephemeral && access(r->state_dir, F_OK))
		ret = supervise_probe(err);
	return ret;
}

/* ran: something may have been written. Unmounts what is mounted. */
static int leave_views(struct run *r, int ran, struct err *err)
{
	struct err late;
	int ret = 0;

	for (size_t i = 0; i < r->n_views; i++) {
		struct run_view *v = &r->views[i];

		late = (struct err)ERR_INIT;
		if (v->mounted && run_view_unmount(v, &late))
			ret = err_set(err, late.code, "%s", late.msg);
		else if (!ran)
			run_view_undo(v);
	}
	return ret;
}

int run_start(struct run *r, int *status, struct err *err)
{
	struct run_keeper keeper = RUN_KEEPER_INIT;
	struct err late = ERR_INIT;
	int left, ret = check_machine(r, err);

	if (!ret)
		ret = mount_views(r, &keeper, err);
	if (!ret && !r->quiet)
		tell_git(r);
	if (!ret)
		ret = run_sandbox(r, status, err);
	left = leave_views(r, !ret, &late);
	run_keeper_stop(&keeper);
	return ret ? ret : left ? err_set(err, left, "%s", late.msg) : 0;
}

void run_release(struct run *r)
{
	size_t i;

	for (i = 0; i < r->n_views; i++)
		run_view_release(&r->views[i]);
	free(r->views);
	free(r->shown);
	scratch_close(&r->scratch);
	profile_release(&r->profile);
	strlist_release(&r->prefix);
	strlist_release(&r->init_options);
	mountopt_release(&r->mount);
	free(r->home);
	free(r->user);
	free(r->chdir);
	free(r->init);
	free(r->proxy);
	free(r->state_dir);
	free(r->keep_dir);
	free(r->limits_how);
}
