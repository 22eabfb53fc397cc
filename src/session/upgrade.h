/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SESSION_UPGRADE_H
#define SESSION_UPGRADE_H

#include "util/err.h"

/*
 * Sessions of older formats. All of them can be read as they are; whoever takes
 * the lock brings them to SESSION_FORMAT, step by step, and meta.ini says so after
 * each, so that a crash in between does no harm. A newer format is refused by
 * session_open.
 *
 *	1	a snapshot that was not finished has its name already
 *	2	a snapshot that has its name is whole
 */
struct session;

/* Needs the lock. 0 at once for a session of this format. */
int session_upgrade(struct session *s, struct err *err);

#endif
