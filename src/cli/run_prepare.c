/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/preflight.h"
#include "cli/run.h"
#include "cli/tool.h"
#include "sandbox/scope.h"
#include "sandbox/supervise.h"
#include "session/group.h"
#include "util/path.h"

static int add_view(struct run *r, const char *dir, const char *at, int ro,
		    struct err *err)
{
	struct run_view *views = realloc(r->views, (r->n_views + 1) *
					 sizeof(*views)), *v;
	int ret;

	if (!views)
		return err_errno(err, -ENOMEM, "workspace");
	r->views = views;
	v = &r->views[r->n_views];
	*v = (struct run_view)RUN_VIEW_INIT;
	v->ro = ro;
	ret = preflight_workspace(dir, &v->workspace, err);
	if (ret)
		return ret;
	r->n_views++;
	v->dest = strdup(at ? at : v->workspace);
	return v->dest ? 0 : err_errno(err, -ENOMEM, "workspace");
}

int run_add_workspace(struct run *r, const char *word, const char *at,
		      struct err *err)
{
	size_t len = strlen(word);
	int ro = len > 3 && !strcmp(word + len - 3, ":ro"), ret;
	int rw = len > 3 && !strcmp(word + len - 3, ":rw");
	char *dir = strndup(word, ro || rw ? len - 3 : len);

	if (!dir)
		return err_errno(err, -ENOMEM, "workspace");
	ret = add_view(r, dir, at, ro, err);
	free(dir);
	return ret;
}

int run_add_parts(struct run *r, const char *session, size_t *found,
		  struct err *err)
{
	struct session_where where = { r->mount.state_dir, session, NULL };
	struct session_list parts = { NULL, 0 };
	int ret = group_parts(&where, &parts, err);

	*found = ret ? 0 : parts.n;
	for (size_t i = 0; i < parts.n && !ret; i++) {
		const struct session *s = parts.at[i];
		const char *access = s->access ? s->access : "";

		ret = add_view(r, s->workspace, NULL, !strcmp(access, "ro"),
			       err);
		if (!ret) {
			r->views[i].session = strdup(s->id);
			ret = r->views[i].session ? 0 :
				err_errno(err, -ENOMEM, "workspace");
		}
	}
	session_list_release(&parts);
	return ret;
}

static int dup_into(char **to, const char *text, struct err *err)
{
	*to = strdup(text);
	return *to ? 0 : err_errno(err, -ENOMEM, "run");
}

static int find_user(struct run *r, struct err *err)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *name = pw ? pw->pw_name : "user", *home = getenv("HOME");
	struct buf clean = BUF_INIT;
	int ret = dup_into(&r->user, name, err);

	if (!home || home[0] != '/')
		home = pw ? pw->pw_dir : "/";
	if (!ret && path_clean(home + strspn(home, "/"), &clean))
		buf_clear(&clean);
	if (!clean.len)
		buf_addf(&clean, "home/%s", name);
	if (!ret && asprintf(&r->home, "/%s", clean.ptr) < 0) {
		r->home = NULL;
		ret = err_errno(err, -ENOMEM, "home");
	}
	buf_release(&clean);
	return ret;
}

static int load_profiles(struct run *r, struct err *err)
{
	const char *rules = getenv("SCRIM_RULES"), *const *p = r->profiles;
	struct profile_dirs dirs = { NULL, NULL, r->home };
	char *user = NULL, *shipped = NULL, *name = NULL;
	int ret = 0;

	if (path_user(PATH_CONFIG, "profiles", &user))
		user = NULL;
	if (asprintf(&shipped, "%s/profiles", rules ? rules : RULESDIR) < 0) {
		shipped = NULL;
		ret = err_errno(err, -ENOMEM, "profile");
		goto out;
	}
	dirs.user = user;
	dirs.shipped = shipped;
	for (; p && *p && !ret; p++)
		ret = profile_add(&r->profile, &dirs, *p, err);
	if (!ret && !(r->profiles && *r->profiles)) {
		ret = profile_for_command(&dirs, path_base(r->command[0]),
					  &name, err);
		if (!ret)
			ret = profile_add(&r->profile, &dirs, name, err);
	}
out:
	free(user);
	free(shipped);
	free(name);
	return ret;
}

static int is_socket(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISSOCK(st.st_mode);
}

static int choose_net(struct run *r, struct err *err)
{
	const char *net = r->net;
	int ret;

	if (!net)
		net = r->profile.net == PROFILE_NET_HOST ? "host" : "none";
	if (!strcmp(net, "none")) {
		r->sandbox.net = NET_NONE;
	} else if (!strcmp(net, "host")) {
		r->sandbox.net = NET_HOST;
		if (!scope_is_possible())
			out_warn("this kernel cannot keep abstract sockets of "
				 "the host out of --net=host (Linux 6.12 can)");
	} else {
		net += strlen("proxy=");
		r->sandbox.net = NET_PROXY;
		ret = path_real(net, &r->proxy);
		if (ret || !is_socket(r->proxy))
			return err_set(err, -EINVAL, "--net: %s is no Unix "
				       "socket; start the proxy first", net);
		r->sandbox.proxy = r->proxy;
	}
	return 0;
}

/* The current directory where a view shows it, else the first one's root. */
static int choose_chdir(struct run *r, struct err *err)
{
	const struct run_view *v = r->views;
	char *cwd = NULL;
	int ret = path_real(".", &cwd);

	for (size_t i = 0; i < r->n_views && !ret; i++)
		if (path_is_below(cwd + 1, r->views[i].workspace + 1))
			v = &r->views[i];
	if (ret || !path_is_below(cwd + 1, v->workspace + 1))
		ret = dup_into(&r->chdir, v->dest, err);
	else if (asprintf(&r->chdir, "%s%s", v->dest,
			  cwd + strlen(v->workspace)) < 0)
		ret = err_errno(err, -ENOMEM, "run");
	else
		ret = 0;
	free(cwd);
	return ret;
}

/* Through a descriptor of a directory the real tree would be open to all. */
static int check_streams(struct err *err)
{
	struct stat st;
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
			return err_set(err, -EINVAL, "descriptor %d is a "
				       "directory, which would be open to the "
				       "command; redirect it", fd);
	return 0;
}

static int check_workspaces(const struct run *r, struct err *err)
{
	size_t i, k;

	for (i = 0; i < r->n_views; i++) {
		const char *w = r->views[i].workspace;

		if (path_is_below(r->home + 1, w + 1) || !w[1])
			return err_set(err, -EINVAL, "%s holds your home "
				       "directory; name one project with -w",
				       w);
		for (k = 0; k < i; k++) {
			const char *o = r->views[k].workspace;

			if (path_is_below(o + 1, w + 1) ||
			    path_is_below(w + 1, o + 1))
				return err_set(err, -EINVAL, "workspaces %s and "
					       "%s overlap", o, w);
		}
	}
	return 0;
}

static int plan_limits(struct run *r, struct err *err)
{
	struct limits_host host;

	limits_host(&host);
	return limits_plan(&r->limits, &host, &r->prefix, &r->init_options,
			   &r->limits_how, err);
}

/* New sessions of several workspaces are one by their name. */
static int name_group(struct run *r, struct err *err)
{
	const char **at;
	int ret;

	if (r->n_views < 2 || r->views[0].session || r->mount.name)
		return 0;
	at = calloc(r->n_views, sizeof(*at));
	if (!at)
		return err_errno(err, -ENOMEM, "run");
	for (size_t i = 0; i < r->n_views; i++)
		at[i] = r->views[i].workspace;
	ret = group_name(r->mount.state_dir, at, r->n_views, &r->mount.name,
			 err);
	free(at);
	return ret;
}

int run_prepare(struct run *r, struct err *err)
{
	int ret = check_streams(err);

	if (!ret)
		ret = find_user(r, err);
	if (!ret)
		ret = check_workspaces(r, err);
	if (!ret)
		ret = load_profiles(r, err);
	if (!ret)
		ret = choose_net(r, err);
	if (!ret)
		ret = tool_own("scrim-init", &r->init, err);
	if (!ret)
		ret = choose_chdir(r, err);
	if (!ret)
		ret = plan_limits(r, err);
	if (!ret && supervise_ignored(&r->init_options))
		ret = err_errno(err, -ENOMEM, "run");
	if (!ret)
		ret = session_state_dir(r->mount.state_dir, &r->state_dir,
					err);
	if (!ret)
		ret = name_group(r, err);
	return ret;
}
