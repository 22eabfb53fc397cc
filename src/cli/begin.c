/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/begin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/defaults.h"
#include "cli/gitshow.h"
#include "cli/preflight.h"
#include "cli/use.h"
#include "review/apply.h"
#include "scan/policy.h"
#include "session/leftover.h"
#include "session/place.h"
#include "session/session.h"
#include "util/path.h"

static int set_string(char **to, const char *s, struct err *err)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		return err_errno(err, -ENOMEM, "session");
	free(*to);
	*to = copy;
	return 0;
}

/* The session's own options, and over them those of the caller. */
static int merge_options(struct begin *b, const struct mountopt *m,
			 struct err *err)
{
	struct buf text = BUF_INIT;
	int ret = 0;

	mountopt_print(m, &text);
	if (buf_oom(&text))
		ret = err_errno(err, -ENOMEM, "mount options");
	if (!ret && !b->session)
		ret = defaults_read(&b->opt, err);
	if (!ret && b->session && b->session->options)
		ret = mountopt_parse(&b->opt, b->session->options,
				     MOUNTOPT_KEPT, err);
	if (!ret)
		ret = mountopt_parse(&b->opt, text.ptr, MOUNTOPT_KEPT, err);
	buf_add(&b->opt.fuse, m->fuse.ptr, m->fuse.len);
	if (!ret && buf_oom(&b->opt.fuse))
		ret = err_errno(err, -ENOMEM, "mount options");
	if (!ret)
		ret = set_string(&b->opt.state_dir, m->state_dir, err);
	if (!ret)
		ret = set_string(&b->opt.name, m->name, err);
	buf_release(&text);
	return ret;
}

static int check_same_workspace(const struct begin *b, const char *workspace,
				struct err *err)
{
	char *real = NULL;
	int ret;

	if (!workspace)
		return 0;
	ret = path_real(workspace, &real);
	if (ret)
		place_no_workspace(workspace, ret, err);
	else if (strcmp(real, b->session->workspace))
		ret = err_set(err, -EINVAL, "session %s is of the workspace %s, "
			      "not of %s", session_label(b->session),
			      b->session->workspace, real);
	free(real);
	return ret;
}

/* A view of a session whose apply a crash cut short would be a wrong one. */
static int check_no_job(const struct session *s, struct err *err)
{
	const struct where w = { .state = s->fd, .ws = -1 };

	if (!apply_is_pending(&w))
		return 0;
	return err_set(err, -EBUSY, "an apply of session %s was cut short; run"
		       " scrim apply --recover --session %s first",
		       session_label(s), session_label(s));
}

static int open_session(struct begin *b, const struct mountopt *m,
			const char *workspace, int flags, struct err *err)
{
	struct session_where where = { m->state_dir, m->session, workspace };
	struct err inner = ERR_INIT;
	int ret;

	ret = session_open(&b->session, &where, &inner);
	if (ret == -ENOENT && workspace && flags & BEGIN_MAKE_SESSION)
		return 0;
	if (ret) {
		*err = inner;
		return ret;
	}
	if (m->name)
		return err_set(err, -EINVAL, "a session that exists keeps its "
			       "name; leave --name out");
	ret = check_same_workspace(b, workspace, err);
	if (!ret)
		ret = session_lock(b->session, err);
	if (!ret)
		leftover_sweep(b->session->fd, 1);
	return ret ? ret : check_no_job(b->session, err);
}

int begin_open(struct begin *b, const struct mountopt *m, const char *workspace,
	       int flags, struct err *err)
{
	const char *name = m->name;
	int ret = 0;

	if (m->session) {
		ret = open_session(b, m, workspace, flags, err);
		if (!ret && !b->session)
			name = m->session;
	}
	if (!ret && name)
		ret = session_check_name(name, err);
	if (!ret)
		ret = merge_options(b, m, err);
	if (!ret)
		ret = set_string(&b->opt.name, name, err);
	if (!ret)
		ret = preflight_workspace(b->session ? b->session->workspace :
					  workspace, &b->workspace, err);
	if (!ret)
		ret = use_policy(&b->opt, b->workspace, &b->policy, err);
	return ret;
}

/* What a new session is of, which stays with it. */
static int fill_group(const struct begin *b, struct err *err)
{
	struct session *s = b->session;
	int ret;

	if (!b->is_new || !b->group)
		return 0;
	ret = set_string(&s->group, *b->group ? b->group : s->id, err);
	return ret ? ret : set_string(&s->access, b->ro ? "ro" : NULL, err);
}

static int fill_meta(struct begin *b, struct err *err)
{
	struct session *s = b->session;
	struct buf text = BUF_INIT;
	int ret;

	mountopt_print(&b->opt, &text);
	ret = buf_oom(&text) ? err_errno(err, -ENOMEM, "session") : 0;
	if (!ret)
		ret = set_string(&s->options, text.ptr, err);
	if (!ret)
		ret = gitshow_settle(s, b->policy, b->opt.git, &b->git, err);
	if (!ret)
		ret = set_string(&s->rules, policy_digest(b->policy), err);
	if (!ret)
		ret = fill_group(b, err);
	if (!ret)
		ret = session_save_meta(s, err);
	buf_release(&text);
	return ret;
}

int begin_commit(struct begin *b, struct err *err)
{
	int ret = 0;

	if (!b->session) {
		ret = session_create(&b->session, b->opt.state_dir,
				     b->workspace, b->opt.name, err);
		b->is_new = !ret;
	}
	if (!ret)
		ret = fill_meta(b, err);
	if (ret)
		begin_undo(b);
	return ret;
}

void begin_undo(struct begin *b)
{
	if (!b->is_new || session_lock(b->session, NULL))
		return;
	session_unmake(b->session, NULL);
	b->is_new = 0;
}

void begin_close(struct begin *b)
{
	mountopt_release(&b->opt);
	buf_release(&b->git);
	policy_free(b->policy);
	session_close(b->session);
	free(b->workspace);
}
