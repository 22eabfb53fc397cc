/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_GITSHOW_H
#define CLI_GITSHOW_H

#include "util/buf.h"
#include "util/err.h"

struct policy;
struct session;

/*
 * What a session's view shows of git, settled before it is mounted: each
 * repository of the workspace is looked through (review/gitview.h), what is
 * sanitized gets a repository in the session, and the session's gitguard is
 * told what may be seen. A repository that the session has made stays as the
 * agent left it; all others are looked through again at every mount.
 *
 * The session's lock is held; session->git and gitguard are set but not saved.
 * mode is one of --git, NULL for auto. line gets what there is to say, as
 * "sanitized: .env is in the history or the index"; not escaped.
 */
int gitshow_settle(struct session *s, const struct policy *p, const char *mode,
		   struct buf *line, struct err *err);

#endif
