/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_ATTEMPTS_H
#define CLI_ATTEMPTS_H

#include "cli/changes.h"

struct json_t;

/*
 * What the agent was refused, as the session's audit.jsonl has it: one call for
 * each record, with the same in one line for people (not escaped). A line that
 * is not a record is passed over.
 */
typedef void (*attempt_fn)(void *payload, const struct json_t *record,
			   const char *text);
int attempts_each(const struct changes *c, attempt_fn fn, void *payload,
		  struct err *err);

#endif
