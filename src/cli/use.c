/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/use.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "cli/mountopt.h"
#include "cli/opt.h"
#include "scan/policy.h"
#include "session/layer.h"
#include "session/place.h"
#include "session/session.h"
#include "util/io.h"

/* A list as policy_sources has it: ended by NULL, of borrowed strings. */
static const char **as_array(const struct strlist *l)
{
	const char **at = calloc(l->n + 1, sizeof(*at));

	for (size_t i = 0; at && i < l->n; i++)
		at[i] = l->at[i];
	return at;
}

int use_policy(const struct mountopt *m, const char *workspace,
	       struct policy **out, struct err *err)
{
	const char **show = as_array(&m->show), **mask = as_array(&m->mask);
	const char **hide = as_array(&m->hide);
	struct policy_sources src = { .rules = m->rules, .show = show,
				      .mask = mask, .hide = hide,
				      .taint = m->taint };
	int ret = 0;

	src.workspace_fd = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!show || !mask || !hide)
		ret = err_errno(err, -ENOMEM, "rules");
	else if (src.workspace_fd < 0)
		ret = place_no_workspace(workspace, -errno, err);
	else
		ret = policy_load(out, &src, err);
	io_close(&src.workspace_fd);
	free(show);
	free(mask);
	free(hide);
	return ret;
}

/* The rules that the session is seen by are those of its last mount. */
int use_policy_of(struct use *u, struct err *err)
{
	struct mountopt m = MOUNTOPT_INIT;
	int ret = 0;

	if (u->session->options)
		ret = mountopt_parse(&m, u->session->options, MOUNTOPT_KEPT,
				     err);
	if (!ret)
		ret = use_policy(&m, u->session->workspace, &u->policy, err);
	u->own_rules = m.rules != NULL;
	mountopt_release(&m);
	return ret;
}

int use_open_session(struct use *u, const char *session, int flags,
		     struct err *err)
{
	struct session_where where = {
		.state_dir = opt_common.state_dir,
		.session = session,
	};
	int ret;

	ret = session_open(&u->session, &where, err);
	if (!ret && flags & USE_LOCK)
		ret = session_lock(u->session, err);
	if (!ret && flags & (USE_POLICY | USE_LAYER))
		ret = use_policy_of(u, err);
	if (!ret && flags & USE_LAYER)
		ret = layer_open(&u->layer, u->session, u->policy,
				 flags & USE_LOCK ? LAYER_WRITE : LAYER_READ,
				 err);
	return ret;
}

int use_open(struct use *u, int flags, struct err *err)
{
	return use_open_session(u, opt_common.session, flags, err);
}

void use_close(struct use *u)
{
	layer_close(u->layer);
	policy_free(u->policy);
	session_close(u->session);
	u->layer = NULL;
	u->policy = NULL;
	u->session = NULL;
}
