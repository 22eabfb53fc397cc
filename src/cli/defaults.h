/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DEFAULTS_H
#define CLI_DEFAULTS_H

#include "cli/mountopt.h"
#include "util/err.h"

/*
 * What the user wants of every new session: the file session.ini in the user's
 * configuration, section "session", with keys that are those of the command line
 * without the dashes (max-size, max-files...). A missing file says nothing.
 */
int defaults_read(struct mountopt *m, struct err *err);

#endif
