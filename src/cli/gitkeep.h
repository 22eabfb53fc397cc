/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_GITKEEP_H
#define CLI_GITKEEP_H

#include "util/err.h"

struct policy;
struct session;

/*
 * A process that looks through the workspace's repositories again while a view
 * of them is mounted, for what the user commits, fetches or packs meanwhile: the
 * daemon cannot (it neither knows git nor may fork any more), and git's objects
 * are not read where a fault could reach the view.
 *
 * It is asked over a socket, one byte for each look (session/gitguard.h has the
 * answer), and ends when the socket does. It holds nothing of the session, may
 * read the workspace and write the cache of verdicts, no more.
 *
 * To be started after gitshow_settle and while the process has one thread. *fd is
 * -1 where there is nothing to look for: no repository is shown as it is.
 */
int gitkeep_start(const struct session *s, const struct policy *p, int *fd,
		  struct err *err);

#endif
