/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SANDBOX_VARS_H
#define SANDBOX_VARS_H

#include "util/strlist.h"

/* An environment as a list of NAME=VALUE, one per name. */

/* The value of name in list, or NULL; borrowed. */
const char *vars_get(const struct strlist *list, const char *name);

/* Sets NAME=VALUE, in the place of an earlier one. 0 or -ENOMEM. */
int vars_set(struct strlist *list, const char *assignment);

/* The same by a format that makes NAME=VALUE. */
int vars_setf(struct strlist *list, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
